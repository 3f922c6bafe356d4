import { type KindTypes } from '../kubernetes/types/kind-types.ts';
import { MAX_FILE_SIZE } from '../tree/folder.ts';
import { Budget, mib } from '../renderers/budget.ts';
import type { FileProblem } from '../renderers/rendering.ts';
import { type Tree } from '../tree/tree.ts';

/** What a revision shares with those that are edited from it. */
export interface Shared {
  readonly budget: Budget;
  /** Manifests that were not read, with what there are too many of. */
  readonly leftOut: ReadonlyMap<string, string>;
  /** Roots beyond those that a repository may have, by id. */
  beyond: ReadonlySet<string> | null;
  /** No edit changes what a kind is. */
  types: KindTypes | null;
}

/** Manifests that are not read: beyond as many as may be, and then the largest, so that most of a repository is. */
export function beyondBudget(
  tree: Tree,
  manifests: readonly string[],
  budget: Budget,
): ReadonlyMap<string, string> {
  const leftOut = new Map<string, string>();
  for (const path of manifests.slice(budget.limits.files))
    leftOut.set(path, budget.exceeds('files', 'is one of too many manifests').message);
  const sizeOf = (path: string): number => {
    const entry = tree.entry(path);
    return entry?.kind === 'file' && entry.size <= MAX_FILE_SIZE ? entry.size : 0;
  };
  const read = manifests.slice(0, budget.limits.files).map((path) => ({ path, size: sizeOf(path) }));
  const total = read.reduce((sum, { size }) => sum + size, 0);
  let over = total - budget.limits.input * 2 ** 20;
  if (over <= 0) return leftOut;
  const message = budget.exceeds('input', `is left out of ${mib(total)} of manifests`, 'MiB').message;
  for (const { path, size } of read.sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))) {
    if (over <= 0) break;
    leftOut.set(path, message);
    over -= size;
  }
  return leftOut;
}

/** A problem for each file and root that is left out, the alike ones summarised. `unfollowed` are folders, `beyond` roots. */
export function overBudget(
  { budget, leftOut }: Shared,
  unfollowed: Iterable<string>,
  beyond: Iterable<string>,
): readonly FileProblem[] {
  const problem = (file: string, message: string): FileProblem => ({ file, line: null, message });
  const found = [...leftOut].map(([file, message]) => problem(file, message));
  for (const folder of unfollowed)
    found.push(problem(folder, budget.exceeds('folders', 'is one of too many kustomizations').message));
  for (const root of beyond)
    found.push(problem(root, budget.exceeds('roots', 'is one of too many roots').message));
  return summarised(found);
}

/** Problems listed one by one, as long as they are few. */
const MOST_LISTED = 20;

/** Thousands of files with one fault are listed as some of them and the number of the others. */
function summarised(problems: readonly FileProblem[]): readonly FileProblem[] {
  return [...Map.groupBy(problems, ({ message }) => message).values()].flatMap((alike) => {
    const [first, ...rest] = alike.slice(0, MOST_LISTED);
    const more = alike.length - MOST_LISTED;
    if (first === undefined || more <= 0) return alike;
    return [{ ...first, message: `${first.message}; so are ${alike.length - 1} others` }, ...rest];
  });
}
