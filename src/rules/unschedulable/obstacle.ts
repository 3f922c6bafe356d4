import type { Evidence } from '../../model/evidence.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import type { Prose } from '../../untrusted/prose.ts';
import type { SchedulingCause } from './causes.ts';

/** What keeps a pod off the nodes. */
export interface Obstacle {
  readonly cause: SchedulingCause;
  /** Waiting does not help: no node of the cluster can ever take the pod as it is. */
  readonly isLasting: boolean;
  readonly because: readonly Prose[];
  readonly evidence: readonly Evidence[];
  readonly blames: readonly Blame[];
  readonly advice: readonly Prose[];
  readonly culprit?: Culprit;
  readonly explainedBy?: readonly Culprit[];
}

/** An obstacle of which no more is known than its name. */
export function plain(cause: SchedulingCause, advice: Prose, more: Partial<Obstacle> = {}): Obstacle {
  return { cause, isLasting: false, because: [], evidence: [], blames: [], advice: [advice], ...more };
}
