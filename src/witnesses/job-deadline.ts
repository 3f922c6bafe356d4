import { describeDuration, MINUTE } from '../kubernetes/durations.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { durationsOf, type JobRun } from '../facts/job-runs.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';

/** What the runs that succeeded say of how long a run takes. Durations in milliseconds. */
export interface ObservedRuns {
  readonly count: number;
  readonly longest: number;
  /** A sentence. */
  readonly says: Prose;
  readonly evidence: Evidence;
}

/** So many runs are a habit. */
const ENOUGH = 3;

/** Null where too few runs are on record: a CronJob keeps three that succeeded unless it says otherwise. */
export function observedRuns(owner: ClusterObject, runs: readonly JobRun[]): ObservedRuns | null {
  const durations = durationsOf(runs);
  if (durations.length < ENOUGH) return null;
  const longest = Math.max(...durations);
  const listed = durations.map((one) => describeDuration(one)).join(', ');
  return {
    count: durations.length,
    longest,
    says: prose`The last ${durations.length} runs that succeeded took ${ownText(listed)}.`,
    evidence: quoted('object', owner, null, `runs that succeeded took ${listed}`),
  };
}

/** Room for a run that takes longer than all before. */
const HEADROOM = 1.5;

/** A deadline in seconds, in whole minutes, that `longest` (milliseconds) fits into with half as much again. */
export function deadlineFor(longest: number): number {
  return Math.ceil((longest * HEADROOM) / MINUTE) * 60;
}
