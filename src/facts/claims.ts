import { MINUTE, HOUR } from '../kubernetes/durations.ts';
import { recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { isReady, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { conditionsIn, warningsOf, isWithin, isOlder } from './observations.ts';
import { isBeingDeleted, type WorkloadFacts } from './subjects.ts';

/** What keeps a claim from a pod: it does not exist, waits for a volume, has lost its volume, or is being deleted. */
export type ClaimTrouble = 'missing' | 'pending' | 'lost' | 'deleting';

/** A claim that a pod needs and that has no volume for it. */
export interface UnboundClaim {
  readonly name: string;
  readonly trouble: ClaimTrouble;
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

/**
 * The scheduler's words about claims, as opposed to nodes.
 * Source: pkg/scheduler/framework/plugins/volumebinding of k8s.io/kubernetes
 */
const ABOUT_CLAIMS =
  /unbound immediate PersistentVolumeClaims|persistentvolumeclaim "[^"]+" (?:not found|bound to non-existent|is being deleted)|didn't find available persistent volumes/i;

export function isAboutClaims(message: string): boolean {
  return ABOUT_CLAIMS.test(message);
}

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
      ? { name, trouble: 'missing', claim: null, pod, events: [] }
      : null;
  const { phase } = recordAt(claim, 'status');
  const events = cluster
    .eventsOf(claim)
    .filter(({ lastSeen }) => isWithin(cluster, lastSeen, HOUR))
    .toReversed();
  if (phase === 'Lost') return { name, trouble: 'lost', claim, pod, events };
  if (isBeingDeleted(claim))
    return isUnscheduled(pod) ? { name, trouble: 'deleting', claim, pod, events } : null;
  return phase === 'Pending' ? pendingClaim(cluster, { name, trouble: 'pending', claim, pod, events }) : null;
}

/** Reasons of a claim that waits for its pod, which is as it should be. */
const WAITING = /^(WaitForFirstConsumer|WaitForPodScheduled)$/;
/** Reasons of the controllers that say why it has no volume. */
const FAILED = /^(FailedBinding|ProvisioningFailed|VolumeMismatch|ClaimMisbound)$/;

/** Null for one that waits for its pod, or that its provisioner may still serve. */
function pendingClaim(cluster: ClusterState, pending: UnboundClaim & { readonly claim: ClusterObject }) {
  const { claim, pod, events } = pending;
  const failed = events.filter(({ reason }) => FAILED.test(reason));
  if (failed.length > 0) return { ...pending, events: failed };
  const waits = cluster.eventsOf(claim).some(({ reason }) => WAITING.test(reason));
  // Volumes that wait for their consumer and that nothing makes: the scheduler looks for one, and says that there is none.
  if (waits)
    return saidByScheduler(cluster, pod).some((text) =>
      /didn't find available persistent volumes/i.test(text),
    )
      ? { ...pending, events: [] }
      : null;
  const { storageClassName } = recordAt(claim, 'spec');
  const patience = storageClassName === '' ? MINUTE : 5 * MINUTE;
  return isOlder(cluster, claim.metadata.creationTimestamp, patience) ? pending : null;
}

function isUnscheduled(pod: ClusterObject): boolean {
  return podSpecOf(pod)?.nodeName === undefined;
}

/** The scheduler says it where the claims could not be read. */
function isSaidMissing(cluster: ClusterState, pod: ClusterObject, name: string): boolean {
  const words = `persistentvolumeclaim "${name}" not found`;
  return saidByScheduler(cluster, pod).some((text) => text.includes(words));
}

function saidByScheduler(cluster: ClusterState, pod: ClusterObject): readonly string[] {
  return [
    ...conditionsIn(pod).flatMap(({ message }) => message ?? []),
    ...warningsOf(cluster, pod, HOUR).map(({ message }) => message),
  ];
}
