import type { ClosedBecause } from '../pull-requests/marker-details.ts';
import type { Own } from './own.ts';

/** What to do with an open pull request that no proposal of this run asks for. */
export type AbsentPlan =
  | { readonly do: 'close'; readonly because: ClosedBecause }
  | { readonly do: 'say-quiet' }
  | { readonly do: 'nothing'; readonly why: AbsentReason };

export type AbsentReason =
  /** Somebody edited the description, pushed, or opened again what Faultline had closed. */
  | 'in-other-hands'
  /** A scan of another cluster decides. */
  | 'other-cluster'
  /** The incident goes on; policy or its finding wants no change now. */
  | 'held-back'
  /** Neither git nor the cluster could be read. */
  | 'unknown';

export interface AbsentSituation {
  readonly own: Own;
  /** Whether this scan is of the cluster that the pull request is for. */
  readonly isHere: boolean;
  /** What this scan says of its incidents; `gone` only where it would have seen them. */
  readonly incident: 'seen' | 'gone' | 'unknown';
  /** What the base renders now where the change would be made. */
  readonly rendered: 'before' | 'after' | 'other' | 'nothing' | 'unknown';
}

/**
 * Git decides about closing: only when the value that failed is not rendered any more has somebody fixed it. A failure that went
 * away while git still has that value comes back with the next restart, so its pull request stays open and says so.
 */
export function planAbsent({ own, isHere, incident, rendered }: AbsentSituation): AbsentPlan {
  const { marker, pull } = own;
  if (marker === null || marker.head !== pull.head || marker.closed !== undefined)
    return { do: 'nothing', why: 'in-other-hands' };
  if (!isHere) return { do: 'nothing', why: 'other-cluster' };
  if (rendered === 'after') return { do: 'close', because: 'already-so' };
  if (rendered === 'nothing') return { do: 'close', because: 'removed' };
  if (rendered === 'other') return { do: 'close', because: 'other-value' };
  if (incident === 'seen') return { do: 'nothing', why: 'held-back' };
  return rendered === 'before' && incident === 'gone'
    ? { do: 'say-quiet' }
    : { do: 'nothing', why: 'unknown' };
}
