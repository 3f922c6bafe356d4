import type { ClusterState, Owner } from '../model/cluster-state.ts';
import type { WorkloadFacts } from './subjects.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt, recordsOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import {
  containersOf,
  containerStatuses,
  isReady,
  parseTime,
  podSpecOf,
  podSpecPath,
  type ContainerStatus,
  type PodSpec,
} from '../kubernetes/workloads.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { readComplaints, type Complaint } from './complaints.ts';
import { keysOf } from '../kubernetes/config-objects.ts';
import { referencesIn, referencesOf, type Reference } from './references.ts';
import type { ConfigKind } from '../kubernetes/config-objects.ts';

/** References of one pod template to something that is not there. */
export interface Broken {
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
  readonly pods: readonly KubernetesObject[];
  readonly evidence: readonly Evidence[];
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
  /** What the object's absence rests on. */
  readonly witness: 'kubelet' | 'record' | 'both';
}

/** A container that keeps failing and reads a ConfigMap or Secret volume: its log decides whether a file is missing there. */
export interface Crash {
  readonly owner: Owner;
  readonly container: string;
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
  readonly container: string | null;
  readonly evidence: Evidence;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
  readonly kubelet: boolean;
}

/** What is broken now in one workload: deleted and finished pods, older templates and what exists by now are left out. */
export function findBroken({ cluster, pods }: WorkloadFacts): readonly Broken[] {
  const found = new Map<string, Broken>();
  for (const pod of pods) {
    if (isSettled(pod)) continue;
    const sightings = sightingsOf(cluster, pod);
    if (sightings.length === 0) continue;
    const owner = cluster.ownerOf(pod);
    const references = currentReferences(owner, pod);
    for (const sighting of sightings) {
      for (const broken of brokenBy(cluster, pod, owner, references, sighting)) {
        const id = JSON.stringify([broken.missing, broken.keys === null]);
        const before = found.get(id);
        found.set(id, before ? merge(before, broken) : broken);
      }
    }
  }
  return [...found.values()];
}

/** Containers of a workload that crash and mount something whose keys are known. */
export function findCrashes({ cluster, pods }: WorkloadFacts): readonly Crash[] {
  const found = new Map<string, Crash>();
  for (const pod of pods) {
    if (isSettled(pod)) continue;
    const failing = containerStatuses(pod).filter(isCrashing);
    if (failing.length === 0) continue;
    const owner = cluster.ownerOf(pod);
    const references = currentReferences(owner, pod);
    for (const status of failing) {
      if (
        !mountedBy(podSpecOf(pod), status.name, references).some(
          ({ reference }) => liveKeys(cluster, pod, reference) !== null,
        )
      )
        continue;
      const before = found.get(status.name);
      const ended = parseTime(terminationOf(status)?.finishedAt) ?? cluster.now;
      const first = parseTime(pod.metadata.creationTimestamp) ?? ended;
      found.set(status.name, {
        owner,
        container: status.name,
        pods: [...(before?.pods ?? []), pod],
        firstSeen: Math.min(before?.firstSeen ?? first, first),
        lastSeen: Math.max(before?.lastSeen ?? ended, ended),
        occurrences: (before?.occurrences ?? 0) + Math.max(1, status.restartCount ?? 0),
      });
    }
  }
  return [...found.values()];
}

/** A reference whose volume a container mounts, with the mount. */
export interface Mount {
  readonly reference: Reference;
  readonly mountPath: string;
  readonly subPath: string | null;
  readonly otherMounts: readonly string[];
}

/** The mounts of a container that are made from these references. */
export function mountedBy(
  spec: PodSpec | undefined,
  container: string,
  references: readonly Reference[],
): readonly Mount[] {
  const mounts = recordsOf(
    containersOf(spec).find((placed) => placed.container.name === container)?.container.volumeMounts,
  ).filter(({ mountPath }) => typeof mountPath === 'string');
  return mounts.flatMap((mount) =>
    references
      .filter(({ volume }) => volume === mount.name)
      .map((reference) => ({
        reference,
        mountPath: mount.mountPath,
        subPath: mount.subPath || null,
        otherMounts: mounts.filter((other) => other !== mount).map(({ mountPath }) => mountPath),
      })),
  );
}

/** Keys of the object that a reference of this pod names; null where the object is not there or its keys are unknown. */
export function liveKeys(
  cluster: ClusterState,
  pod: KubernetesObject,
  reference: Reference,
): ReadonlySet<string> | null {
  const object = cluster.get(reference.kind, pod.metadata.namespace ?? null, reference.name);
  return object ? keysOf(object) : null;
}

/** References of the owner's template as it is now; of the pod where the owner was not recorded or is an operator's own kind. */
export function currentReferences(owner: Owner, pod: KubernetesObject): readonly Reference[] {
  if (owner.object && podSpecOf(owner.object)) return referencesOf(owner.object);
  const spec = podSpecOf(pod);
  return spec ? referencesIn(spec, podSpecPath(owner.ref.kind) ?? 'spec') : [];
}

function isSettled(pod: KubernetesObject): boolean {
  const phase = recordAt(pod, 'status')['phase'];
  return (
    pod.metadata.deletionTimestamp !== undefined ||
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    isReady(pod)
  );
}

export function terminationOf(
  status: ContainerStatus,
): NonNullable<ContainerStatus['lastState']>['terminated'] {
  return status.state?.terminated ?? status.lastState?.terminated;
}

function isCrashing(status: ContainerStatus): boolean {
  const ended = terminationOf(status);
  const inBackOff =
    status.state?.waiting?.reason === 'CrashLoopBackOff' || status.state?.terminated !== undefined;
  return inBackOff && ended !== undefined && ended.exitCode !== 0 && ended.reason !== 'OOMKilled';
}

function sightingsOf(cluster: ClusterState, pod: KubernetesObject): readonly Sighting[] {
  const statuses = containerStatuses(pod);
  const made = parseTime(pod.metadata.creationTimestamp) ?? cluster.now;
  const found: Sighting[] = [];
  for (const status of statuses) {
    const { reason, message } = status.state?.waiting ?? {};
    if (typeof message !== 'string') continue;
    const evidence = quoted(
      'pod-status',
      pod,
      null,
      `container ${status.name} waiting: ${reason ?? ''}: ${message}`,
    );
    for (const complaint of readComplaints(message)) {
      found.push({
        complaint,
        container: status.name,
        evidence,
        firstSeen: made,
        lastSeen: cluster.now,
        count: 0,
        kubelet: true,
      });
    }
  }
  const started = statuses.some(
    ({ state, lastState }) => state?.running || state?.terminated || lastState?.terminated,
  );
  for (const event of cluster.eventsOf(pod)) {
    if (event.type !== 'Warning' || event.lastSeen < cluster.now - RECENT) continue;
    if (
      event.reason === 'FailedMount'
        ? started
        : event.reason !== 'Failed' || !isWaitingForConfig(statuses, event.container)
    )
      continue;
    const evidence = quoted('event', pod, event.lastSeen, `${event.reason}: ${event.message}`);
    const container = event.reason === 'FailedMount' ? null : event.container;
    const { firstSeen, lastSeen, count } = event;
    for (const complaint of readComplaints(event.message)) {
      found.push({ complaint, container, evidence, firstSeen, lastSeen, count, kubelet: true });
    }
  }
  return found.length > 0 || started ? found : withoutEvents(cluster, pod, statuses, made);
}

function isWaitingForConfig(statuses: readonly ContainerStatus[], container: string | null): boolean {
  return statuses.some(
    ({ name, state }) =>
      (container === null || name === container) && state?.waiting?.reason === 'CreateContainerConfigError',
  );
}

/** A pod that has been creating its containers for long, without any event left: a volume whose object is recorded as absent explains it. */
function withoutEvents(
  cluster: ClusterState,
  pod: KubernetesObject,
  statuses: readonly ContainerStatus[],
  made: number,
): readonly Sighting[] {
  const creating = statuses.some(({ state }) =>
    ['ContainerCreating', 'PodInitializing'].includes(state?.waiting?.reason ?? ''),
  );
  const spec = podSpecOf(pod);
  if (!creating || !spec?.nodeName || cluster.now - made < PATIENCE) return [];
  return referencesIn(spec, 'spec')
    .filter(
      ({ via, kind, name }) =>
        via === 'volume' && cluster.presence(kind, pod.metadata.namespace ?? null, name) === 'absent',
    )
    .map(({ kind, name, volume }) => ({
      complaint: { kind, name, key: null, volume },
      container: null,
      evidence: quoted(
        'pod-status',
        pod,
        made,
        `creating its containers since ${new Date(made).toISOString()}; volume "${volume}" needs ${kind} "${name}"`,
      ),
      firstSeen: made,
      lastSeen: cluster.now,
      count: 1,
      kubelet: false,
    }));
}

function brokenBy(
  cluster: ClusterState,
  pod: KubernetesObject,
  owner: Owner,
  references: readonly Reference[],
  { complaint, evidence, firstSeen, lastSeen, count, kubelet }: Sighting,
): readonly Broken[] {
  const { kind, name, key, volume } = complaint;
  const namespace = pod.metadata.namespace ?? null;
  const meant = references.filter(
    (reference) =>
      (kind === null || reference.kind === kind) &&
      (name === null ? volume === null || reference.volume === volume : reference.name === name) &&
      (key === null || reference.keys.some((use) => use.key === key)),
  );
  const names = [...new Set(meant.map((reference) => `${reference.kind}/${reference.name}`))];
  return names.flatMap((id) => {
    const same = meant.filter((reference) => `${reference.kind}/${reference.name}` === id);
    const first = same[0]!;
    const presence = cluster.presence(first.kind, namespace, first.name);
    const known = liveKeys(cluster, pod, first);
    // Not broken any more: the object or key is there, and the pod has only to be tried again.
    if (key === null ? presence === 'present' : known?.has(key)) return [];
    if (key !== null && presence === 'absent') return [];
    return [
      {
        owner,
        missing: { apiVersion: 'v1', kind: first.kind, namespace, name: first.name },
        keys: key === null ? null : [key],
        references: same,
        template: references,
        container: onlyContainer(same),
        pods: [pod],
        evidence: [evidence],
        firstSeen,
        lastSeen,
        occurrences: count,
        witness: presence === 'absent' && kubelet ? 'both' : kubelet ? 'kubelet' : 'record',
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
