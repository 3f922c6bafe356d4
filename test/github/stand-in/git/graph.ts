import { commitAt, readCommit } from './commits.ts';
import { attempt, once } from './run.ts';
import { entryAt } from './trees.ts';

/** A commit and all that it grew from. */
function ancestors(folder: string, sha: string): ReadonlySet<string> {
  return once(folder, `ancestors of ${sha}`, () => new Set(inOrder(folder, sha, new Set())));
}

/** What is reachable and not left out, children before their parents. */
function inOrder(folder: string, from: string, without: ReadonlySet<string>): readonly string[] {
  const seen = new Set(without);
  const parentsFirst: string[] = [];
  const visit = (sha: string): void => {
    if (seen.has(sha)) return;
    seen.add(sha);
    for (const parent of readCommit(folder, sha)?.parents ?? []) visit(parent);
    parentsFirst.push(sha);
  };
  visit(from);
  return parentsFirst.reverse();
}

export function isAncestor(folder: string, ancestor: string, of: string): boolean {
  return ancestors(folder, of).has(ancestor);
}

/** Null where they have no history in common. */
export function mergeBase(folder: string, a: string, b: string): string | null {
  const ofB = ancestors(folder, b);
  const common = [...ancestors(folder, a)].filter((sha) => ofB.has(sha));
  return (
    common.find((sha) => !common.some((other) => other !== sha && isAncestor(folder, sha, other))) ?? null
  );
}

/** Commits that `to` has and `from` has not, newest first. */
export function commitsBetween(folder: string, from: string | null, to: string): readonly string[] {
  return once(folder, `between ${from} and ${to}`, () =>
    inOrder(folder, to, from === null ? new Set() : ancestors(folder, from)),
  );
}

/** Commits that changed a path, newest first. */
export function commitsTouching(folder: string, of: string, path: string): readonly string[] {
  const at = (sha: string): string | null => entryAt(folder, commitAt(folder, sha).tree, path)?.sha ?? null;
  return commitsBetween(folder, null, of).filter((sha) => {
    const { parents } = commitAt(folder, sha);
    return parents.length === 0 ? at(sha) !== null : parents.every((parent) => at(parent) !== at(sha));
  });
}

/** The tree of both merged; null when they conflict. */
export function mergedTree(folder: string, ours: string, theirs: string): string | null {
  if (isAncestor(folder, ours, theirs)) return commitAt(folder, theirs).tree;
  return once(folder, `merge of ${ours} and ${theirs}`, () =>
    attempt(folder, ['merge-tree', '--write-tree', ours, theirs]),
  );
}
