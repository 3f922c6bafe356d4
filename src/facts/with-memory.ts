import type { KubernetesObject } from '../kubernetes/objects.ts';
import { containerStatuses } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterState } from '../model/cluster-state.ts';
import type { Remembered, RememberedPullError } from '../model/remembered.ts';
import type { RememberedState } from '../model/remembered-state.ts';
import { KILLS_COUNTED } from './remembered/kills.ts';
import { PULL_ERRORS_TOLD } from './remembered/pull-errors.ts';
import { isSteady } from './remembered/templates.ts';

/** A cluster as a reading shows it, together with what earlier readings showed and it no longer keeps. */
export function withMemory(cluster: ClusterState, remembered: Iterable<Remembered>): ClusterState {
  const byKind = Map.groupBy(remembered, ({ kind }) => kind);
  const errors = Map.groupBy(
    ofKind(byKind, 'pull-error').filter(({ at }) => at >= cluster.now - PULL_ERRORS_TOLD),
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
    remembered: rememberedState(byKind, cluster.now),
  };
}

type ByKind = ReadonlyMap<Remembered['kind'], readonly Remembered[]>;

function ofKind<K extends Remembered['kind']>(
  byKind: ByKind,
  kind: K,
): readonly Extract<Remembered, { readonly kind: K }>[] {
  return (byKind.get(kind) ?? []) as readonly Extract<Remembered, { readonly kind: K }>[];
}

function rememberedState(byKind: ByKind, now: number): RememberedState {
  const kills = Map.groupBy(
    ofKind(byKind, 'kill')
      .filter(({ at }) => at >= now - KILLS_COUNTED)
      .toSorted((a, b) => a.at - b.at),
    ({ owner, container }) => JSON.stringify([owner, container]),
  );
  const pins = new Map(ofKind(byKind, 'pin').map((pin) => [pin.autoscaler, pin]));
  const templates = Map.groupBy(
    ofKind(byKind, 'template')
      .filter(isSteady)
      .toSorted((a, b) => b.at - a.at || b.revision - a.revision),
    ({ workload }) => workload,
  );
  return {
    kills: (owner, container) => kills.get(JSON.stringify([owner, container])) ?? [],
    pin: (autoscaler) => pins.get(autoscaler) ?? null,
    templates: (workload) => templates.get(workload) ?? [],
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
