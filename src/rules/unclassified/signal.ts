import type { ClusterState } from '../../model/cluster-state.ts';
import type { KubernetesObject, ObjectRef } from '../../kubernetes/objects.ts';
import { parseTime } from '../../kubernetes/workloads.ts';
import type { Prose } from '../../untrusted/prose.ts';
import type { Cause } from './causes.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Verdict } from '../../model/finding.ts';

/** One thing that is visibly wrong. */
export interface Signal {
  readonly cause: Cause;
  /** What the incident is about: the topmost owner. */
  readonly owner: ObjectRef;
  readonly container: string | null;
  /** The object that shows it. */
  readonly on: KubernetesObject;
  /** A clause without a full stop: `container app waits with CrashLoopBackOff`. */
  readonly says: Prose;
  readonly evidence: readonly Evidence[];
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
  readonly verdict: Extract<Verdict, 'monitor' | 'decline'>;
}

/** A signal with the usual defaults: seen since the object was made, declined, once. */
export function signal(
  cluster: ClusterState,
  given: Pick<Signal, 'cause' | 'owner' | 'on' | 'says'> & Partial<Signal>,
): Signal {
  return {
    container: null,
    evidence: [],
    firstSeen: parseTime(given.on.metadata.creationTimestamp) ?? cluster.now,
    lastSeen: cluster.now,
    occurrences: 1,
    verdict: 'decline',
    ...given,
  };
}
