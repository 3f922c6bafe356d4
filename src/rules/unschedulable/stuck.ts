import type { Unscheduled } from '../../facts/scheduling.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Change } from '../../model/change.ts';
import type { Commit } from '../../model/commit.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Guard } from '../../model/finding.ts';
import type { Prose } from '../../untrusted/prose.ts';
import type { Obstacle } from './obstacle.ts';

/** What can be done about an obstacle in git, and what git tells of it. No changes: nothing is proven. */
export interface Remedy {
  readonly changes: readonly Change[];
  readonly guards: readonly Guard[];
  /** Why these changes: the reason for the verdict. */
  readonly reason?: Prose;
  readonly because: readonly Prose[];
  readonly evidence: readonly Evidence[];
  readonly advice: readonly Prose[];
  readonly introducedBy?: Commit;
  /** How sure the value is, 0 to 1, and why. */
  readonly sureness?: readonly [number, Prose];
}

/** A pod that waits, what keeps it from the nodes, and the nodes that it could use. */
export interface Stuck {
  readonly workload: WorkloadFacts;
  readonly worst: Unscheduled & { readonly obstacle: Obstacle };
  /** Null where not all nodes are known. */
  readonly nodes: readonly ClusterObject[] | null;
  readonly meant: readonly ClusterObject[] | null;
}
