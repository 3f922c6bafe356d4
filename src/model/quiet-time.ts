import { DAY, HOUR, MINUTE } from '../kubernetes/durations.ts';
import type { Ending } from './ending.ts';

export const SHORTEST = 15 * MINUTE;
const LONGEST = 6 * HOUR;

/** What is known of when and how often a failure showed. Times are milliseconds since the epoch. */
export interface Occurrences {
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
}

/**
 * How long a failure must stay away before it counts as gone, in milliseconds: twice the time that it took to come back so far, but 15
 * minutes at least and 6 hours at most. A container that is killed every 70 minutes has proven nothing after a quarter of an hour.
 */
export function quietTime({ firstSeen, lastSeen, occurrences }: Occurrences): number {
  const between = occurrences > 1 ? Math.max(0, lastSeen - firstSeen) / (occurrences - 1) : 0;
  return Math.min(LONGEST, Math.max(SHORTEST, Math.ceil((2 * between) / MINUTE) * MINUTE));
}

/** The quiet time of a failure that recovered and came back so many times: doubled each time, up to a day. */
export function grownQuietTime(quiet: number, returned: number): number {
  return Math.max(quiet, Math.min(DAY, quiet * 2 ** Math.min(returned, 10)));
}

/** What is known of a failure that may be away. */
export interface Recurrence extends Occurrences {
  /** The first reading that should have shown it and did not; null while it shows. */
  readonly notSeenSince: number | null;
  readonly ending: Ending | null;
  readonly returned: number;
}

/** When a failure that is away counts as over; null while it shows. What was deleted cannot come back as it was. */
export function overAt(failure: Recurrence): number | null {
  const { notSeenSince, ending, returned } = failure;
  if (notSeenSince === null) return null;
  const isDeleted = ending === 'deleted' || ending === 'namespace-deleted';
  return notSeenSince + (isDeleted ? 0 : grownQuietTime(quietTime(failure), returned));
}
