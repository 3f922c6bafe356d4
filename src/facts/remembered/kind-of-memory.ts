import { DAY } from '../../kubernetes/durations.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Remembered } from '../../model/remembered.ts';

/** One kind of things that are remembered of a cluster. */
export interface KindOfMemory<R extends Remembered> {
  /** What a reading adds, and what it widens of what is known: with the same content, the known object itself. */
  seenIn(cluster: ClusterState, known: ReadonlyMap<string, R>): readonly R[];
  /** False once no rule can use it any more. */
  isKept(one: R, cluster: ClusterState): boolean;
  /** Of those with one subject, the newest `most` are kept. */
  subjectOf(one: R): string;
  readonly most: number;
}

/**
 * Rules look back a day at most. What is older is kept for two more days: a clock that runs ahead for a while makes nothing of what is
 * needed once it is right again old enough to be forgotten.
 */
const KEPT = 3 * DAY;

/** A clock that was put back makes the last reading one of the future: then it is now, and what it took until then stays that long. */
export function movedBack<R extends { readonly at: number; readonly since: number }>(one: R, now: number): R {
  return { ...one, at: now, since: now - (one.at - one.since) };
}

export function isYoung({ at }: Pick<Remembered, 'at'>, { now }: ClusterState): boolean {
  return at >= now - KEPT;
}
