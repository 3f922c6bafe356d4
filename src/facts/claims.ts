import { MINUTE, HOUR } from '../kubernetes/durations.ts';
import { recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { isReady, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { ageOf, warningsOf } from './observations.ts';
import { isBeingDeleted, type WorkloadFacts } from './subjects.ts';

/** A claim that a pod needs and that has no volume. */
export interface UnboundClaim {
  readonly name: string;
  /** Null where it does not exist. */
  readonly claim: ClusterObject | null;
  /** A pod that waits for it. */
  readonly pod: ClusterObject;
  /** What the volume controllers say of it, latest first; Normal events included, since a claim without a fitting volume has no other. */
  readonly events: readonly ClusterEvent[];
}

/** Names of the PersistentVolumeClaims that a pod mounts; of an ephemeral volume the one that is made for it. */
export function claimsOf(pod: KubernetesObject): readonly string[] {
  return recordsOf(podSpecOf(pod)?.volumes).flatMap((volume) => {
    const { claimName } = recordAt(volume, 'persistentVolumeClaim');
    if (volume['ephemeral'] !== undefined) return [`${pod.metadata.name}-${String(volume['name'])}`];
    return typeof claimName === 'string' ? [claimName] : [];
  });
}

/** Reasons of a claim that waits for its pod, which is as it should be. */
const WAITING = /^(WaitForFirstConsumer|WaitForPodScheduled)$/;

/** The claims that keep pods of a workload from running: missing, or not bound, and not waiting for the pod itself. */
export function unboundClaims({ cluster, activePods }: WorkloadFacts): readonly UnboundClaim[] {
  const found = new Map<string, UnboundClaim>();
  for (const pod of activePods) {
    if (isReady(pod)) continue;
    for (const name of claimsOf(pod)) {
      const unbound = found.has(name) ? null : unboundClaim(cluster, pod, name);
      if (unbound) found.set(name, unbound);
    }
  }
  return [...found.values()];
}

function unboundClaim(cluster: ClusterState, pod: ClusterObject, name: string): UnboundClaim | null {
  const namespace = pod.metadata.namespace ?? null;
  const claim = cluster.get('PersistentVolumeClaim', namespace, name);
  if (claim === undefined)
    return cluster.presence('PersistentVolumeClaim', namespace, name) === 'absent' ||
      isSaidMissing(cluster, pod, name)
      ? { name, claim: null, pod, events: [] }
      : null;
  if (recordAt(claim, 'status')['phase'] !== 'Pending' || isBeingDeleted(claim)) return null;
  const events = cluster
    .eventsOf(claim)
    .filter(({ reason, lastSeen }) => !WAITING.test(reason) && lastSeen >= cluster.now - HOUR)
    .toReversed();
  const failed = events.filter(({ reason }) =>
    /^(FailedBinding|ProvisioningFailed|VolumeMismatch)$/.test(reason),
  );
  if (failed.length > 0) return { name, claim, pod, events: failed };
  const waits = cluster.eventsOf(claim).some(({ reason }) => WAITING.test(reason));
  const isOld = ageOf(cluster, claim.metadata.creationTimestamp) >= 5 * MINUTE;
  return !waits && isOld ? { name, claim, pod, events } : null;
}

/** The scheduler says it where the claims could not be read. */
function isSaidMissing(cluster: ClusterState, pod: ClusterObject, name: string): boolean {
  const words = `persistentvolumeclaim "${name}" not found`;
  const said = recordsOf(recordAt(pod, 'status')['conditions']).some(({ message }) =>
    String(message).includes(words),
  );
  return said || warningsOf(cluster, pod, HOUR).some(({ message }) => message.includes(words));
}
