import type { ObjectRef } from '../../kubernetes/objects.ts';
import type { Condition } from '../../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';

/** A ScaledObject or ScaledJob with what KEDA says against it. */
export interface Scaling {
  readonly cluster: ClusterState;
  readonly object: ClusterObject;
  readonly ref: ObjectRef;
  /** Ready, where it is not True. */
  readonly condition: Condition | undefined;
  /** Triggers that could not be asked in the last minutes, the latest first. */
  readonly failures: readonly ClusterEvent[];
  /** What the condition says; empty where there is none. */
  readonly message: string;
  /** The condition Fallback, where it is True. */
  readonly fallback: Condition | undefined;
  readonly evidence: readonly Evidence[];
}
