import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ValueSet } from '../model/change.ts';

/** Times are milliseconds since the epoch, kept to the second. */
export interface MarkerDetails {
  /** Of the incidents: by their subjects they are known again when a cause becomes clearer. */
  readonly subjects?: readonly KnownSubject[];
  /** What sort of evidence there has been so far: `tag-not-found:event`. */
  readonly kinds?: readonly string[];
  /** The clusters of the incidents, the first leading. */
  readonly clusters?: readonly string[];
  /** The commit of the base that the edit was proven on when the branch was written. */
  readonly proven?: string;
  /** Our commit at the head of the branch. */
  readonly head?: string;
  /** Hash of the files that it writes. */
  readonly edit?: string;
  /** Hash of title and description as we wrote them, to notice that a person did. */
  readonly text?: string;
  /** Hash of what is worth an edit when it changes. */
  readonly material?: string;
  /** When title and description were last written. */
  readonly written?: number;
  /** When the failure began, and when it was first proposed to change something about it. */
  readonly since?: number;
  readonly detected?: number;
  /** How long the failure must stay away after the merge, in milliseconds, kept to the minute. */
  readonly quiet?: number;
  /** Every object that the proof says will change, those of `watch` first, and those that failed. */
  readonly objects?: readonly ObjectRef[];
  /** Indices in `objects`: what failed. */
  readonly failing?: readonly number[];
  readonly watch?: readonly WatchedField[];
  /**
   * Values that somebody asked for with `/rca set`, in place of those that the finding wants. For readers only: what binds is the
   * command itself, in the store or in its comment.
   */
  readonly set?: readonly ValueSet[];
  /** It was opened while nothing failed yet. */
  readonly foreseen?: true;
  /** The number of the pull request that this one takes back. */
  readonly reverts?: number;
  /** Why Faultline itself closed it. */
  readonly closed?: ClosedBecause;
  /** The newest record of the audit log when this was written. */
  readonly audit?: { readonly sequence: number; readonly hash: string };
}

export interface KnownSubject {
  readonly subject: string;
  readonly fingerprint: string;
}

export type ClosedBecause = 'already-so' | 'other-value' | 'removed';

/** A field of the change, with hashes of its values (see `watched.ts`): enough to recognise them, nothing to read. */
export interface WatchedField {
  /** Index in `objects`. */
  readonly object: number;
  readonly field: string;
  readonly before: string;
  readonly after: string;
}
