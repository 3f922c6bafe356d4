import type { ClusterState } from '../../model/cluster-state.ts';
import { DAY, MINUTE } from '../../kubernetes/durations.ts';
import { recordAt, recordsOf, type KubernetesObject, type ObjectRef } from '../../kubernetes/objects.ts';
import { isReady, parseTime, podSpecOf } from '../../kubernetes/workloads.ts';
import { saying, inBrackets, prose } from '../../untrusted/prose.ts';
import { ageOf, conditionsIn, quote, quoteEvent, warningsOf } from '../../facts/observations.ts';
import { signal, type Signal } from './signal.ts';

/** The scheduler and an autoscaler get this long to find a node. */
const SCHEDULING_GRACE = 2 * MINUTE;
const SCALE_UP_GRACE = 10 * MINUTE;

/** What all pods show: those being deleted and those that have done their work show nothing. */
export function podSignals(cluster: ClusterState): readonly Signal[] {
  return cluster.list('Pod').flatMap((pod) => {
    const phase = recordAt(pod, 'status')['phase'];
    if (pod.metadata.deletionTimestamp !== undefined || phase === 'Succeeded') return [];
    const { ref, object, chain } = cluster.ownerOf(pod);
    if (object?.metadata.deletionTimestamp !== undefined) return [];
    if (phase === 'Failed')
      return chain.some(({ kind }) => kind === 'Job') ? [] : failedSignals(cluster, pod, ref, object);
    if (podSpecOf(pod)?.nodeName) return [];
    return schedulingSignals(cluster, pod, ref);
  });
}

/** Evictions and other ends of whole pods, unless enough others have taken their place. */
function failedSignals(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: ObjectRef,
  object: KubernetesObject | undefined,
): readonly Signal[] {
  const { reason, message } = recordAt(pod, 'status');
  const events = warningsOf(cluster, pod, DAY);
  const at =
    events[0]?.lastSeen ??
    parseTime(conditionsIn(pod)[0]?.lastTransitionTime) ??
    parseTime(recordAt(pod, 'status')['startTime']);
  if ((at !== null && cluster.now - at > DAY) || isReplaced(cluster, object)) return [];
  const evicted = reason === 'Evicted';
  return [
    signal(cluster, {
      cause: evicted ? 'evicted' : 'pod-failed',
      owner,
      on: pod,
      says: evicted
        ? prose`pod ${pod.metadata.name} was evicted${saying(message)}`
        : prose`pod ${pod.metadata.name} failed${inBrackets(reason)}${saying(message)}`,
      evidence: [
        quote(
          'pod-status',
          pod,
          at,
          `phase Failed, reason ${String(reason ?? 'none')}: ${typeof message === 'string' ? message : ''}`,
        ),
        ...events.slice(0, 2).map((event) => quoteEvent(pod, event)),
      ],
      ...(at !== null && { firstSeen: at, lastSeen: at }),
    }),
  ];
}

function isReplaced(cluster: ClusterState, owner: KubernetesObject | undefined): boolean {
  if (owner === undefined || owner.kind === 'Pod') return false;
  const { apiVersion, kind, metadata } = owner;
  const ready = cluster
    .podsOf({ apiVersion, kind, namespace: metadata.namespace ?? null, name: metadata.name })
    .filter((pod) => isReady(pod));
  const spec = recordAt(owner, 'spec');
  const wanted =
    owner.kind === 'DaemonSet'
      ? recordAt(owner, 'status')['desiredNumberScheduled']
      : (spec['replicas'] ?? 1);
  return typeof wanted === 'number' && ready.length >= wanted;
}

function schedulingSignals(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: ObjectRef,
): readonly Signal[] {
  const condition = conditionsIn(pod).find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (condition === undefined) return [];
  const since = Math.min(
    ageOf(cluster, pod.metadata.creationTimestamp),
    ageOf(cluster, condition.lastTransitionTime),
  );
  const evidence = [
    quote(
      'pod-status',
      pod,
      parseTime(condition.lastTransitionTime),
      `Pending, ${condition.reason ?? 'not scheduled'}: ${condition.message ?? ''}`,
    ),
  ];
  if (condition.reason === 'SchedulingGated') {
    const gates = podSpecOf(pod)?.['schedulingGates'];
    const names = recordsOf(gates)
      .map((gate) => String(gate['name']))
      .join(', ');
    return [
      signal(cluster, {
        cause: 'scheduling-gated',
        owner,
        on: pod,
        says: prose`pod ${pod.metadata.name} is SchedulingGated (${names}): the controller that set the gate has to remove it`,
        evidence,
        verdict: 'monitor',
      }),
    ];
  }
  const scalingUp = cluster
    .eventsOf(pod)
    .some(({ reason, lastSeen }) => reason === 'TriggeredScaleUp' && lastSeen > cluster.now - SCALE_UP_GRACE);
  if (since < SCHEDULING_GRACE || scalingUp) return [];
  const events = warningsOf(cluster, pod, DAY).filter(
    ({ reason }) => reason === 'FailedScheduling' || reason === 'FailedBinding',
  );
  const message = condition.message ?? events[0]?.message ?? '';
  return [
    signal(cluster, {
      cause: 'unschedulable',
      owner,
      on: pod,
      says: prose`pod ${pod.metadata.name} is Pending because no node accepts it${saying(message)}`,
      evidence: [
        ...evidence,
        ...events
          .filter((event) => event.message !== message)
          .slice(0, 2)
          .map((event) => quoteEvent(pod, event)),
        ...claimEvidence(cluster, pod),
      ],
    }),
  ];
}

/** The claims that the pod's volumes name, those that are bound as well: which of them exist often explains a Pending pod. */
function claimEvidence(cluster: ClusterState, pod: KubernetesObject): Signal['evidence'] {
  const namespace = pod.metadata.namespace ?? null;
  return claimsOf(pod).flatMap((name) => {
    if (cluster.presence('PersistentVolumeClaim', namespace, name) !== 'absent') return [];
    const others = cluster.list('PersistentVolumeClaim', namespace).map(({ metadata }) => metadata.name);
    return [
      quote(
        'object',
        pod,
        null,
        `PersistentVolumeClaim ${name} not found; in the namespace there are: ${others.join(', ') || 'none'}`,
      ),
    ];
  });
}

/** Names of the PersistentVolumeClaims that a pod mounts. */
export function claimsOf(pod: KubernetesObject): readonly string[] {
  return recordsOf(podSpecOf(pod)?.volumes).flatMap((volume) => {
    const { claimName } = recordAt(volume, 'persistentVolumeClaim');
    return typeof claimName === 'string' ? [claimName] : [];
  });
}
