import type { Evidence } from '../../model/evidence.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import type { Prose } from '../../untrusted/prose.ts';
import { MINUTE } from '../../kubernetes/durations.ts';
import type { SchedulingCause } from './causes.ts';

/** What keeps a pod off the nodes. */
export interface Obstacle {
  readonly cause: SchedulingCause;
  /** What keeps it off, as the end of a sentence; left out where nothing but the scheduler's own words is known. */
  readonly says?: Prose;
  /** Milliseconds that a pod gets before this is told; 0 where no waiting helps. */
  readonly patience: number;
  readonly because: readonly Prose[];
  readonly evidence: readonly Evidence[];
  readonly blames: readonly Blame[];
  readonly advice: readonly Prose[];
  readonly culprit?: Culprit;
  readonly explainedBy?: readonly Culprit[];
}

/** Where waiting may help: other pods end, nodes come back. */
const USUAL = 2 * MINUTE;

/** An obstacle of which no more is known than its name. */
export function plain(cause: SchedulingCause, advice: Prose, more: Partial<Obstacle> = {}): Obstacle {
  return { cause, patience: USUAL, because: [], evidence: [], blames: [], advice: [advice], ...more };
}
