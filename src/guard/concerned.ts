import { rendersTheSame } from '../proof/installed-with.ts';
import type { Root } from '../sources/roots.ts';
import { changedFiles } from './changed-files.ts';
import type { Side } from './side.ts';

/** A root as it is on each side; null where it is not. */
export interface ConcernedRoot {
  readonly id: string;
  readonly before: Root | null;
  readonly after: Root | null;
}

export interface Concerned {
  readonly files: readonly string[];
  /** Those whose own files change first, then those that are declared otherwise. */
  readonly roots: readonly ConcernedRoot[];
}

/** The roots that a change may render differently: those that read a changed file on either side, and those that only one side has. */
export async function concernedRoots(before: Side, after: Side): Promise<Concerned> {
  const files = changedFiles(before.revision.tree, after.revision.tree);
  const [was, is] = [byId(before), byId(after)];
  const ids = new Set<string>();
  for (const side of [before, after])
    for (const file of files)
      for (const { id } of await side.revision.readersOf(file)) if (was.has(id) || is.has(id)) ids.add(id);
  for (const [one, other] of [
    [was, is],
    [is, was],
  ] as const)
    for (const id of one.keys()) if (!other.has(id)) ids.add(id);
  const roots = [...ids]
    .map((id): ConcernedRoot => ({ id, before: was.get(id) ?? null, after: is.get(id) ?? null }))
    .filter((root) => !isOtherPart(root, before, after));
  const isSame = await Promise.all(
    roots.map(
      async ({ before: old, after: now }) =>
        old !== null && now !== null && (await rendersTheSame(old, after.revision, files)),
    ),
  );
  return { files, roots: roots.filter((_root, index) => !isSame[index]).sort(byOwnFiles(files)) };
}

/**
 * A kustomization that another one included and no longer does is applied by nobody, and one that is included from now on is compared as a
 * part of the other.
 */
function isOtherPart({ before: old, after: now }: ConcernedRoot, before: Side, after: Side): boolean {
  if (old !== null && now !== null) return false;
  const [root, other] = old === null ? [now!, before] : [old, after];
  return (
    root.kind === 'kustomize' &&
    root.declared === null &&
    other.revision.roots.at(root.path)?.kind === 'kustomize'
  );
}

function byId({ roots }: Side): ReadonlyMap<string, Root> {
  return new Map(roots.map((root) => [root.id, root]));
}

function byOwnFiles(files: readonly string[]): (a: ConcernedRoot, b: ConcernedRoot) => number {
  const changed = new Set(files);
  const rank = ({ before, after }: ConcernedRoot): number => {
    const root = (after ?? before)!;
    const own = root.kind === 'plain' ? root.files : [...root.closure.files.keys()];
    return own.some((file) => changed.has(file)) ? 0 : 1;
  };
  return (a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1);
}
