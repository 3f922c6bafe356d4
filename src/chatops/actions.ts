import type { Config } from '../config/schema.ts';
import type { Declined } from '../model/declined.ts';
import type { Blame } from '../model/layers.ts';
import type { Located } from '../model/located.ts';
import type { IncidentResult } from '../model/report.ts';
import type { Outcome } from '../store/records.ts';
import type { Prose, Untrusted } from '../untrusted/prose.ts';
import type { WorkloadName } from './parse.ts';

/**
 * What a `/rca` command may ask for and do, about one repository. Whoever calls it has checked that the one who wrote the command may
 * write to the repository. Everything that changes something can be called twice with the same result, since a command is
 * carried out again when the program stops in the middle of it. Times are milliseconds since the epoch.
 */
export interface CommandActions {
  readonly limits: Config['limits'];

  /**
   * What an issue or pull request is about. Null where it is none of ours: a marker counts only in a text that we wrote, for a pull
   * request only on a branch of ours in this very repository.
   */
  subjectOf(thread: number): Promise<Subject | null>;

  /** One incident of this repository that is open now, with the open pull request that is for it; null for any other. */
  incident(fingerprint: string): Promise<Subject | null>;

  /** Everything that is wrong with a workload now, in each cluster that this repository is deployed to. */
  diagnose(workload: WorkloadName): Promise<Diagnosis>;
  /** The lines that set a field of an object, for each cluster that has it; where none has it, as the repository renders it. */
  blame(object: BlamedObject, field: string): Promise<Blamed>;
  /** The incidents of a subject as they were seen last, the leading one first; those that are over are left out. */
  seen(subject: Subject): Promise<readonly Seen[]>;
  /** Ends a snooze or ignore of a subject's incidents, scans again, and brings their proposal up to date. */
  retry(subject: Subject, by: string): Promise<Retried>;

  /**
   * Locates and proves the proposal again with another value for one of its fields, in place of one that was set before; values of
   * other fields stay. Nothing is written unless the edit is exact.
   */
  set(subject: OnPullRequest, value: FieldValue, by: string, given: Given): Promise<Reproposed>;
  /** Rebuilds the branch on the head of its base, when all commits on it are ours. */
  rebuild(subject: OnPullRequest): Promise<Rebuilt>;
  /** Takes back the last command of a thread: a value, a snooze or an ignore. */
  undo(subject: Subject, given: Given): Promise<Undone>;
  /** Lets GitHub merge a pull request at this head, once what the repository asks for is there. No review is submitted. */
  approve(subject: OnPullRequest, head: string, by: string): Promise<Approval>;
  /** One pull request, with a proof of its own, that takes a merged one back. A person merges it. */
  revert(subject: OnPullRequest, by: string): Promise<Reverted>;

  snooze(subject: Subject, until: number, by: string, reason: Untrusted | null, given: Given): Promise<void>;
  /** Until there is evidence of another kind. */
  ignore(subject: Subject, by: string, reason: Untrusted, given: Given): Promise<void>;

  /** Lets the guard pass the head that anybody's pull request has now. */
  accept(thread: number, by: string, reason: Untrusted): Promise<Acceptance>;

  /** How things are: in the repository, and with a subject. */
  status(subject: Subject | null): Promise<RepositoryStatus>;
}

export interface Subject {
  /** Of the incidents it is for, the leading one first. Never empty. */
  readonly fingerprints: readonly string[];
  /** Null for an issue. */
  readonly pullRequest: SubjectPullRequest | null;
}

export interface OnPullRequest extends Subject {
  readonly pullRequest: SubjectPullRequest;
}

export interface SubjectPullRequest {
  readonly number: number;
  readonly state: 'open' | 'closed' | 'merged';
  readonly isDraft: boolean;
  /** The commit that the branch points to now. */
  readonly head: string;
  /** Since when, by GitHub's clock; null where that is not known. */
  readonly headSince: number | null;
  /** False once somebody else pushed to the branch. */
  readonly isOurs: boolean;
}

/** What is wrong, and the pull request or report that there is for it. */
export interface Seen {
  readonly result: IncidentResult;
  readonly pullRequest: number | null;
  readonly issue: number | null;
}

export type Diagnosis =
  | {
      readonly kind: 'diagnosed';
      /** Empty: nothing is wrong. */
      readonly seen: readonly Seen[];
      /** Where the workload runs. */
      readonly clusters: readonly string[];
      /** When the clusters were read. */
      readonly at: number;
      /** What could not be read, so that something may be missing. */
      readonly problems: readonly Prose[];
    }
  /** `similar`: workloads that may have been meant, as `namespace/name`. */
  | { readonly kind: 'unknown-workload'; readonly similar: readonly string[] }
  | { readonly kind: 'unreadable'; readonly why: Prose };

/** An object as somebody names it. */
export interface BlamedObject {
  readonly kind: string;
  /** Null for one of the cluster, and where it is not said. */
  readonly namespace: string | null;
  readonly name: string;
}

export type Blamed =
  | {
      readonly kind: 'answered';
      /** `cluster`: null where no cluster was asked. */
      readonly answers: readonly { readonly cluster: string | null; readonly result: Blame | Declined }[];
    }
  | { readonly kind: 'unreadable'; readonly why: Prose };

export type Retried =
  /** Nothing of it fails any more. */
  | { readonly kind: 'recovered' }
  | { readonly kind: 'seen'; readonly seen: readonly Seen[]; readonly change: 'none' | 'updated' | 'opened' }
  | { readonly kind: 'refused'; readonly why: Prose };

export interface FieldValue {
  /** As the finding writes it. */
  readonly field: string;
  /** Takes the type of the value that it replaces; null for what Faultline itself proposes. */
  readonly value: string | null;
}

/** One command: what it is called, and when it was written, to the second. */
export interface Given {
  readonly id: string;
  /** Number of the issue or pull request. */
  readonly thread: number;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

export type Acceptance =
  { readonly kind: 'accepted'; readonly head: string } | { readonly kind: 'refused'; readonly why: Prose };

export type Reproposed =
  | { readonly kind: 'proposed'; readonly located: Located; readonly head: string }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly why: Prose };

export type Rebuilt =
  /** `isNew`: false when it was on that commit already. */
  | { readonly kind: 'rebuilt'; readonly head: string; readonly base: string; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly why: Prose };

export type Undone =
  /** There is no command to take back. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'snooze' | 'ignore'; readonly by: string; readonly isOnAgain: boolean }
  | {
      readonly kind: 'set';
      readonly by: string;
      readonly field: string;
      readonly value: string | null;
      readonly result: Reproposed;
    };

export type Approval =
  | { readonly kind: 'enabled' }
  | { readonly kind: 'merged' }
  /** GitHub has nothing to wait for, and no required check has passed yet: it is merged when one has. */
  | { readonly kind: 'waits-for-check' }
  | { readonly kind: 'moved-on' }
  | { readonly kind: 'refused'; readonly why: Prose };

export type Reverted =
  /** `isNew`: false when there was one already. */
  | { readonly kind: 'opened'; readonly pullRequest: number; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly why: Prose };

export interface RepositoryStatus {
  /** Null where it was asked for the repository. */
  readonly subject: IncidentStatus | null;
  readonly counts: { readonly open: number; readonly waiting: number; readonly watched: number };
  /** `scannedAt`: null before the first scan. */
  readonly clusters: readonly {
    readonly name: string;
    readonly scannedAt: number | null;
    readonly problem: Prose | null;
  }[];
  readonly configErrors: number;
}

export interface IncidentStatus {
  /** Null when the failure has stopped. */
  readonly lastSeen: number | null;
  readonly decision: Prose | null;
  readonly snooze: { readonly until: number; readonly by: string } | null;
  readonly ignore: { readonly by: string; readonly reason: Untrusted } | null;
  readonly approved: { readonly head: string; readonly by: string } | null;
  readonly isMerging: boolean;
  readonly verification: { readonly outcome: Outcome; readonly since: number } | null;
}
