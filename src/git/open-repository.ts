import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../errors/input-error.ts';
import { folderTree } from '../tree/folder.ts';
import type { Tree } from '../tree/tree.ts';
import { blobsOf } from './blobs.ts';
import { gitIn, isRefusal, type Git } from './command.ts';
import { commitTree, listModes } from './commit-files.ts';
import {
  blameLine,
  commitOf,
  commits,
  containsCommit,
  lineage,
  mergeBase,
  pullRequestOf,
} from './history.ts';
import type { Commit } from '../model/commit.ts';
import { parseRemote } from './remote.ts';
import type { Repository } from './repository.ts';
import { writeBranch } from './write-branch.ts';

/** Lists of files are large, and a walk through history reads each only once. Contents are shared without this. */
const REMEMBERED_TREES = 16;

export interface OpenOptions {
  /** The clock that commits are dated with: milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * Opens the root of a work tree, a bare repository, or a plain folder. A folder below the root of a work tree is a plain
 * folder: its paths would not be those of the repository. The files of a bare repository are those of its HEAD.
 *
 * Nothing that a repository says is executed, and nothing is fetched.
 *
 * @throws InputError when the folder does not exist, or git refuses to read it
 */
export async function openRepository(path: string, options: OpenOptions = {}): Promise<Repository> {
  const root = await realFolder(path);
  const git = gitIn(root, dirname(root));
  const kind = await kindOf(git, root);
  if (kind === null) return plainFolder(root);

  const [head, branch, originHead, origin] = await Promise.all([
    commitOf(git, 'HEAD'),
    answer(git, ['symbolic-ref', '--quiet', 'HEAD']),
    answer(git, ['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD']),
    answer(git, ['config', '--get', 'remote.origin.url']),
  ]);
  const current = branch?.replace(/^refs\/heads\//, '') ?? null;
  const treeAt = treesOf(git);
  const remembered = rememberedAnswers(git);

  async function workTree(): Promise<Tree> {
    if (kind !== 'bare') return listedFiles(git, root);
    return head ? treeAt(head.sha) : folderTree(root, { list: [] });
  }

  async function onBranch(branch: string): Promise<Repository | null> {
    const refs = [`refs/heads/${branch}`, `refs/remotes/origin/${branch}`];
    const [here, fetched] = await Promise.all(refs.map((ref) => commitOf(git, ref)));
    const tip = here ?? fetched;
    if (!tip) return null;
    return {
      ...repository,
      head: tip,
      branch,
      workTree: () => treeAt(tip.sha),
      log: ({ from, ...rest }) => commits(git, revision(from ?? tip.sha), rest),
      lineage: ({ from, ...rest }) => lineage(git, revision(from ?? tip.sha), rest, remembered.isShallow),
    };
  }

  const repository: Repository = {
    path: root,
    remote: origin === null ? null : parseRemote(origin),
    head,
    branch: current,
    defaultBranch: originHead?.replace(/^refs\/remotes\/origin\//, '') ?? current,
    branches: async () => {
      const format = '--format=%(objectname) %(refname:lstrip=2)';
      const lines = (await git.run(['for-each-ref', format, 'refs/heads'])).split('\n').filter(Boolean);
      return new Map(
        lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
      );
    },
    onBranch,
    treeAt,
    modesAt: async (commit, paths) => {
      const id = await answer(git, ['rev-parse', '--verify', '--quiet', `${revision(commit)}^{tree}`]);
      return id === null ? null : { id, modes: await listModes(git, commit, paths) };
    },
    workTree,
    log: async ({ from, ...rest }) => (head || from ? commits(git, revision(from ?? 'HEAD'), rest) : []),
    lineage: async ({ from, ...rest }) =>
      head || from ? lineage(git, revision(from ?? 'HEAD'), rest, remembered.isShallow) : [],
    blame: async (file, line, commit) => blameLine(git, file, line, revision(commit), remembered),
    pullRequestOf: (commit, at) => pullRequestOf(git, commit, revision(at)),
    commitAt: (name) => commitOf(git, revision(name)),
    messageOf: (commit) => answer(git, ['log', '-1', '--format=%B', '--end-of-options', revision(commit)]),
    mergeBase: (one, other) => mergeBase(git, revision(one), revision(other)),
    contains: (outer, commit) => containsCommit(git, revision(outer), revision(commit)),
    writeBranch: (proposal) => writeBranch(git, proposal, (options.now ?? Date.now)()),
  };
  return repository;
}

/** Reads trees of commits, and remembers the last few. */
function treesOf(git: Git): (commit: string) => Promise<Tree> {
  const blobs = blobsOf(git);
  const trees = new Map<string, Promise<Tree>>();
  return async (commit) => {
    const known = trees.get(commit);
    if (known) return known;
    const tree = commitTree(git, blobs, revision(commit));
    // Only full names always mean the same commit, and only what worked is worth remembering.
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return tree;
    trees.set(commit, tree);
    tree.catch(() => trees.delete(commit));
    if (trees.size > REMEMBERED_TREES) trees.delete(trees.keys().next().value!);
    return tree;
  };
}

/** The files of a work tree that git has in its index or does not ignore. */
async function listedFiles(git: Git, root: string): Promise<Tree> {
  const listed = await git.run(['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  // A repository inside this one that is not a submodule is listed with a slash at its end.
  const paths = new Set(listed.split('\0').filter((path) => path !== '' && !path.endsWith('/')));
  return folderTree(root, { list: [...paths] });
}

function plainFolder(root: string): Repository {
  const noCommits = (): never => {
    throw new InputError(`${root} is not a git repository, so it has no commits`);
  };
  return {
    path: root,
    remote: null,
    head: null,
    branch: null,
    defaultBranch: null,
    branches: async () => new Map(),
    onBranch: async () => null,
    treeAt: async () => noCommits(),
    modesAt: async () => noCommits(),
    workTree: () => folderTree(root),
    log: async () => [],
    lineage: async () => [],
    pullRequestOf: async () => null,
    commitAt: async () => null,
    messageOf: async () => null,
    mergeBase: async () => null,
    contains: async () => null,
    blame: async () => null,
    writeBranch: async () => noCommits(),
  };
}

async function realFolder(path: string): Promise<string> {
  let root: string;
  let isFolder: boolean;
  try {
    root = await realpath(path);
    isFolder = (await stat(root)).isDirectory();
  } catch (cause) {
    throw new InputError(`${path}: no such folder`, { cause });
  }
  if (!isFolder) throw new InputError(`${path}: a file; expected a git work tree, or a folder`);
  return root;
}

async function kindOf(git: Git, root: string): Promise<'work tree' | 'bare' | null> {
  const looksLikeOne = existsSync(join(root, '.git')) || existsSync(join(root, 'HEAD'));
  if (!looksLikeOne) return null;
  try {
    const lines = (await git.run(['rev-parse', '--is-bare-repository', '--is-inside-work-tree'])).split('\n');
    if (lines[0] === 'true') return 'bare';
    return lines[1] === 'true' ? 'work tree' : null;
  } catch (error) {
    if (isRefusal(error) && error.message.includes('not a git repository')) return null;
    throw error;
  }
}

/** What blame asks for again and again: many lines are of few commits. */
function rememberedAnswers(git: Git): Parameters<typeof blameLine>[4] {
  const known = new Map<string, Promise<Commit | null>>();
  let shallow: Promise<string> | undefined;
  return {
    isShallow: async () =>
      (await (shallow ??= git.run(['rev-parse', '--is-shallow-repository']))).trim() === 'true',
    commitOf: (sha) => {
      const commit = known.get(sha) ?? commitOf(git, sha);
      known.set(sha, commit);
      return commit;
    },
  };
}

/** What git prints, without the line break; null when it prints nothing or refuses. */
async function answer(git: Git, args: readonly string[]): Promise<string | null> {
  try {
    return (await git.run(args)).replace(/\n$/, '') || null;
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** A revision must not be read as an option: not every git command knows `--end-of-options`. */
function revision(name: string): string {
  if (name === '' || name.startsWith('-')) throw new InputError(`${JSON.stringify(name)} is not a revision`);
  return name;
}
