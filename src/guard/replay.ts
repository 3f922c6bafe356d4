import type { Config } from '../config/schema.ts';
import { messageOf } from '../errors/error-message.ts';
import type { Repository } from '../git/repository.ts';
import type { Commit } from '../model/commit.ts';
import type { Foreseen, GuardHistory, ReplayedChange } from '../model/guard-history.ts';
import type { GuardFinding } from '../model/guard-report.ts';
import type { Renderers } from '../renderers/renderers.ts';
import { mappedReleases } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import type { Tree } from '../tree/tree.ts';
import { prose } from '../untrusted/prose.ts';
import { guard } from './guard.ts';

export interface ReplayInput {
  readonly repository: Repository;
  readonly renderers: Renderers;
  readonly config: Config;
  /** The last commit before the changes, and the newest. */
  readonly from: Commit;
  readonly to: Commit;
  /** Changes that are replayed at most, the newest. */
  readonly most: number;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Commits of a branch that are listed: far more than are replayed. */
const MOST_LISTED = 20_000;

/**
 * Runs the guard on each change of a branch as if it were not merged yet: each commit on the first parents of the newest, against its own
 * first parent. The cluster of that time is not known, so that only what git alone tells is said.
 */
export async function replay(input: ReplayInput): Promise<GuardHistory> {
  const { from, to, most } = input;
  const all = await changesOf(input);
  const changes = all.slice(-most);
  const done: ReplayedChange[] = [];
  let before: Side | null = null;
  for (const [index, { commit, parent }] of changes.entries()) {
    input.onProgress?.(index + 1, changes.length);
    const base: Side = before?.commit === parent ? before : await sideOf(parent, input);
    const head = await sideOf(commit.sha, input);
    done.push(await replayed(commit, base, head, input));
    before = head;
  }
  const traced = await withLater(done, input);
  return { from: from.sha, to: to.sha, changes: traced, left: all.length - changes.length };
}

interface ChangeOfBranch {
  readonly commit: Commit;
  readonly parent: string;
}

/** Oldest first. */
async function changesOf({ repository, from, to }: ReplayInput): Promise<readonly ChangeOfBranch[]> {
  const listed = await repository.lineage({ from: to.sha, limit: MOST_LISTED });
  const byName = new Map(listed.map((one) => [one.commit.sha, one]));
  const line: ChangeOfBranch[] = [];
  for (let here = byName.get(to.sha); here !== undefined && here.commit.sha !== from.sha;) {
    const parent: string | undefined = here.parents?.[0];
    if (parent === undefined) break;
    line.push({ commit: here.commit, parent });
    here = byName.get(parent);
  }
  // What an ancestor of the beginning is, all further down are too: git is started a few times, not once for each.
  let [low, high] = [0, line.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBefore = (await repository.contains(from.sha, line[middle]!.commit.sha)) === true;
    if (isBefore) high = middle;
    else low = middle + 1;
  }
  return line.slice(0, low).reverse();
}

interface Side {
  readonly commit: string;
  readonly tree: Tree;
  readonly revision: Revision;
}

async function sideOf(commit: string, { repository, renderers, config }: ReplayInput): Promise<Side> {
  const tree = await repository.treeAt(commit);
  const releases = mappedReleases(config, repository);
  return { commit, tree, revision: await Revision.of(tree, renderers, repository.remote, releases) };
}

async function replayed(
  commit: Commit,
  base: Side,
  head: Side,
  { repository, renderers, config, to }: ReplayInput,
): Promise<ReplayedChange> {
  const pullRequest = await repository.pullRequestOf(commit, to.sha);
  // Each change has the budget that a check of its own would have.
  renderers.budget?.renew();
  try {
    const { findings, roots } = await guard({
      base,
      head,
      clusters: [],
      memoryFactor: config.limits.memoryFactor,
      where: { repository, config, renderers },
    });
    const unknownRoots = roots.filter(({ status }) => status === 'unknown').length;
    const foreseen = findings.map((finding): Foreseen => ({ finding, later: null }));
    return { commit, pullRequest, foreseen, roots: roots.length, unknownRoots, failed: null };
  } catch (error) {
    // One change that cannot be checked takes none of the others with it.
    const failed = prose`${messageOf(error)}`;
    return { commit, pullRequest, foreseen: [], roots: 0, unknownRoots: 0, failed };
  }
}

/** Follows each line that was warned of through the changes behind it. */
async function withLater(
  changes: readonly ReplayedChange[],
  { repository }: ReplayInput,
): Promise<readonly ReplayedChange[]> {
  return Promise.all(
    changes.map(async (change, index) => ({
      ...change,
      foreseen: await Promise.all(
        change.foreseen.map(async ({ finding }) => ({
          finding,
          later: await laterChange(change, finding, changes.slice(index + 1), repository),
        })),
      ),
    })),
  );
}

async function laterChange(
  { commit }: ReplayedChange,
  { site }: GuardFinding,
  behind: readonly ReplayedChange[],
  repository: Repository,
): Promise<Foreseen['later']> {
  if (site === null) return null;
  const text = (await linesAt(repository, commit.sha, site.file))[site.line - 1]?.trim();
  if (text === undefined || text === '') return null;
  let hash = await hashAt(repository, commit.sha, site.file);
  for (const { commit: later, pullRequest } of behind) {
    const now = await hashAt(repository, later.sha, site.file);
    if (now === hash) continue;
    hash = now;
    const stands = (await linesAt(repository, later.sha, site.file)).some((line) => line.trim() === text);
    if (!stands) return { commit: later, pullRequest, after: Math.max(0, later.at - commit.at) };
  }
  return null;
}

async function hashAt(repository: Repository, sha: string, file: string): Promise<string | undefined> {
  const entry = (await repository.treeAt(sha)).entry(file);
  return entry?.kind === 'file' ? entry.hash : undefined;
}

async function linesAt(repository: Repository, sha: string, file: string): Promise<readonly string[]> {
  const tree = await repository.treeAt(sha);
  await tree.load([file]);
  return String(tree.read(file) ?? '').split('\n');
}
