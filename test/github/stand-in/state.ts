import type { Conclusion, MergeMethod, Permission, Protection } from './interface.ts';

/*
 * All that GitHub knows beside the git repositories, as plain data: `structuredClone` copies it. Times are milliseconds
 * since the epoch.
 */

export interface State {
  readonly app: { readonly id: number; readonly slug: string; readonly permissions: Permissions };
  /** By login in lower case. */
  readonly accounts: Map<string, Account>;
  /** By slug in lower case. */
  readonly repositories: Map<string, Repository>;
  /** Ids by the slug that a repository had before, in lower case. */
  readonly moved: Map<string, number>;
  readonly installations: Map<number, Installation>;
  readonly tokens: Map<string, Token>;
  /** Signs the commits that GitHub makes: nobody else has it. */
  readonly signingSecret: string;
  lastId: number;
}

export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly emails: string[];
}

export interface Installation {
  readonly id: number;
  /** Login of the owner. */
  readonly account: string;
  readonly createdAt: number;
  suspendedAt: number | null;
  /** What every call of its tokens is refused with: an IP allow list. */
  refusal: string | null;
  /** Null: what the App asks for. */
  permissions: Permissions | null;
}

export interface Token {
  readonly value: string;
  /** `faultline[bot]`, `github-actions[bot]`, `ada` */
  readonly login: string;
  readonly kind: 'installation' | 'workflow' | 'personal';
  readonly installation: number | null;
  /** Ids; null: all that the installation has, or the person sees. */
  readonly repositories: readonly number[] | null;
  /** Null: as the person may. */
  readonly permissions: Permissions | null;
  readonly expiresAt: number | null;
  revoked: boolean;
}

export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  folder: string;
  readonly defaultBranch: string;
  readonly createdAt: number;
  pushedAt: number;
  /** Id of what this is a fork of. */
  readonly parent: number | null;
  settings: Settings;
  /** By login in lower case. */
  readonly collaborators: Map<string, Permission>;
  readonly teams: Map<string, Team>;
  readonly protections: Map<string, Protection>;
  /** By name in lower case. */
  readonly labels: Map<string, Label>;
  /** Pull requests are issues too. */
  readonly issues: Map<number, Issue>;
  readonly pulls: Map<number, Pull>;
  readonly comments: Map<number, Comment>;
  readonly reviewComments: Map<number, ReviewComment>;
  readonly checkRuns: CheckRun[];
  readonly checkSuites: CheckSuite[];
  readonly statuses: Status[];
}

export interface Settings {
  readonly private: boolean;
  readonly allowAutoMerge: boolean;
  readonly mergeMethods: readonly MergeMethod[];
  readonly deleteBranchOnMerge: boolean;
  readonly drafts: boolean;
  readonly installed: boolean;
  readonly hasIssues: boolean;
  readonly archived: boolean;
  readonly hasPullRequests: boolean;
  /** A ruleset for branches: what it refuses, in GitHub's words. */
  readonly refuses: {
    readonly branch: RegExp;
    readonly what: 'creation' | 'update' | 'commit';
    readonly words: string;
  } | null;
}

export interface Team {
  readonly id: number;
  readonly slug: string;
  readonly members: readonly string[];
  readonly permission: Permission;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly viaApp: boolean;
  readonly createdAt: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'reopened' | null;
  updatedAt: number;
  closedAt: number | null;
  closedBy: string | null;
  labels: string[];
  assignees: string[];
  reactions: Reaction[];
  /** Of the description, oldest first. */
  readonly edits: Edit[];
}

export interface Edit {
  readonly by: string;
  readonly at: number;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  /** Id of the repository that the head branch is in; null once that is gone. */
  readonly headRepository: number;
  readonly head: string;
  base: string;
  headSha: string;
  baseSha: string;
  draft: boolean;
  merged: { readonly at: number; readonly by: string; readonly commit: string } | null;
  autoMerge: AutoMerge | null;
  /** In the merge queue, at the head that it was put there with. */
  queued: AutoMerge | null;
  requestedReviewers: string[];
  requestedTeams: string[];
  reviews: Review[];
  /** `<head>..<base>` that `mergeable` was worked out for. */
  mergeabilityOf: string | null;
}

export interface AutoMerge {
  readonly by: string;
  readonly method: MergeMethod;
  readonly title: string | null;
  readonly message: string | null;
}

export interface Review {
  readonly id: number;
  readonly author: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  body: string;
  readonly commit: string;
  readonly at: number;
  readonly edits: Edit[];
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  readonly viaApp: boolean;
  readonly createdAt: number;
  body: string;
  updatedAt: number;
  edits: number;
  reactions: Reaction[];
}

/** On a line of a pull request. */
export interface ReviewComment {
  readonly id: number;
  readonly pull: number;
  readonly review: number;
  /** The first comment of its thread; null for that one. */
  readonly replyTo: number | null;
  readonly author: string;
  readonly path: string;
  readonly commit: string;
  readonly createdAt: number;
  body: string;
  updatedAt: number;
  reactions: Reaction[];
}

export interface Reaction {
  readonly id: number;
  readonly author: string;
  readonly content: string;
  readonly at: number;
}

export interface CheckSuite {
  readonly id: number;
  readonly app: CheckApp;
  readonly sha: string;
  readonly branch: string | null;
  readonly createdAt: number;
  updatedAt: number;
}

export type CheckApp = 'app' | 'ci';

export interface CheckRun {
  readonly id: number;
  readonly suite: number;
  readonly app: CheckApp;
  readonly sha: string;
  readonly startedAt: number;
  name: string;
  externalId: string | null;
  detailsUrl: string | null;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  completedAt: number | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: Annotation[];
}

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title?: string;
  readonly raw_details?: string;
}

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: string;
  readonly at: number;
}
