import type { KubernetesObject } from '../kubernetes/objects.ts';
import { containerStatuses } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterState } from '../model/cluster-state.ts';
import type { Remembered, RememberedPullError } from '../model/remembered.ts';
import type { RememberedKill } from '../model/remembered-kill.ts';

/** A cluster as a scan shows it, together with what earlier scans saw and it no longer keeps. */
export function withMemory(cluster: ClusterState, remembered: Iterable<Remembered>): ClusterState {
  const all = [...remembered];
  const kills = Map.groupBy(
    all.filter((one): one is RememberedKill => one.kind === 'kill').toSorted((a, b) => a.at - b.at),
    ({ owner, container }) => JSON.stringify([owner, container]),
  );
  const errors = Map.groupBy(
    all.filter((one): one is RememberedPullError => one.kind === 'pull-error'),
    ({ podUid }) => podUid,
  );
  return {
    name: cluster.name,
    now: cluster.now,
    problems: cluster.problems,
    versions: cluster.versions,
    kinds: () => cluster.kinds(),
    list: (kind, namespace) => cluster.list(kind, namespace),
    get: (kind, namespace, name) => cluster.get(kind, namespace, name),
    byUid: (uid) => cluster.byUid(uid),
    presence: (kind, namespace, name) => cluster.presence(kind, namespace, name),
    isRecorded: (kind, namespace) => cluster.isRecorded(kind, namespace),
    ownerOf: (object) => cluster.ownerOf(object),
    podsOf: (owner) => cluster.podsOf(owner),
    eventsOf: (object) => withExpired(cluster.eventsOf(object), ofPod(errors, object), object),
    killsRemembered: (owner, container) => kills.get(JSON.stringify([owner, container])) ?? [],
  };
}

function ofPod(
  errors: ReadonlyMap<string, readonly RememberedPullError[]>,
  { kind, metadata: { uid } }: KubernetesObject,
): readonly RememberedPullError[] {
  return (kind === 'Pod' && uid !== undefined && errors.get(uid)) || [];
}

/** A newer answer of the registry, in an event or in the container's state, says how it is now: then what was said before is left out. */
function withExpired(
  events: readonly ClusterEvent[],
  errors: readonly RememberedPullError[],
  pod: KubernetesObject,
): readonly ClusterEvent[] {
  const expired = errors
    .filter(({ event: { container } }) => !isAnswered(events, container, pod))
    .map(({ event }): ClusterEvent => ({ ...event, isRemembered: true }));
  return expired.length === 0
    ? events
    : [...events, ...expired].toSorted((a, b) => a.lastSeen - b.lastSeen || a.firstSeen - b.firstSeen);
}

/** All that a kubelet says while it only waits. */
const WAITS = /^(?:Back-off pulling image "[^"]*")?$/;

function isAnswered(
  events: readonly ClusterEvent[],
  container: string | null,
  pod: KubernetesObject,
): boolean {
  const waiting = containerStatuses(pod).find(({ name }) => name === container)?.state?.waiting;
  if (!WAITS.test(waiting?.message ?? '')) return true;
  return events.some(
    (one) =>
      one.container === container &&
      one.reason === 'Failed' &&
      one.message.startsWith('Failed to pull image'),
  );
}
