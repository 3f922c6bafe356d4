/*
 * What a test sees of the GitHub stand-in. It is a GitHub Enterprise Server as far as addresses go, because that is the only
 * shape that Octokit, Probot and git all accept on a plain host and port:
 *
 *   url               http://127.0.0.1:4711                 what people open; `GHE_PROTOCOL=http GHE_HOST=127.0.0.1:4711` for Probot
 *   apiUrl            http://127.0.0.1:4711/api/v3          Octokit's `baseUrl`
 *   (derived)         http://127.0.0.1:4711/api/graphql     where `octokit.graphql` goes with this `baseUrl`
 *   cloneUrl          http://127.0.0.1:4711/acme/infra.git  smart HTTP; Basic `x-access-token:<token>`
 *
 * Requests are handled one at a time and synchronously, in the process of the test: run `git clone` and the like with an
 * asynchronous `execFile`, never with `execFileSync`.
 */

export interface StandInOptions {
  /** The App's login is `<slug>[bot]`. Default `faultline`. */
  readonly appSlug?: string;
  readonly appId?: number;
  readonly webhookSecret?: string;
  /** What the App may do. A call that needs more is refused with 403 "Resource not accessible by integration". */
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  /** Milliseconds since the epoch at the start; after that the clock runs with the real one, plus `clock.advance`. Default: now. */
  readonly now?: number;
  /** Calls per hour and identity. Default 5000. */
  readonly rateLimit?: number;
  /** Refuses with the secondary limit what is more than this: GitHub allows 80 a minute and 500 an hour. Default: no such limit. */
  readonly contentWrites?: { readonly perMinute: number; readonly perHour: number };
  /**
   * Answers as a GitHub Enterprise Server of this version, such as `3.11`: it says so, has no rate limits, and lacks what came later. Default:
   * github.com, at the addresses of an Enterprise Server.
   */
  readonly enterprise?: string;
  /** Lists give no entry beyond this one: 422 for a later page. Default 10,000. */
  readonly listLimit?: number;
  /** GitHub works out `mergeable` after it was first asked (null until then). Default true. */
  readonly lateMergeability?: boolean;
  /** What an earlier stand-in had: repositories, pull requests, comments, tokens, keys. The address is a new one. */
  readonly from?: Exported;
}

export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';
export type Conclusion =
  'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required';

export interface StandIn {
  readonly url: string;
  /** `127.0.0.1:4711` */
  readonly host: string;
  readonly apiUrl: string;
  readonly appId: number;
  readonly appSlug: string;
  /** `faultline[bot]` */
  readonly botLogin: string;
  /** PEM (PKCS#8). */
  readonly privateKey: string;
  readonly webhookSecret: string;

  /** Makes `acme/infra` with its first commit, and installs the App on it. */
  repository(slug: string, options?: RepositoryOptions): StandInRepository;
  /** Somebody with a permission on the repository that was made first (or on `repository`). The same login is the same account. */
  person(login: string, permission: Permission, repository?: StandInRepository): Person;
  /** A token of a person, as in GH_TOKEN. */
  personalToken(login: string): string;
  /** A workflow's GITHUB_TOKEN: acts as `github-actions[bot]` on one repository. */
  workflowToken(repository: StandInRepository): string;
  /** An installation token, as the App would get it. Lives for one hour of `clock`. */
  installationToken(repository: StandInRepository): string;

  readonly clock: {
    now(): number;
    /** Tokens expire, limits are reset. */
    advance(milliseconds: number): void;
  };

  /** Each API request that arrived, oldest first; `git` requests too, with `kind: 'git'`. */
  readonly journal: readonly JournalEntry[];
  /** What real GitHub would not have understood, and where the stand-in itself broke its description. Tests expect `[]`. */
  readonly violations: readonly string[];
  readonly faults: Faults;
  /**
   * Called twice for each API request: when it has arrived, before anything was done (`arrived`), and when it was done but its
   * answer is not sent (`done`). `n` counts from 1. Kill the product here. Git's requests are not counted.
   */
  onRequest(
    hook: ((n: number, moment: 'arrived' | 'done', entry: JournalEntry) => void | Promise<void>) | null,
  ): void;

  readonly webhooks: Webhooks;
  /** From now on deliveries go to this address; `null`: nowhere. */
  deliverTo(url: string | null): void;

  export(): Exported;
  close(): Promise<void>;
}

export interface RepositoryOptions {
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly private?: boolean;
  readonly defaultBranch?: string;
  /** Default true. */
  readonly allowAutoMerge?: boolean;
  /** Default merge, squash and rebase. */
  readonly mergeMethods?: readonly MergeMethod[];
  readonly deleteBranchOnMerge?: boolean;
  /** False: "Draft pull requests are not supported in this repository." Default true. */
  readonly drafts?: boolean;
  /** Default true. False: the App sees nothing of a private repository and may write nothing to a public one. */
  readonly installed?: boolean;
  readonly hasIssues?: boolean;
  readonly hasPullRequests?: boolean;
  readonly archived?: boolean;
  /** A ruleset without a bypass: branches of these names are not made, not moved, or take no commit, in GitHub’s words. */
  readonly refuses?: {
    readonly branch: RegExp;
    readonly what: 'creation' | 'update' | 'commit';
    readonly words: string;
  } | null;
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface InstallationChange {
  readonly suspended?: boolean;
  /** Every call of its tokens is refused with 403 and these words. */
  readonly refusal?: string | null;
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>> | null;
  readonly deleted?: true;
}

/** How many of each. */
export interface Crowd {
  readonly issues?: number;
  readonly pulls?: number;
  readonly comments?: number;
  readonly branches?: number;
  readonly labels?: number;
  /** Who made them. Default: `crowd`. */
  readonly by?: string;
  /** The thread that the comments are in. Default: the last one that was made. */
  readonly on?: number;
}

export interface Protection {
  /** Names of the checks (or contexts of statuses) that must succeed. */
  readonly checks?: readonly string[];
  /** The branch must be up to date before it is merged. */
  readonly strict?: boolean;
  readonly approvals?: number;
  readonly dismissStale?: boolean;
  readonly codeOwners?: boolean;
  /** Administrators are bound too. Default true. */
  readonly enforceAdmins?: boolean;
  /** Merges go through a merge queue. It takes what could be merged, and merges when `processQueue` is called. */
  readonly mergeQueue?: boolean;
  /** Of rulesets alone: paths of workflows, tools of code scanning, and environments. A check of the same name stands for each. */
  readonly workflows?: readonly string[];
  readonly codeScanning?: readonly string[];
  readonly deployments?: readonly string[];
  /** Default `protection`: the classic one. */
  readonly through?: 'protection' | 'ruleset';
}

export interface StandInRepository {
  readonly id: number;
  /** `acme/infra` */
  readonly slug: string;
  readonly owner: string;
  readonly name: string;
  /** The bare repository; real git may look into it. */
  readonly folder: string;
  readonly cloneUrl: string;
  readonly defaultBranch: string;
  readonly installationId: number;

  head(branch?: string): string | null;
  branches(): readonly string[];
  /** Paths and contents at a branch or commit. */
  files(revision?: string): ReadonlyMap<string, string>;
  /** Commits that a branch has, newest first. */
  log(
    revision?: string,
  ): readonly { readonly sha: string; readonly message: string; readonly author: string }[];
  createBranch(branch: string, from?: string): void;
  /** `<login>/<name>`, with all branches as they are now. Its owner can open pull requests from `<login>:<branch>`. */
  fork(login: string): StandInRepository;

  person(login: string, permission: Permission): Person;
  team(slug: string, members: readonly string[], permission?: Permission): void;
  protect(branch: string, protection: Protection): void;
  unprotect(branch: string): void;
  configure(options: Omit<RepositoryOptions, 'files' | 'defaultBranch'>): void;
  /** The merge queue merges what waits in it, or takes it out where a check failed on the merged result. */
  processQueue(outcome: 'merge' | 'fail'): void;

  /** A check run of some CI App. `pending` is one that is in progress. */
  setCheck(revision: string, name: string, conclusion: Conclusion | 'pending'): void;
  /** A commit status. */
  setStatus(revision: string, context: string, state: 'error' | 'failure' | 'pending' | 'success'): void;
  /** Check runs that the App reported, newest last. */
  checkRuns(revision: string): readonly SeenCheckRun[];

  /** Fills the repository, without telling anybody. */
  fillWith(crowd: Crowd): void;

  /** To another name, or to another owner: with the App where it is installed there. The old address redirects. */
  moveTo(slug: string, options?: { readonly installed?: boolean }): void;
  renameDefaultBranch(to: string): void;
  /** The same name can be used again. */
  delete(): void;
  /** What becomes of the App's installation that has the repository: `null` undoes it. */
  installation(change: InstallationChange): void;

  pulls(): readonly SeenPull[];
  pull(number: number): SeenPull;
  issues(): readonly SeenIssue[];
  issue(number: number): SeenIssue;
  comments(number: number): readonly SeenComment[];
  /** On lines of a pull request. */
  reviewComments(number: number): readonly SeenReviewComment[];
  labels(): readonly string[];
}

export interface SeenPull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly head: string;
  readonly base: string;
  readonly headSha: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly draft: boolean;
  readonly autoMerge: boolean;
  readonly isQueued: boolean;
  readonly labels: readonly string[];
  readonly requestedReviewers: readonly string[];
  readonly requestedTeams: readonly string[];
  readonly mergedBy: string | null;
  readonly mergeCommit: string | null;
  readonly mergeableState: MergeableState;
}

export type MergeableState = 'clean' | 'unstable' | 'blocked' | 'behind' | 'dirty' | 'draft' | 'unknown';

export interface SeenIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  readonly isPullRequest: boolean;
}

export interface SeenComment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly edits: number;
  /** `eyes by ada` */
  readonly reactions: readonly string[];
}

export interface SeenReviewComment extends Omit<SeenComment, 'edits'> {
  /** The first comment of its thread; null for that one. */
  readonly replyTo: number | null;
}

export interface SeenCheckRun {
  readonly name: string;
  readonly app: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly message: string }[];
}

/** Acts as people do in the browser and with git: no request is made, webhooks are sent. */
export interface Person {
  readonly login: string;
  /** One commit on top of the branch, which is made when it is missing. `null` deletes a file. Answers with the commit. */
  push(
    branch: string,
    files: Readonly<Record<string, string | Buffer | null>>,
    options?: { readonly message?: string; readonly from?: string; readonly force?: boolean },
  ): string;
  deleteBranch(branch: string): void;
  /** Answers with the comment's id. */
  comment(number: number, body: string): number;
  editComment(id: number, body: string): void;
  deleteComment(id: number): void;
  openIssue(title: string, body?: string): number;
  openPull(
    title: string,
    head: string,
    base?: string,
    options?: { readonly body?: string; readonly draft?: boolean },
  ): number;
  edit(number: number, change: { readonly title?: string; readonly body?: string }): void;
  close(number: number): void;
  reopen(number: number): void;
  /** Throws with GitHub's words where the button would be grey. Answers with the merge commit. */
  merge(number: number, method?: MergeMethod): string;
  /** On a line of a pull request; `replyTo` puts it into a thread. Answers with the comment's id. */
  reviewComment(number: number, body: string, replyTo?: number): number;
  editReviewComment(id: number, body: string): void;
  /** Submits a review with this text. Answers with its id. */
  review(number: number, body: string): number;
  editReview(number: number, id: number, body: string): void;
  approve(number: number): void;
  requestChanges(number: number): void;
  /** Asks for a review of somebody, as GitHub itself asks code owners. */
  requestReview(number: number, login: string): void;
  /** Presses "Re-run" at the latest check run of the App with this name, or "Re-run all checks" of its suite. */
  rerun(revision: string, name: string, what?: 'run' | 'suite'): void;
  ready(number: number): void;
  label(number: number, ...labels: readonly string[]): void;
  unlabel(number: number, ...labels: readonly string[]): void;
}

export interface JournalEntry {
  /** Counts from 1; 0 for git's requests. */
  readonly n: number;
  readonly kind: 'rest' | 'graphql' | 'git';
  readonly method: string;
  /** Without `/api/v3` and query: `/repos/acme/infra/pulls`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** As the description names it: `pulls/create`; for GraphQL the field: `enablePullRequestAutoMerge`. Null where it has none. */
  readonly operation: string | null;
  /** Who asked: a login, `app` for a JWT, null without a valid token. */
  readonly actor: string | null;
  /** Null while it is handled, 0 where the connection was dropped. */
  readonly status: number | null;
}

export interface Faults {
  /** The next request that matches (the next `times`) suffers. Faults are tried in the order they were added. */
  add(fault: Fault): void;
  /** Those that have not happened (often enough) yet. */
  readonly pending: readonly Fault[];
  clear(): void;
}

export interface Fault {
  readonly when?: RequestMatcher;
  /** Skip the first matches. Default 0. */
  readonly after?: number;
  /** Default 1. */
  readonly times?: number;
  readonly does: FaultKind;
}

export interface RequestMatcher {
  readonly method?: string;
  /** Matched against the path without `/api/v3`. */
  readonly path?: RegExp;
  /** Values that the query must have. */
  readonly query?: Readonly<Record<string, string>>;
  /** `git/create-ref`, `enablePullRequestAutoMerge` */
  readonly operation?: string;
  /** Default `rest` and `graphql`. */
  readonly kind?: 'rest' | 'graphql' | 'git';
}

export type FaultKind =
  /** `effect: true`: the request was carried out, and only its answer is lost. */
  | { readonly kind: 'status'; readonly status: 500 | 502 | 503 | 504; readonly effect?: boolean }
  | { readonly kind: 'drop'; readonly effect?: boolean }
  /** 403 "You have exceeded a secondary rate limit", or 429. */
  | { readonly kind: 'secondary-limit'; readonly retryAfter?: number; readonly status?: 403 | 429 }
  /** 403 with `x-ratelimit-remaining: 0`, until the clock reaches `resetIn` seconds. */
  | { readonly kind: 'primary-limit'; readonly resetIn: number }
  /** 401 "Bad credentials" from now on for this token; a new one works. */
  | { readonly kind: 'token-expired' }
  /** Any answer that the description allows, word for word; others are violations. For git, a text that it shows. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Something happens just before the request is carried out: somebody pushes between two calls. */
  | { readonly kind: 'race'; readonly act: () => void };

export interface Webhooks {
  /** All that happened, oldest first, delivered or not. */
  readonly deliveries: readonly Delivery[];
  /** Keep what happens from now on. */
  hold(): void;
  /** Send what was kept, in the order that `order` makes of it. Resolves when all were answered. */
  release(order?: (held: readonly Delivery[]) => readonly Delivery[]): Promise<void>;
  /** Once more, with the same id and the same bytes. */
  redeliver(id: string): Promise<Delivery>;
  /** Sends something of the test's own making. Default: signed rightly. */
  send(
    event: string,
    payload: object,
    options?: { readonly id?: string; readonly signature?: string | null },
  ): Promise<Delivery>;
  /** Resolves when all that was sent has been answered. */
  settled(): Promise<void>;
}

export interface Delivery {
  /** X-GitHub-Delivery */
  readonly id: string;
  /** X-GitHub-Event */
  readonly event: string;
  readonly action: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The receiver's last answer; null: not sent yet; 0: no answer. */
  readonly status: number | null;
  readonly attempts: number;
}

/** Opaque; a folder holds copies of the bare repositories until `close` of the stand-in that made it. */
export interface Exported {
  readonly folder: string;
  readonly state: unknown;
}
