import { isRecord, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { Tree } from '../../tree/tree.ts';
import { matchesGlob } from './globs.ts';

/**
 * The files that the git generators of an ApplicationSet may read, wherever they are nested: at least those that they do.
 * Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/#git-generator-files
 */
export function generatorFiles(set: KubernetesObject, tree: Tree): readonly string[] {
  if (set.kind !== 'ApplicationSet') return [];
  const patterns = [...new Set(pathsIn(set['spec']))].map((pattern) => pattern.replace(/\*+/g, '*'));
  if (patterns.length === 0) return [];
  return tree
    .paths()
    .filter(
      (path) => /\.(?:ya?ml|json)$/.test(path) && patterns.some((pattern) => matchesGlob(pattern, path)),
    );
}

function pathsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(pathsIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (key === 'template') return [];
    if (key === 'git' && isRecord(child) && Array.isArray(child['files']))
      return child['files'].flatMap((one: unknown) =>
        isRecord(one) && typeof one['path'] === 'string' ? [one['path']] : [],
      );
    return pathsIn(child);
  });
}
