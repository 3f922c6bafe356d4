import { isWithin } from './observations.ts';
import { keysOf, type ConfigKind } from '../kubernetes/config-objects.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import {
  containerStatuses,
  isReady,
  parseTime,
  podSpecOf,
  podSpecPath,
  type ContainerStatus,
} from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterState, Owner } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { readComplaints, type Complaint } from './complaints.ts';
import { referencesIn, referencesOf, type Reference } from './references.ts';
import type { WorkloadFacts } from './subjects.ts';

/** References of one pod template to something that is not there. */
export interface Broken extends Span {
  readonly owner: Owner;
  /** Where the object would have to be. */
  readonly missing: ObjectRef & { readonly kind: ConfigKind };
  /** The keys that the existing object lacks; null when the object itself is missing. */
  readonly keys: readonly string[] | null;
  /** All places of the current template that need it, optional ones left out. */
  readonly references: readonly Reference[];
  /** Every reference of the current template. */
  readonly template: readonly Reference[];
  /** The container, when only one needs it and no volume is involved. */
  readonly container: string | null;
  readonly evidence: readonly Evidence[];
  /** What the object's absence rests on. */
  readonly witness: 'kubelet' | 'record' | 'both';
}

/** Pods that show one thing. Times are milliseconds since the epoch. */
export interface Span {
  readonly pods: readonly KubernetesObject[];
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
}

/** A kubelet tries a failed mount again every two minutes at the latest: a younger message tells of now. */
const RECENT = 15 * MINUTE;
/** How long a pod may be creating its containers before a missing object is looked for without any event. */
const PATIENCE = 2 * MINUTE;

/** One thing that a kubelet (or the record) says about a pod. */
interface Sighting {
  readonly complaint: Complaint;
  readonly evidence: Evidence;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
  readonly by: 'kubelet' | 'record';
}

/** What is broken now in one workload: deleted and finished pods, older templates and what exists by now are left out. */
export function findBroken({ cluster, pods }: WorkloadFacts): readonly Broken[] {
  const found = new Map<string, Broken>();
  for (const pod of pods.filter((each) => !isSettled(each))) {
    const sightings = sightingsOf(cluster, pod);
    if (sightings.length === 0) continue;
    const owner = cluster.ownerOf(pod);
    const references = currentReferences(owner, pod);
    for (const broken of sightings.flatMap((each) => brokenBy(cluster, pod, owner, references, each))) {
      const id = JSON.stringify([broken.missing, broken.keys === null]);
      const before = found.get(id);
      found.set(id, before ? merge(before, broken) : broken);
    }
  }
  return [...found.values()];
}

/** Keys of the object that a reference of this pod names; null where the object is not there or its keys are unknown. */
export function liveKeys(
  cluster: ClusterState,
  pod: KubernetesObject,
  { kind, name }: Reference,
): ReadonlySet<string> | null {
  const object = cluster.get(kind, pod.metadata.namespace ?? null, name);
  return object ? keysOf(object) : null;
}

/**
 * What the pod cannot start without by the owner's template as it is now; by the pod's own where the owner was not recorded or is an
 * operator's kind.
 */
export function currentReferences(owner: Owner, pod: KubernetesObject): readonly Reference[] {
  const spec = podSpecOf(pod);
  const ofPod = spec ? referencesIn(spec, podSpecPath(owner.ref.kind) ?? 'spec') : [];
  const all = owner.object && podSpecOf(owner.object) ? referencesOf(owner.object) : ofPod;
  return all.filter(({ via }) => via !== 'imagePullSecret');
}

/** True for a pod that runs, is done or is going away. */
export function isSettled(pod: KubernetesObject): boolean {
  const phase = recordAt(pod, 'status')['phase'];
  const isGoing = pod.metadata.deletionTimestamp !== undefined;
  return isGoing || phase === 'Succeeded' || phase === 'Failed' || isReady(pod);
}

/** The keys that the references need, and those that the kubelet found missing. */
export function keysNeeded({ references, keys }: Broken): readonly string[] {
  return [...new Set([...references.flatMap((each) => each.keys.map(({ key }) => key)), ...(keys ?? [])])];
}

function sightingsOf(cluster: ClusterState, pod: KubernetesObject): readonly Sighting[] {
  const statuses = containerStatuses(pod);
  const made = parseTime(pod.metadata.creationTimestamp) ?? cluster.now;
  const states = statuses.flatMap(({ name, state }) => {
    const { reason = '', message } = state?.waiting ?? {};
    if (typeof message !== 'string') return [];
    const evidence = quoted('pod-status', pod, null, `container ${name} waiting: ${reason}: ${message}`);
    return toldBy(message, { evidence, firstSeen: made, lastSeen: cluster.now, count: 0 });
  });
  const hasStarted = statuses.some(
    ({ state, lastState }) => state?.running || state?.terminated || lastState?.terminated,
  );
  const events = cluster
    .eventsOf(pod)
    .filter((event) => event.type === 'Warning' && isWithin(cluster, event.lastSeen, RECENT))
    .filter((event) => isAboutConfig(event, statuses, hasStarted))
    .flatMap((event) => {
      const { reason, message, firstSeen, lastSeen, count } = event;
      const evidence = quoted('event', pod, lastSeen, `${reason}: ${message}`);
      return toldBy(message, { evidence, firstSeen, lastSeen, count });
    });
  const found = [...states, ...events];
  return found.length > 0 || hasStarted ? found : withoutEvents(cluster, pod, statuses, made);
}

function toldBy(message: string, rest: Omit<Sighting, 'complaint' | 'by'>): readonly Sighting[] {
  return readComplaints(message).map((complaint) => ({ ...rest, complaint, by: 'kubelet' }));
}

function isAboutConfig(
  { reason, container }: ClusterEvent,
  statuses: readonly ContainerStatus[],
  hasStarted: boolean,
): boolean {
  if (reason === 'FailedMount') return !hasStarted;
  return (
    reason === 'Failed' &&
    statuses.some(
      ({ name, state }) =>
        (container === null || name === container) && state?.waiting?.reason === 'CreateContainerConfigError',
    )
  );
}

/** A pod that has been creating its containers for long, without any event left: a volume whose object is recorded as absent explains it. */
function withoutEvents(
  cluster: ClusterState,
  pod: KubernetesObject,
  statuses: readonly ContainerStatus[],
  made: number,
): readonly Sighting[] {
  const isCreating = statuses.some(({ state }) =>
    ['ContainerCreating', 'PodInitializing'].includes(state?.waiting?.reason ?? ''),
  );
  const spec = podSpecOf(pod);
  if (!isCreating || !spec?.nodeName || !cluster.reached(made + PATIENCE)) return [];
  const namespace = pod.metadata.namespace ?? null;
  return referencesIn(spec, 'spec')
    .filter(({ via, kind, name }) => via === 'volume' && cluster.presence(kind, namespace, name) === 'absent')
    .map(({ kind, name, volume }) => {
      const text = `creating its containers since ${new Date(made).toISOString()}; volume "${volume}" needs ${kind} "${name}"`;
      const complaint = { kind, name, key: null, volume };
      const evidence = quoted('pod-status', pod, made, text);
      return { complaint, evidence, firstSeen: made, lastSeen: cluster.now, count: 1, by: 'record' };
    });
}

function brokenBy(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: Owner,
  template: readonly Reference[],
  { complaint, evidence, firstSeen, lastSeen, count, by }: Sighting,
): readonly Broken[] {
  const { kind, name, key, volume } = complaint;
  const namespace = pod.metadata.namespace ?? null;
  const meant = template.filter(
    (reference) =>
      (kind === null || reference.kind === kind) &&
      (name === null ? volume === null || reference.volume === volume : reference.name === name) &&
      (key === null || reference.keys.some((use) => use.key === key)),
  );
  const objects = Map.groupBy(meant, (reference) => `${reference.kind}/${reference.name}`);
  return [...objects.values()].flatMap((references): readonly Broken[] => {
    const first = references[0]!;
    const presence = cluster.presence(first.kind, namespace, first.name);
    // Not broken any more: the object or key is there, and the pod has only to be tried again.
    if (key === null ? presence === 'present' : liveKeys(cluster, pod, first)?.has(key)) return [];
    if (key !== null && presence === 'absent') return [];
    return [
      {
        owner,
        missing: { apiVersion: 'v1', kind: first.kind, namespace, name: first.name },
        keys: key === null ? null : [key],
        references,
        template,
        container: onlyContainer(references),
        pods: [pod],
        evidence: [evidence],
        firstSeen,
        lastSeen,
        occurrences: count,
        witness: presence === 'absent' && by === 'kubelet' ? 'both' : by,
      },
    ];
  });
}

function onlyContainer(references: readonly Reference[]): string | null {
  const containers = new Set(references.map(({ container }) => container));
  return containers.size === 1 ? [...containers][0]! : null;
}

function merge(a: Broken, b: Broken): Broken {
  const references = [
    ...a.references,
    ...b.references.filter(({ field }) => !a.references.some((known) => known.field === field)),
  ];
  return {
    ...a,
    keys: a.keys && [...new Set([...a.keys, ...(b.keys ?? [])])],
    references,
    container: onlyContainer(references),
    pods: a.pods.includes(b.pods[0]!) ? a.pods : [...a.pods, ...b.pods],
    evidence: [...a.evidence, ...b.evidence],
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
    occurrences: a.occurrences + b.occurrences,
    witness: a.witness === b.witness ? a.witness : 'both',
  };
}
