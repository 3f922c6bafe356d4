import { MINUTE } from '../kubernetes/durations.ts';
import type { Finding } from '../model/finding.ts';

export const SHORTEST = 15 * MINUTE;
const LONGEST = 6 * 60 * MINUTE;

/**
 * How long a failure must stay away after a fix before it counts as gone, in milliseconds: twice the time that it took to
 * come back so far, but 15 minutes at least and 6 hours at most. A container that is killed every 70 minutes has proven
 * nothing after a quarter of an hour.
 */
export function quietTime({
  firstSeen,
  lastSeen,
  occurrences,
}: Pick<Finding, 'firstSeen' | 'lastSeen' | 'occurrences'>): number {
  const between = occurrences > 1 ? Math.max(0, lastSeen - firstSeen) / (occurrences - 1) : 0;
  return Math.min(LONGEST, Math.max(SHORTEST, Math.ceil((2 * between) / MINUTE) * MINUTE));
}
