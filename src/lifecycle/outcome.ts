import type { Prose } from '../untrusted/prose.ts';

/** What a run did about one proposal, pull request or report: for the dashboard, the log and the tests. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** One sentence, or the rest of one that starts with the kind. */
  readonly why: Prose;
  readonly key: string | null;
  readonly fingerprints: readonly string[];
  /** Of the pull request or the issue; null while there is none. */
  readonly number: number | null;
  /** Milliseconds after which it may be done, where nothing but GitHub's limits kept it from being done now. */
  readonly mayBeIn?: number;
  /** When the cluster is to be read again, in milliseconds since the epoch: by then time alone decides something. */
  readonly decidedAt?: number;
}

export type OutcomeKind =
  /** A pull request was opened, rebuilt on its base, or described again. */
  | 'opened'
  | 'rebuilt'
  | 'updated'
  /** Nothing had to change. */
  | 'unchanged'
  /** A limit, a snooze or an ignore keeps it from being opened. */
  | 'waiting'
  /** Closed by a person, or taken back after its merge. */
  | 'respected'
  /** Somebody else pushed to the branch, or edited the description's end: Faultline leaves it. */
  | 'handed-off'
  /** The failure has stopped, but git still contains the value. */
  | 'quiet'
  /** Closed by Faultline: git renders another value. */
  | 'closed'
  /** It auto-merges, or was merged. */
  | 'merging'
  | 'merged'
  /** After the merge. */
  | 'verifying'
  | 'resolved'
  | 'still-failing'
  | 'worse'
  | 'not-applied'
  | 'overtaken'
  | 'gone'
  /** An escalation without an edit, as an issue. */
  | 'reported'
  /** GitHub refused or did not answer; the next run tries again. */
  | 'failed';

/** What came of keeping an open pull request. */
export interface Kept {
  readonly kind: Extract<
    OutcomeKind,
    'rebuilt' | 'updated' | 'unchanged' | 'handed-off' | 'merging' | 'merged' | 'waiting'
  >;
  readonly why: Prose;
}
