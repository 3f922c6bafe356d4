import type { Prose } from '../untrusted/prose.ts';

/** What a run did about one proposal, pull request or report: for the dashboard, the log and the tests. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** One sentence, or what is to be read behind the kind. */
  readonly why: Prose;
  readonly key: string | null;
  readonly fingerprints: readonly string[];
  /** Of the pull request or the issue; null while there is none. */
  readonly number: number | null;
}

export type OutcomeKind =
  /** A pull request was opened, written anew on its base, or described anew. */
  | 'opened'
  | 'rebuilt'
  | 'updated'
  /** It is as it should be. */
  | 'unchanged'
  /** For a limit, or because somebody asked for silence: no pull request yet. */
  | 'waiting'
  /** Closed by a person, or taken back after its merge. */
  | 'respected'
  /** Somebody else pushed to the branch, or edited the description's end: Faultline leaves it. */
  | 'handed-off'
  /** The failure went away, the value did not. */
  | 'quiet'
  /** Closed by Faultline: git renders another value. */
  | 'closed'
  /** It merges by itself; or was merged. */
  | 'merging'
  | 'merged'
  /** After the merge. */
  | 'verifying'
  | 'resolved'
  | 'still-failing'
  | 'worse'
  | 'not-applied'
  | 'overtaken'
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
