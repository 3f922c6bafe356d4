/**
 * What the product asks of GitHub, about one repository. Everything above this interface is written against it; `octokit-host.ts`
 * is the only place that knows Octokit. Calls that GitHub refuses for a reason that a caller can act on are values; everything
 * else throws a `HostError`.
 */
export interface Host {
  /** `acme/infra` */
  readonly repository: string;
  /** The login that our own comments and pull requests have: `faultline[bot]`. */
  readonly login: string;
  readonly defaultBranch: string;
  /** All names that it has had, the first one first, where it was renamed or transferred: GitHub still answers to them. */
  readonly formerly?: readonly string[];

  /** The commit that a branch points to; null without the branch. */
  branchHead(branch: string): Promise<string | null>;
  /** Commits from `base` (exclusive) to `head`, oldest first; null where one of them is unknown, or where they are more than {@link MOST_COMMITS}. */
  commitsBetween(base: string, head: string): Promise<readonly HostCommit[] | null>;
  /** A file of the default branch, or of `ref`; null where there is none. */
  file(path: string, ref?: string): Promise<string | null>;

  /** One commit on top of `parent`, through the Git Data API, without author or committer: GitHub signs it. Not on any branch yet. */
  commit(commit: NewCommit): Promise<string>;
  /** `exists`: a branch of this name is there already, wherever it points to. */
  createBranch(branch: string, sha: string): Promise<'created' | 'exists'>;
  /** Moves a branch although the new commit is no descendant. `moved-on`: it no longer points to `from`. */
  moveBranch(branch: string, from: string, to: string): Promise<'moved' | 'moved-on' | 'gone'>;
  /** A branch that is gone already is fine; one that no longer points to `commit`, where that is given, is left alone. */
  deleteBranch(branch: string, commit?: string): Promise<void>;

  /**
   * Pull requests of ours (head branch below `faultline/`, opened by `login`), newest first: those that are open, and those that changed
   * within {@link RECENT}. An older closed one may be missing: ask for it with `pullRequestsFrom` before its branch is used again.
   */
  ownPullRequests(): Promise<readonly PullRequest[]>;
  /** All of ours from one branch, newest first, closed ones too: one call, however many the repository has. */
  pullRequestsFrom(branch: string): Promise<readonly PullRequest[]>;
  pullRequest(number: number): Promise<PullRequest | null>;
  /** `exists`: one with the same head and base is open already. */
  openPullRequest(text: NewPullRequest): Promise<PullRequest | 'exists'>;
  updatePullRequest(number: number, change: PullRequestChange): Promise<void>;
  /** Asks logins and teams (`acme/platform`) to review; those that GitHub refuses are left out. Answers with those that were asked. */
  requestReviewers(
    number: number,
    logins: readonly string[],
    teams: readonly string[],
  ): Promise<readonly string[]>;
  /** Paths that a pull request changes. Throws where they are more than GitHub lists. */
  files(number: number): Promise<readonly string[]>;
  /** Anybody's open pull requests that have this commit as their head. */
  openAt(sha: string): Promise<readonly { readonly number: number; readonly isFork: boolean }[]>;
  /** Anybody's open pull requests that changed since a time, the last {@link MOST_LISTED} at most. `isFork`: the head is in another repository. */
  openSince(
    time: number,
  ): Promise<readonly { readonly number: number; readonly head: string; readonly isFork: boolean }[]>;

  /**
   * Lets GitHub merge a pull request once it can: by auto-merge, or through the merge queue where its base has one. `clean`: there is
   * nothing to wait for. `refused`: with GitHub's words.
   */
  enableAutoMerge(number: number, head: string): Promise<'enabled' | 'clean' | { readonly refused: string }>;
  /** Takes that back: switches auto-merge off, or takes the pull request out of the merge queue. */
  disableAutoMerge(number: number): Promise<void>;
  /** Whether a pull request waits in the merge queue of its base. `no-queue`: the base has none, or GitHub is too old to have one. */
  queueState(number: number): Promise<'queued' | 'not-queued' | 'no-queue'>;
  /** Merges when the head still is `head`. `moved-on`: it is not. */
  merge(
    number: number,
    head: string,
  ): Promise<{ readonly merged: string } | 'moved-on' | { readonly refused: string }>;
  /**
   * Names of the checks that the rules of a branch require, empty where none are: of check runs and statuses, `workflow <path>` and
   * `code scanning by <tool>`.
   */
  requiredChecks(branch: string): Promise<readonly string[]>;
  /** Approving reviews that the rules of a branch require; null where we may not read them. */
  requiredApprovals(branch: string): Promise<number | null>;
  /** Conclusions of the checks and statuses of a commit, by name: `success`, `failure`, `pending`, … */
  checks(sha: string): Promise<ReadonlyMap<string, string>>;
  /** A check run with annotations, for a pull request that changes the configuration. The same report twice is one check run. */
  reportCheck(check: NewCheck): Promise<void>;
  /**
   * Begins a check run of ours at a commit, or brings the one that is there to another state. One that is completed and says the same is left
   * alone; one that says something else is followed by another run of its name.
   */
  putCheck(check: CheckState): Promise<void>;

  /** Comments on an issue or pull request, oldest first; all, or those that changed since a time. Throws where they are too many to read. */
  comments(number: number, since?: number): Promise<readonly HostComment[]>;
  /** One comment on an issue or pull request; null where it is gone. */
  commentById(id: number): Promise<HostComment | null>;
  /**
   * Comments on any issue or pull request that changed since a time, oldest change first, with the thread each is in: {@link MOST_LISTED}
   * at most. Where there are as many, the rest begins {@link COMMENT_PAGES} pages later.
   */
  commentsSince(
    time: number,
    fromPage?: number,
  ): Promise<readonly (HostComment & { readonly thread: number })[]>;
  comment(number: number, body: string): Promise<HostComment>;
  updateComment(id: number, body: string): Promise<void>;
  react(comment: number, reaction: 'eyes' | '+1' | '-1' | 'confused' | 'rocket'): Promise<void>;
  /** Reacts to the description of an issue or pull request. */
  reactToIssue(number: number, reaction: 'eyes'): Promise<void>;

  /** Comments on lines of a pull request, oldest first. */
  reviewComments(number: number): Promise<readonly ReviewComment[]>;
  /** Those of any pull request that changed since a time, oldest change first; in parts, as {@link Host.commentsSince}. */
  reviewCommentsSince(time: number, fromPage?: number): Promise<readonly ReviewComment[]>;
  /** Answers in the thread that begins with the comment `root`. */
  replyToReview(number: number, root: number, body: string): Promise<ReviewComment>;
  updateReviewComment(id: number, body: string): Promise<void>;
  reactToReviewComment(id: number, reaction: 'eyes'): Promise<void>;
  /** Submitted reviews of a pull request that have a text, oldest first. */
  reviews(number: number): Promise<readonly HostReview[]>;

  /** Issues and pull requests that changed since a time, oldest change first; in parts, as {@link Host.commentsSince}. */
  changedSince(time: number, fromPage?: number): Promise<readonly ChangedThread[]>;
  /** A description as it is now, and who edited it; null where there is no such issue or pull request. */
  edits(number: number): Promise<Edited | null>;
  /** Whether the text of a review was edited after it was submitted. */
  isReviewEdited(review: HostReview): Promise<boolean>;

  /** Issues of ours, open and closed. Where GitHub does not give them all, `openIssue` refuses to open another one. */
  ownIssues(): Promise<readonly HostIssue[]>;
  issue(number: number): Promise<HostIssue | null>;
  openIssue(text: {
    readonly title: string;
    readonly body: string;
    readonly labels: readonly string[];
  }): Promise<HostIssue>;
  updateIssue(
    number: number,
    change: { readonly title?: string; readonly body?: string; readonly state?: 'open' | 'closed' },
  ): Promise<void>;
  /** Labels an issue or pull request; labels that are not there are made. */
  addLabels(number: number, labels: readonly string[]): Promise<void>;

  /** What somebody may do here, as GitHub says it now: never what a payload says. */
  permission(login: string): Promise<'admin' | 'write' | 'read' | 'none'>;
  /** Whether GitHub gives this address to commits that `login` makes through the API. */
  isOwnEmail(email: string): boolean;
  /** The login behind a commit's e-mail address; null where GitHub knows none. */
  loginOf(sha: string): Promise<string | null>;

  /** Milliseconds until so many writes may follow each other without a pause. */
  timeUntilWrites(count: number): number;

  /**
   * An address to clone from, and the token for it; renewed before it expires, or when it is `refused`. The token goes into no
   * argument, configuration or log.
   */
  cloneAccess(refused?: string): Promise<{ readonly url: string; readonly token: string | null }>;
}

/** Closed pull requests of ours that changed within this time are listed, in milliseconds: as long as merged ones are verified, and a day. */
export const RECENT = 8 * 24 * 60 * 60_000;
/** Pages of comments that one call reads. */
export const COMMENT_PAGES = 10;
/** So many entries one call lists at most. */
export const MOST_LISTED = 100 * COMMENT_PAGES;
/** So many commits are read to find out whose they are. */
export const MOST_COMMITS = 300;

export interface HostCommit {
  readonly sha: string;
  /** Null where GitHub knows no account. */
  readonly author: string | null;
  readonly committer: string | null;
}

export interface NewCommit {
  readonly parent: string;
  readonly message: string;
  /** New contents by path. The modes of files that are there stay as they are. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** What a mirror has of the parent; left out: GitHub is asked. */
  readonly parentTree?: ParentTree;
}

/** The tree of a commit, and the modes of some paths in it and of the folders above them; paths that are not there are left out. */
export interface ParentTree {
  readonly id: string;
  readonly modes: ReadonlyMap<string, string>;
}

export interface PullRequest {
  readonly number: number;
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly branch: string;
  readonly base: string;
  /** The commit that the head branch points to. */
  readonly head: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly autoMerge: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly closedAt: number | null;
  readonly mergedAt: number | null;
  readonly mergeCommit: string | null;
  /** Who closed or merged it is not told by lists; null then. */
  readonly mergedBy: string | null;
}

export interface NewPullRequest {
  readonly title: string;
  readonly body: string;
  readonly branch: string;
  readonly base: string;
  /** Where drafts are not available, a ready one with the label `faultline: draft` is opened. */
  readonly draft: boolean;
}

export interface PullRequestChange {
  readonly title?: string;
  readonly body?: string;
  readonly state?: 'open' | 'closed';
}

export interface NewCheck {
  readonly name: string;
  readonly head: string;
  readonly conclusion: 'success' | 'failure' | 'neutral';
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly message: string }[];
  /** Somebody asked to run it again: with an id of that request, the same report is a new check run. */
  readonly again?: string;
}

/** A check run of ours. GitHub knows it by `key` among those of one commit. */
export interface CheckState {
  readonly name: string;
  readonly key: string;
  readonly head: string;
  /** Null while it is in progress. */
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'cancelled' | null;
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly CheckAnnotation[];
}

export interface CheckAnnotation {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly level: 'failure' | 'warning';
  readonly title: string;
  /** Plain text. */
  readonly message: string;
}

export interface HostComment {
  readonly id: number;
  readonly author: string;
  readonly isBot: boolean;
  readonly body: string;
  readonly url: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A comment on a line of a pull request. */
export interface ReviewComment extends HostComment {
  /** Number of the pull request. */
  readonly thread: number;
  /** The first comment of the thread that this one is in; its own id where it is the first. */
  readonly root: number;
}

export interface HostReview {
  readonly id: number;
  readonly nodeId: string;
  readonly author: string;
  readonly isBot: boolean;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly submittedAt: number;
}

/** An issue or pull request as a list of what changed has it. Times are milliseconds since the epoch. */
export interface ChangedThread {
  readonly number: number;
  readonly author: string;
  readonly isBot: boolean;
  readonly isPullRequest: boolean;
  readonly body: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Edited {
  readonly body: string;
  /** Newest first. */
  readonly edits: readonly {
    /** Null where the account is gone. */
    readonly by: string | null;
    readonly isBot: boolean;
    readonly at: number;
  }[];
}

export interface HostIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly author: string;
  readonly isPullRequest: boolean;
  /** Its page. */
  readonly url: string;
  readonly labels: readonly string[];
  /** Who closed it, as `issue` tells and lists do not. */
  readonly closedBy?: string | null;
  /** Milliseconds since the epoch. */
  readonly closedAt?: number | null;
}
