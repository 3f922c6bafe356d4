import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Repository } from '../../src/git/repository.ts';
import type { Commit } from '../../src/model/commit.ts';
import { treeOf, type Tree } from '../../src/tree/tree.ts';
import { filesBelow } from '../locate/revisions.ts';

type Contents = ReadonlyMap<string, Buffer>;

interface Step {
  readonly commit: Commit;
  readonly files: Contents;
}

/** What `scripts/demo-repository.ts` makes of numbered commits, without starting git. Its commit ids are its own. */
export function historyInMemory(commits: string | null): Repository {
  const steps = commits === null ? [] : stepsIn(commits);
  const newest = steps.at(-1);
  const indexOf = (sha: string): number => steps.findIndex(({ commit }) => commit.sha === sha);
  const before = (index: number): Contents => steps[index - 1]?.files ?? new Map();
  /** From a commit on back, the ones that changed a path, or the number of times a text occurs. */
  const changing = ({ paths, changing: text, from }: Parameters<Repository['log']>[0]): readonly Step[] => {
    const start = from === undefined ? steps.length - 1 : indexOf(from);
    return steps
      .slice(0, start + 1)
      .toReversed()
      .filter(({ files, commit }) => {
        const changed = changedPaths(before(indexOf(commit.sha)), files).filter(
          (path) => paths?.some((one) => path === one || path.startsWith(`${one}/`)) ?? true,
        );
        if (text === undefined) return changed.length > 0;
        return changed.some(
          (path) => timesIn(before(indexOf(commit.sha)).get(path), text) !== timesIn(files.get(path), text),
        );
      });
  };
  const treeAt = async (sha: string): Promise<Tree> =>
    treeOf(Object.fromEntries(steps[indexOf(sha)]?.files ?? []));
  return {
    path: commits ?? '.',
    remote: null,
    head: newest?.commit ?? null,
    branch: newest ? 'main' : null,
    defaultBranch: newest ? 'main' : null,
    branches: async () => new Map(),
    onBranch: async () => null,
    treeAt,
    modesAt: async () => null,
    workTree: async () => treeOf(Object.fromEntries(newest?.files ?? [])),
    log: async (options) =>
      changing(options)
        .slice(0, options.limit)
        .map(({ commit }) => commit),
    lineage: async (options) => {
      const all = changing(options).map(({ commit }) => commit);
      return all
        .map((commit, index) => ({ commit, parents: all.slice(index + 1, index + 2).map(({ sha }) => sha) }))
        .slice(0, options.limit);
    },
    blame: async (path, line, sha) => blame(steps.slice(0, indexOf(sha) + 1), path, line),
    pullRequestOf: async () => null,
    commitAt: async () => null,
    messageOf: async () => null,
    mergeBase: async () => null,
    contains: async (revision, sha) =>
      indexOf(revision) < 0 || indexOf(sha) < 0 ? null : indexOf(sha) <= indexOf(revision),
    writeBranch: () => Promise.reject(new Error('a case is not written to')),
  };
}

function stepsIn(folder: string): readonly Step[] {
  let files: Contents = new Map();
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const described = JSON.parse(readFileSync(join(folder, name, 'commit.json'), 'utf8')) as {
        readonly author: string;
        readonly email: string;
        readonly date: string;
        readonly message: string;
        readonly delete?: readonly string[];
      };
      const { author, email, date, message } = described;
      const next = new Map([...files, ...Object.entries(filesBelow(join(folder, name, 'files')))]);
      for (const path of described.delete ?? []) next.delete(path);
      files = next;
      const sha = createHash('sha1').update(`${folder}/${name}`).digest('hex');
      return {
        commit: { sha, author, email, at: Date.parse(date), subject: message.split('\n', 1)[0]! },
        files,
      };
    });
}

function changedPaths(before: Contents, after: Contents): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path)?.toString() !== after.get(path)?.toString(),
  );
}

function timesIn(content: Buffer | undefined, text: string): number {
  return content === undefined ? 0 : content.toString().split(text).length - 1;
}

/** The commit that brought a line: the oldest from which on it was kept. */
function blame(steps: readonly Step[], path: string, line: number): Commit | null {
  let [index, at] = [steps.length - 1, line - 1];
  if (linesOf(steps[index], path)[at] === undefined) return null;
  for (; index > 0; index -= 1) {
    const older = keptFrom(linesOf(steps[index - 1], path), linesOf(steps[index], path)).get(at);
    if (older === undefined) break;
    at = older;
  }
  return steps[index]!.commit;
}

function linesOf(step: Step | undefined, path: string): readonly string[] {
  return step?.files.get(path)?.toString().replace(/\n$/, '').split('\n') ?? [];
}

/** Lines of `after` by the line of `before` that they are: a longest common subsequence. */
function keptFrom(before: readonly string[], after: readonly string[]): ReadonlyMap<number, number> {
  const longest = Array.from({ length: before.length + 1 }, () =>
    Array.from({ length: after.length + 1 }, () => 0),
  );
  for (let b = before.length - 1; b >= 0; b -= 1)
    for (let a = after.length - 1; a >= 0; a -= 1)
      longest[b]![a] =
        before[b] === after[a]
          ? longest[b + 1]![a + 1]! + 1
          : Math.max(longest[b + 1]![a]!, longest[b]![a + 1]!);
  const kept = new Map<number, number>();
  for (let [b, a] = [0, 0]; b < before.length && a < after.length;) {
    if (before[b] === after[a]) kept.set(a++, b++);
    else if (longest[b + 1]![a]! >= longest[b]![a + 1]!) b += 1;
    else a += 1;
  }
  return kept;
}
