import type { Change } from '../../model/change.ts';
import type { Commit } from '../../model/commit.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import type { Prose } from '../../untrusted/prose.ts';
import type { EvictedCause } from './causes.ts';

/** Why a pod was ended, and what follows from it. */
export interface Ended {
  readonly cause: EvictedCause;
  /** A clause after `was evicted:`. */
  readonly says: Prose;
  readonly because?: readonly Prose[];
  readonly blames?: readonly Blame[];
  readonly culprit?: Culprit;
  readonly advice: readonly Prose[];
  readonly evidence?: readonly Evidence[];
  /** Proven, unless `draft` says what a person has to agree to. */
  readonly changes?: readonly Change[];
  readonly reason?: Prose;
  readonly draft?: Prose;
  readonly introducedBy?: Commit;
}
