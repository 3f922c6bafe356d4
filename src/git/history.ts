import type { Commit } from '../model/commit.ts';
import { maskedText } from '../untrusted/masked.ts';
import { isRefusal, MissingObjectError, type Git } from './command.ts';
import type { CommitWithParents, Repository } from './repository.ts';

/** Separated by NUL, which cannot occur in any of the fields. */
const FORMAT = '--format=%H%x00%an%x00%ae%x00%at%x00%s';
const FIELDS = 5;

/** Commits that changed any of the paths (all commits without paths) and how often a text occurs, newest first. */
export async function commits(
  git: Git,
  from: string,
  options: Omit<Parameters<Repository['log']>[0], 'from'>,
): Promise<readonly Commit[]> {
  const log = [
    'log',
    '-z',
    FORMAT,
    `--max-count=${options.limit}`,
    ...(options.changing === undefined ? [] : [`-S${options.changing}`]),
    '--end-of-options',
    from,
  ];
  return parseCommits(await git.run([...log, '--', ...(options.paths ?? [])]));
}

/** Commits with their parents, children first; see {@link Repository.lineage}. */
export async function lineage(
  git: Git,
  from: string,
  { paths, limit }: Omit<Parameters<Repository['lineage']>[0], 'from'>,
  isShallow: () => Promise<boolean>,
): Promise<readonly CommitWithParents[]> {
  const output = await git.run([
    'log',
    '-z',
    `${FORMAT}%x00%P`,
    '--no-show-signature',
    '--topo-order',
    '--parents',
    `--max-count=${limit}`,
    '--end-of-options',
    from,
    '--',
    ...(paths ?? []),
  ]);
  const fields = output.split('\0');
  const found: { readonly commit: Commit; readonly parents: readonly string[] }[] = [];
  for (let at = 0; at + FIELDS < fields.length; at += FIELDS + 1) {
    const [commit] = parseCommits(`${fields.slice(at, at + FIELDS).join('\0')}\0`);
    found.push({ commit: commit!, parents: fields[at + FIELDS]!.split(' ').filter((one) => one !== '') });
  }
  const isCut = found.some(({ parents }) => parents.length === 0) && (await isShallow());
  return found.map(({ commit, parents }) => ({
    commit,
    parents: isCut && parents.length === 0 ? null : parents,
  }));
}

/** One commit; null when there is none of this name here. */
export async function commitOf(git: Git, name: string): Promise<Commit | null> {
  try {
    return (await commits(git, name, { limit: 1 }))[0] ?? null;
  } catch (error) {
    if (isRefusal(error) || error instanceof MissingObjectError) return null;
    throw error;
  }
}

/**
 * The commit that last changed a line. null when the path or line is not there, and when a shallow clone ends before the
 * answer: git would then name the oldest commit it has.
 */
export async function blameLine(
  git: Git,
  path: string,
  line: number,
  commit: string,
  repository: {
    readonly isShallow: () => Promise<boolean>;
    readonly commitOf: (sha: string) => Promise<Commit | null>;
  },
): Promise<Commit | null> {
  let porcelain: string;
  try {
    porcelain = await git.run(['blame', '--porcelain', '-L', `${line},${line}`, commit, '--', path]);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
  const endsHere = porcelain.split('\n').includes('boundary');
  if (endsHere && (await repository.isShallow())) return null;
  return repository.commitOf(porcelain.slice(0, porcelain.indexOf(' ')));
}

/**
 * The pull request that brought a commit into the history of another: GitHub's own words in the subject of what was squashed or
 * rebased, or of the merge that brought it. Null where neither says it.
 */
export async function pullRequestOf(
  git: Git,
  { sha, subject }: Pick<Commit, 'sha' | 'subject'>,
  head: string,
): Promise<number | null> {
  const said = numberIn(subject);
  if (said !== null) return said;
  // The branch's own merges that have the commit among their ancestors; the oldest brought it.
  const range = ['--merges', '--end-of-options', `${sha}..${head}`, '--'];
  const [behind, onBranch] = await Promise.all([
    commitsOf(git, ['--ancestry-path', ...range]),
    commitsOf(git, ['--first-parent', ...range]),
  ]);
  const after = new Set(behind.map((each) => each.sha));
  const merge = onBranch.findLast((each) => after.has(each.sha));
  if (!merge) return null;
  const common = await git.run(['merge-base', '--end-of-options', sha, `${merge.sha}^1`]).catch(noneOr);
  return common?.trim() === sha ? null : numberIn(merge.subject);
}

/** Whether a commit is another one or among its ancestors; null where one of them is not here. */
export async function containsCommit(git: Git, revision: string, commit: string): Promise<boolean | null> {
  const [outer, inner] = await Promise.all([commitOf(git, revision), commitOf(git, commit)]);
  if (!outer || !inner) return null;
  const common = await git.run(['merge-base', '--end-of-options', inner.sha, outer.sha]).catch(noneOr);
  return common?.trim() === inner.sha;
}

/** The newest commit that both descend from; null without one. */
export async function mergeBase(git: Git, one: string, other: string): Promise<string | null> {
  const common = await git.run(['merge-base', '--end-of-options', one, other]).catch(noneOr);
  return common?.trim() || null;
}

/** Two histories without a common commit. */
function noneOr(error: unknown): null {
  if (isRefusal(error)) return null;
  throw error;
}

async function commitsOf(git: Git, rest: readonly string[]): Promise<readonly Commit[]> {
  return parseCommits(await git.run(['log', '-z', FORMAT, ...rest]));
}

function numberIn(subject: string): number | null {
  const number = /^Merge pull request #(\d+) from /.exec(subject) ?? / \(#(\d+)\)$/.exec(subject);
  return number ? Number(number[1]) : null;
}

function parseCommits(output: string): readonly Commit[] {
  const fields = output.split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + FIELDS <= fields.length; at += FIELDS) {
    const [sha, author, email, seconds, subject] = fields.slice(at, at + FIELDS);
    commits.push({
      sha: sha!,
      author: maskedText(author!),
      email: email!,
      at: Number(seconds) * 1000,
      subject: maskedText(subject!),
    });
  }
  return commits;
}
