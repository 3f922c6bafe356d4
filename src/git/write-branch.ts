import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../errors/input-error.ts';
import { pathProblem } from '../tree/path-names.ts';
import { isRefusal, type Git } from './command.ts';
import { listFiles } from './commit-files.ts';
import type { BranchToWrite, WrittenBranch } from './repository.ts';

/** Who the commits say they are by. */
export const IDENTITY = { name: 'Faultline', email: 'noreply@faultline.dev' } as const;

const REGULAR_FILES = new Set(['100644', '100755']);

/**
 * Writes the commit through an index of its own in a temporary folder, so that the work tree, the real index and HEAD
 * stay as they are, and points a new branch at it. A branch that exists is never moved.
 *
 * @param now milliseconds since the epoch: the date of the commit
 * @throws InputError for a path that is not inside the repository or not a regular file there, an unknown parent,
 *   and a name that no branch can have
 */
export async function writeBranch(git: Git, proposal: BranchToWrite, now: number): Promise<WrittenBranch> {
  const { branch } = proposal;
  if (!(await succeeds(git, ['check-ref-format', '--branch', branch]))) {
    throw new InputError(`${JSON.stringify(branch)} cannot be the name of a branch`);
  }
  // Git leaves out the paths it does not allow without failing, so they are refused here.
  const stray = [...proposal.files.keys()].find((path) => pathProblem(path) !== null);
  if (stray !== undefined) throw new InputError(`${stray} is not a path inside the repository`);
  const parent = await resolve(git, proposal.parent);
  if (parent === null) throw new InputError(`there is no commit ${proposal.parent}`);
  const tree = await writeTree(git, parent, proposal.files);

  const existing = await compareBranch(git, branch, tree);
  if (existing) return existing;
  const commit = await writeCommit(git, tree, parent, proposal.message, now);
  // Zeros: only if the branch still does not exist.
  const created = await succeeds(git, [
    'update-ref',
    `refs/heads/${branch}`,
    commit,
    '0'.repeat(commit.length),
  ]);
  if (created) return { kind: 'written', commit };
  const raced = await compareBranch(git, branch, tree);
  if (raced) return raced;
  throw new InputError(`the branch ${branch} cannot be created beside the branches that exist`);
}

async function compareBranch(git: Git, branch: string, tree: string): Promise<WrittenBranch | null> {
  const commit = await resolve(git, `refs/heads/${branch}`);
  if (commit === null) return null;
  const existing = (await git.run(['rev-parse', '--verify', `${commit}^{tree}`])).trim();
  return { kind: existing === tree ? 'unchanged' : 'exists', commit };
}

async function writeTree(git: Git, parent: string, files: ReadonlyMap<string, Buffer>): Promise<string> {
  const modes = new Map(
    (await listFiles(git, parent, [...files.keys()])).map(({ path, mode }) => [path, mode]),
  );
  const lines: string[] = [];
  for (const [path, content] of files) {
    const mode = modes.get(path) ?? '100644';
    if (!REGULAR_FILES.has(mode)) throw new InputError(`${path} is not a regular file at ${parent}`);
    const id = await git.run(['hash-object', '-w', '-t', 'blob', '--stdin'], {
      input: content,
    });
    lines.push(`${mode} ${id.trim()}\t${path}\0`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'faultline-index-'));
  try {
    const environment = { GIT_INDEX_FILE: join(folder, 'index') };
    await git.run(['read-tree', parent], { environment });
    await git.run(['update-index', '-z', '--index-info'], { environment, input: lines.join('') });
    return (await git.run(['write-tree'], { environment })).trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeCommit(
  git: Git,
  tree: string,
  parent: string,
  message: string,
  now: number,
): Promise<string> {
  const date = `@${Math.floor(now / 1000)} +0000`;
  const environment = {
    GIT_AUTHOR_NAME: IDENTITY.name,
    GIT_AUTHOR_EMAIL: IDENTITY.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: IDENTITY.name,
    GIT_COMMITTER_EMAIL: IDENTITY.email,
    GIT_COMMITTER_DATE: date,
  };
  const commit = await git.run(['commit-tree', tree, '-p', parent, '-F', '-'], {
    environment,
    input: message,
  });
  return commit.trim();
}

/** The full name of a commit; null when there is none of this name. */
async function resolve(git: Git, name: string): Promise<string | null> {
  try {
    const id = await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
    // Before git 2.30 the option that protects the name is printed as well.
    return id.replace('--end-of-options', '').trim() || null;
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

async function succeeds(git: Git, args: readonly string[]): Promise<boolean> {
  try {
    await git.run(args);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
