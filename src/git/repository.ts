import type { Commit } from '../model/commit.ts';
import type { Tree } from '../tree/tree.ts';
import type { Remote } from '../model/remote.ts';

/** A local repository, or a plain folder: then there are no commits, and everything historical is null or empty. */
export interface Repository {
  /** Absolute path of the folder. */
  readonly path: string;
  /** `owner/name` and web address from the `origin` remote; null without one that is understood. */
  readonly remote: Remote | null;
  /** The commit that HEAD names; null in a plain folder and before the first commit. */
  readonly head: Commit | null;
  /** The current branch; null when detached or without git. */
  readonly branch: string | null;
  /** The branch that the remote calls its default, else the current branch. */
  readonly defaultBranch: string | null;
  /** Its own branches, and the commits that they point to; none in a plain folder. */
  branches(): Promise<ReadonlyMap<string, string>>;
  /** The same repository with another branch in HEAD's place, as it is here or was last fetched from the remote; null without it. */
  onBranch(branch: string): Promise<Repository | null>;
  /** Files of a commit. Contents are loaded on demand and shared between trees of one repository. */
  treeAt(commit: string): Promise<Tree>;
  /**
   * The id of a commit's tree, and the modes of paths in it and of the folders above them, as `git ls-tree` prints them; paths that are not
   * there are left out. Null where the commit is not here.
   */
  modesAt(
    commit: string,
    paths: readonly string[],
  ): Promise<{ readonly id: string; readonly modes: ReadonlyMap<string, string> } | null>;
  /** Files as they lie in the work tree (ignored and `.git` files left out). */
  workTree(): Promise<Tree>;
  /** Commits that changed any of the paths, newest first, following first parents of merges as git does by default. */
  log(options: {
    readonly paths?: readonly string[];
    /** Only commits that change how often this text occurs. */
    readonly changing?: string;
    readonly from?: string;
    readonly limit: number;
  }): Promise<readonly Commit[]>;
  /**
   * The same commits with their parents, children first: of the given paths, each parent is the nearest ancestor that changed
   * one of them; without paths, a commit's own.
   */
  lineage(options: {
    readonly paths?: readonly string[];
    readonly from?: string;
    readonly limit: number;
  }): Promise<readonly CommitWithParents[]>;
  /** The commit that last changed a line (counted from 1) as of `commit`; null when git cannot tell. */
  blame(path: string, line: number, commit: string): Promise<Commit | null>;
  /** The number of the pull request that brought a commit into `head`; null where no subject tells. */
  pullRequestOf(commit: Commit, head: string): Promise<number | null>;
  /** The commit that a branch, a tag or an id means; null where there is none. */
  commitAt(revision: string): Promise<Commit | null>;
  /** The whole message of a commit; null where it is not here. */
  messageOf(commit: string): Promise<string | null>;
  /** The newest commit that both descend from; null where there is none, or git does not have it. */
  mergeBase(one: string, other: string): Promise<string | null>;
  /** Whether a commit is another one or among its ancestors; null where one of them is not here. */
  contains(revision: string, commit: string): Promise<boolean | null>;
  /** Writes one commit on top of `parent` and points a new branch at it, without touching the work tree, the index or HEAD. */
  writeBranch(proposal: BranchToWrite): Promise<WrittenBranch>;
}

export interface CommitWithParents {
  readonly commit: Commit;
  /** Full names; null where a shallow clone ends, so that they are not known. */
  readonly parents: readonly string[] | null;
}

export interface BranchToWrite {
  readonly branch: string;
  readonly parent: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly message: string;
}

/** `exists`: the branch was there already with other content and was left alone. `unchanged`: there already with this very content. */
export type WrittenBranch =
  | { readonly kind: 'written' | 'unchanged'; readonly commit: string }
  | { readonly kind: 'exists'; readonly commit: string };
