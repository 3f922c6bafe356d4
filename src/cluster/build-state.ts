import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import { refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { ClusterObject, ClusterProblem, ClusterState } from '../model/cluster-state.ts';
import { maskedObject } from '../untrusted/masked.ts';
import { indexEvents, skewProblem, TOLERATED_SKEW, type EventIndex } from './event-index.ts';
import { append, indexObjects, refKey, type ObjectIndex } from './object-index.ts';
import { ownersIn } from './owner-chain.ts';
import { presenceIn, type ListedKinds } from './presence.ts';
import { versionsToldBy } from './recorded-versions.ts';

export interface StateInput extends ListedKinds {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly objects: readonly KubernetesObject[];
  readonly problems?: readonly ClusterProblem[];
  /** What the cluster says of itself; what it does not say is told by its objects. */
  readonly versions?: Partial<ClusterVersions>;
}

/** Indexes the objects of one cluster. Linear in their number; what only some rules ask for is worked out on first use. */
export function buildState(input: StateInput): ClusterState {
  const { name, now } = input;
  const index = indexObjects(input.objects.map((object) => maskedObject(object)));
  const problems = [...(input.problems ?? [])];
  const events = indexEvents(index.get('Event')?.all ?? [], now);
  if (events.skew > TOLERATED_SKEW) problems.push(skewProblem(events.skew));

  const uids = indexUids(index);
  const byUid: ClusterState['byUid'] = (uid) => uids.get(uid);
  const get: ClusterState['get'] = (kind, namespace, name) =>
    index.get(kind)?.byNamespace.get(namespace)?.get(name);
  const { presence, isRecorded } = presenceIn(index, input);
  const ownerOf = ownersIn({ get, byUid, presence });
  let pods: ReadonlyMap<string, readonly ClusterObject[]> | undefined;

  const told = versionsToldBy(input.objects);
  return {
    name,
    now,
    problems,
    versions: {
      kubernetes: input.versions?.kubernetes ?? told.kubernetes,
      api: input.versions?.api ?? told.api,
    },
    kinds: () => [...index.keys()].sort(),
    list: (kind, namespace) => {
      const entry = index.get(kind);
      if (entry === undefined) return [];
      if (namespace === undefined) return entry.all;
      return [...(entry.byNamespace.get(namespace)?.values() ?? [])];
    },
    get,
    byUid,
    presence,
    isRecorded,
    eventsOf: (object) => eventsAbout(object, events),
    ownerOf,
    podsOf: (owner) => (pods ??= podsByOwner(index, ownerOf)).get(refKey(owner)) ?? [],
  };
}

function indexUids(index: ObjectIndex): ReadonlyMap<string, ClusterObject> {
  const uids = new Map<string, ClusterObject>();
  for (const kind of index.values()) {
    for (const object of kind.all)
      if (object.metadata.uid !== undefined) uids.set(object.metadata.uid, object);
  }
  return uids;
}

function eventsAbout(
  object: KubernetesObject,
  { byObject }: EventIndex,
): ReturnType<ClusterState['eventsOf']> {
  const { uid } = object.metadata;
  const named = byObject.get(refKey(refOf(object))) ?? [];
  return named
    .filter((event) => uid === undefined || event.uid === null || event.uid === uid)
    .map(({ event }) => event);
}

function podsByOwner(
  index: ObjectIndex,
  ownerOf: ClusterState['ownerOf'],
): ReadonlyMap<string, readonly ClusterObject[]> {
  const grouped = new Map<string, ClusterObject[]>();
  for (const pod of index.get('Pod')?.all ?? []) append(grouped, refKey(ownerOf(pod).ref), pod);
  return grouped;
}
