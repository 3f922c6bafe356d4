import type { Revision } from '../sources/revision.ts';
import { filesOf, type Root } from '../sources/roots.ts';
import { includesRoot, isOtherNameOf, isPartOf, standsFor } from '../sources/same-root.ts';
import { rendersTheSame } from './installed-with.ts';

/** Roots that an edit of these files may change: those that read one of them, or are declared otherwise because of it. */
export async function affectedRoots(
  revision: Revision,
  edited: Revision,
  files: readonly string[],
  target: Root,
): Promise<readonly Root[]> {
  const roots = await readers(revision, files, target);
  const isSame = await Promise.all(
    roots.map((root) => root.id !== target.id && rendersTheSame(root, edited, files)),
  );
  return roots.filter((_root, index) => !isSame[index]);
}

/** Roots that read any of the files, and the target itself, which a scan may not name. */
async function readers(revision: Revision, files: readonly string[], target: Root): Promise<readonly Root[]> {
  const roots = new Map<string, Root>();
  if (files.some((file) => [...filesOf(target)].includes(file))) roots.set(target.id, target);
  for (const root of (await Promise.all(files.map((file) => revision.readersOf(file)))).flat())
    if (
      !isPartOf(root, target) &&
      !isOtherNameOf(root, target) &&
      !standsFor(target, root) &&
      root.id !== target.whole?.id
    )
      roots.set(root.id, root);
  return [...roots.values()];
}

/**
 * Overlays that stand beside the target in a root that includes them all: there, their objects and the target's change alike,
 * so that only they themselves tell whose change it is. And what a root that does not render is built from: its parts may.
 */
export async function partsToProve(
  revision: Revision,
  files: readonly string[],
  target: Root,
  roots: readonly Root[],
): Promise<readonly Root[]> {
  const found = new Map<string, Root>();
  for (const outer of roots) {
    if (outer.kind !== 'kustomize' || outer.id === target.id) continue;
    if (!includesRoot(outer, target) && (await revision.render(outer)).kind === 'rendered') continue;
    for (const folder of outer.closure.folders) {
      if (roots.some(({ path }) => path === folder)) continue;
      const inner = found.get(folder) ?? revision.roots.at(folder);
      if (inner?.kind !== 'kustomize' || includesRoot(inner, target) || includesRoot(target, inner)) continue;
      if (files.some((file) => inner.closure.files.has(file))) found.set(folder, inner);
    }
  }
  return [...found.values()];
}
