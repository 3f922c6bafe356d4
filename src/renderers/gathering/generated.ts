import { posix } from 'node:path';
import { decode } from '../../edits/edit.ts';
import { isRecord, recordAt, type Json, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { Tree } from '../../tree/tree.ts';
import { realPath, resolvePath } from '../tree-paths.ts';

/** What an entry of a generator makes. */
export interface Generated {
  /** `metadata.name` is what the entry says. */
  readonly object: KubernetesObject;
  /** A hash follows the name, unless that is switched off. */
  readonly hasHash: boolean;
  /** Only Kustomize can tell what it holds. */
  readonly isUnclear: boolean;
}

const KINDS: Readonly<Record<string, string>> = {
  configMapGenerator: 'ConfigMap',
  secretGenerator: 'Secret',
};

/** What the generators of a kustomization make. */
export function generatedBy(
  kustomization: Readonly<Record<string, Json>>,
  folder: string,
  tree: Tree,
): readonly Generated[] {
  const common = recordAt(kustomization, 'generatorOptions');
  return Object.entries(KINDS).flatMap(([list, kind]) =>
    listOf(kustomization[list]).map((item): Generated => {
      const entry = isRecord(item) ? item : {};
      const { name, namespace } = entry;
      const options = { ...common, ...recordAt(entry, 'options') };
      const data = kind === 'ConfigMap' && areClear(entry, options) ? dataOf(entry, folder, tree) : null;
      const place = typeof namespace === 'string' && namespace !== '' ? { namespace } : {};
      return {
        object: { apiVersion: 'v1', kind, metadata: { name: String(name), ...place }, data: data ?? {} },
        hasHash: options['disableNameSuffixHash'] !== true,
        isUnclear: data === null,
      };
    }),
  );
}

const CLEAR = new Set(['name', 'namespace', 'envs', 'literals', 'files', 'options']);

function areClear(
  entry: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
): boolean {
  return (
    Object.keys(entry).every((key) => CLEAR.has(key)) &&
    Object.keys(options).every((key) => key === 'disableNameSuffixHash')
  );
}

/** Null where a text means something else than it says, such as quotes around a literal and a variable of the environment. */
function dataOf(
  entry: Readonly<Record<string, unknown>>,
  folder: string,
  tree: Tree,
): Readonly<Record<string, string>> | null {
  const pairs: (readonly [string, string] | null)[] = [];
  for (const reference of listOf(entry['envs'])) {
    const text = textAt(tree, folder, reference);
    pairs.push(...(text === null ? [null] : linesOf(text)));
  }
  for (const literal of listOf(entry['literals'])) {
    const [, key, value] = /^([^=]+)=([^"']*)$/s.exec(String(literal)) ?? [];
    pairs.push(key === undefined || value === undefined ? null : [key, value]);
  }
  for (const source of listOf(entry['files'])) {
    const [, key, reference] = /^(?:([^=]+)=)?([^=]+)$/.exec(String(source)) ?? [];
    const text = reference === undefined ? null : textAt(tree, folder, reference);
    pairs.push(text === null ? null : [key ?? posix.basename(reference!), text]);
  }
  const told = pairs.filter((pair) => pair !== null);
  const data = Object.fromEntries(told);
  // A key that is given twice is refused.
  return told.length === pairs.length && Object.keys(data).length === told.length ? data : null;
}

/** An env file; a name without a value takes that from the environment, and is null. */
function linesOf(text: string): readonly (readonly [string, string] | null)[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, '').trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, key, value] = /^([A-Za-z_][\w.-]*)=(.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? null : [key, value];
    });
}

function textAt(tree: Tree, folder: string, reference: unknown): string | null {
  const named = typeof reference === 'string' ? resolvePath(folder, reference) : null;
  const path = named === null ? null : realPath(tree, named);
  const content = path === null ? undefined : tree.read(path);
  return content === undefined ? null : decode(content);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
