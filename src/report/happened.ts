import type { History, PastProposal } from './history.ts';
import { isWithin, type Period } from './period.ts';

/**
 * What Faultline learned of in a period, whenever it began, so that periods side by side count all of it once. The report counts by when
 * incidents and proposals began, and agrees on those.
 */
export interface Happened {
  readonly incidents: number;
  readonly opened: number;
  readonly merged: number;
  /** By people or by Faultline. */
  readonly closed: number;
  readonly held: number;
  readonly failed: number;
}

export function happenedIn(
  { incidents, proposals }: Pick<History, 'incidents' | 'proposals'>,
  period: Period,
): Happened {
  const isIn = (at: number | null): boolean => at !== null && isWithin(period, at);
  const count = (isCounted: (one: PastProposal) => boolean): number => proposals.filter(isCounted).length;
  return {
    incidents: incidents.filter(({ recordedAt }) => isIn(recordedAt)).length,
    opened: count(({ openedAt }) => isIn(openedAt)),
    merged: count(({ end, endRecordedAt }) => end === 'merged' && isIn(endRecordedAt)),
    closed: count(({ end, endRecordedAt }) => end !== 'merged' && isIn(endRecordedAt)),
    held: count(({ outcome, outcomeAt }) => outcome === 'resolved' && isIn(outcomeAt)),
    failed: count(
      ({ outcome, outcomeAt }) => (outcome === 'still-failing' || outcome === 'worse') && isIn(outcomeAt),
    ),
  };
}
