import { MINUTE } from '../kubernetes/durations.ts';
import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import {
  groupOf,
  isRecord,
  recordAt,
  refOf,
  type KubernetesObject,
  type ObjectRef,
  type OwnerReference,
} from '../kubernetes/objects.ts';
import { maskedObject } from '../untrusted/masked.ts';
import { readEvent, type TimedEvent } from './events.ts';
import { kindKey } from './kind-key.ts';
import { versionsToldBy } from './recorded-versions.ts';
import type {
  ClusterEvent,
  ClusterObject,
  ClusterProblem,
  ClusterState,
  Owner,
  Presence,
} from '../model/cluster-state.ts';

/** Where kinds were listed completely: namespaces by kind, or everywhere (cluster-scoped kinds too). */
export type RecordedKinds = Readonly<Record<string, readonly string[] | 'all'>>;

export interface StateInput {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly objects: readonly KubernetesObject[];
  readonly problems?: readonly ClusterProblem[];
  /** What the cluster says of itself; what it does not say is told by its objects. */
  readonly versions?: Partial<ClusterVersions>;
  /** Objects that exist and are of no use: they are there, and nothing else is known of them. */
  readonly setAside?: readonly ObjectRef[];
  /** null: nobody said what was recorded, so it is told from the objects alone. */
  readonly recorded?: RecordedKinds | null;
  /** Kinds of which some objects may be missing although others are there: a list that broke off. */
  readonly incomplete?: ReadonlySet<string>;
}

const TOLERATED_SKEW = 5 * MINUTE;

/** Indexes the objects of one cluster. Linear in their number; what only some rules ask for is worked out on first use. */
export function buildState(input: StateInput): ClusterState {
  const { now } = input;
  const objects = input.objects.map((object) => maskedObject(object));
  const index = indexObjects(objects);
  const recorded = input.recorded ? new Map(Object.entries(input.recorded)) : null;
  const problems = [...(input.problems ?? [])];
  const events = indexEvents(index.get('Event')?.all ?? [], now);
  if (events.skew > TOLERATED_SKEW) problems.push(skewProblem(events.skew));

  const uids = new Map<string, ClusterObject>();
  for (const kind of index.values()) {
    for (const object of kind.all)
      if (object.metadata.uid !== undefined) uids.set(object.metadata.uid, object);
  }

  const setAside = indexSetAside(input.setAside ?? []);

  const find = (kind: string, namespace: string | null, name: string): ClusterObject | undefined =>
    index.get(kind)?.byNamespace.get(namespace)?.get(name);

  /** Whether all objects of the kind in the namespace are known by name, those that are set aside as well. */
  const isListed = (kind: string, namespace: string | null): boolean => {
    const listed = recorded?.get(kind);
    if (listed === 'all' || (namespace !== null && listed?.includes(namespace))) return true;
    if (input.incomplete?.has(kind)) return false;
    const seenIn = new Set([
      ...(index.get(kind)?.byNamespace.keys() ?? []),
      ...(setAside.get(kind)?.keys() ?? []),
    ]);
    return seenIn.has(namespace) || (recorded === null && namespacesIn(seenIn) > 1);
  };

  const presence = (kind: string, namespace: string | null, name: string): Presence => {
    if (find(kind, namespace, name) || setAside.get(kind)?.get(namespace)?.has(name)) return 'present';
    return isListed(kind, namespace) ? 'absent' : 'unknown';
  };

  /** The object that an owner reference of `object` names; another object of that name (it was recreated) is not it. */
  const resolve = (object: KubernetesObject, owner: OwnerReference): ClusterObject | undefined => {
    const kind = kindKey(owner.apiVersion, owner.kind);
    const known = owner.uid === undefined ? undefined : uids.get(owner.uid);
    if (known && kindKey(known.apiVersion, known.kind) === kind) return known;
    const named = find(kind, object.metadata.namespace ?? null, owner.name) ?? find(kind, null, owner.name);
    return named?.metadata.uid !== undefined && owner.uid !== undefined && named.metadata.uid !== owner.uid
      ? undefined
      : named;
  };

  const owners = new Map<KubernetesObject, Owner>();
  const ownerOf = (object: KubernetesObject): Owner => {
    const cached = owners.get(object);
    if (cached) return cached;
    const owner = climb(maskedObject(object));
    owners.set(object, owner);
    return owner;
  };

  function climb(start: ClusterObject): Owner {
    const chain: ObjectRef[] = [refOf(start)];
    const visited = new Set([start]);
    let here = start;
    for (;;) {
      const reference = controllerOf(here);
      if (reference === undefined) {
        const source = templateSource(here);
        if (source === undefined || visited.has(source)) return { ref: chain.at(-1)!, object: here, chain };
        chain.push(refOf(source));
        visited.add(source);
        here = source;
        continue;
      }
      const next = resolve(here, reference);
      if (next && visited.has(next)) return { ref: chain.at(-1)!, object: here, chain };
      chain.push(next ? refOf(next) : missingOwnerRef(here, reference));
      if (next) {
        visited.add(next);
        here = next;
        continue;
      }
      const deployment = deploymentBehind(here, reference);
      if (deployment === undefined) return { ref: chain.at(-1)!, object: undefined, chain };
      chain.push(refOf(deployment));
      here = deployment;
    }
  }

  /**
   * The Deployment of a pod whose ReplicaSet was not recorded. The controller names a ReplicaSet
   * `<deployment>-<pod-template-hash>` and gives its pods that hash as a label, so both have to agree, and the selector too.
   */
  function deploymentBehind(pod: KubernetesObject, reference: OwnerReference): ClusterObject | undefined {
    const hash = pod.metadata.labels?.['pod-template-hash'];
    const namespace = pod.metadata.namespace ?? null;
    if (reference.kind !== 'ReplicaSet' || !hash || !reference.name.endsWith(`-${hash}`)) return undefined;
    if (presence('ReplicaSet', namespace, reference.name) !== 'unknown') return undefined;
    const deployment = find('Deployment', namespace, reference.name.slice(0, -hash.length - 1));
    return deployment && selects(deployment, pod) ? deployment : undefined;
  }

  /** The Deployment that an Argo Rollout takes its template from, where it names one instead of having its own. */
  function templateSource(object: KubernetesObject): ClusterObject | undefined {
    if (object.kind !== 'Rollout' || groupOf(object.apiVersion) !== 'argoproj.io') return undefined;
    const { apiVersion, kind, name } = recordAt(object, 'spec', 'workloadRef');
    if (kind !== 'Deployment' || typeof name !== 'string' || groupOf(String(apiVersion)) !== 'apps')
      return undefined;
    return find('Deployment', object.metadata.namespace ?? null, name);
  }

  let pods: Map<string, ClusterObject[]> | undefined;
  const podsByOwner = (): Map<string, ClusterObject[]> => {
    const grouped = new Map<string, ClusterObject[]>();
    for (const pod of index.get('Pod')?.all ?? []) append(grouped, refKey(ownerOf(pod).ref), pod);
    return grouped;
  };

  const told = versionsToldBy(input.objects);
  return {
    name: input.name,
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
    get: find,
    byUid: (uid) => uids.get(uid),
    presence,
    isRecorded: (kind, namespace) => isListed(kind, namespace) && !setAside.get(kind)?.has(namespace),
    eventsOf: (object) => {
      const { uid } = object.metadata;
      const named = events.byObject.get(refKey(refOf(object))) ?? [];
      return named
        .filter((event) => uid === undefined || event.uid === null || event.uid === uid)
        .map(({ event }) => event);
    },
    ownerOf,
    podsOf: (owner) => (pods ??= podsByOwner()).get(refKey(owner)) ?? [],
  };
}

function namespacesIn(seen: ReadonlySet<string | null>): number {
  return seen.has(null) ? seen.size - 1 : seen.size;
}

type SetAside = ReadonlyMap<string, ReadonlyMap<string | null, ReadonlySet<string>>>;

/** By kind, namespace and name. */
function indexSetAside(refs: readonly ObjectRef[]): SetAside {
  const kinds = new Map<string, Map<string | null, Set<string>>>();
  for (const { apiVersion, kind, namespace, name } of refs) {
    const key = kindKey(apiVersion, kind);
    const namespaces = kinds.get(key) ?? new Map<string | null, Set<string>>();
    kinds.set(key, namespaces);
    const names = namespaces.get(namespace) ?? new Set();
    namespaces.set(namespace, names.add(name));
  }
  return kinds;
}

interface KindIndex {
  /** Sorted by namespace and name. */
  readonly all: readonly ClusterObject[];
  readonly byNamespace: ReadonlyMap<string | null, ReadonlyMap<string, ClusterObject>>;
}

function indexObjects(objects: readonly ClusterObject[]): Map<string, KindIndex> {
  const kinds = new Map<string, Map<string, ClusterObject>>();
  for (const object of objects) {
    const kind = kindKey(object.apiVersion, object.kind);
    let known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, (known = new Map()));
    const name = `${object.metadata.namespace ?? ''}/${refOf(object).name}`;
    const twin = known.get(name);
    if (twin === undefined || isNewer(object, twin)) known.set(name, object);
  }
  return new Map([...kinds].map(([kind, known]) => [kind, sortedIndex([...known.values()])]));
}

function sortedIndex(objects: readonly ClusterObject[]): KindIndex {
  const all = objects.toSorted(
    (a, b) =>
      compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
      compare(refOf(a).name, refOf(b).name),
  );
  const byNamespace = new Map<string | null, Map<string, ClusterObject>>();
  for (const object of all) {
    const { namespace, name } = refOf(object);
    let names = byNamespace.get(namespace);
    if (names === undefined) byNamespace.set(namespace, (names = new Map()));
    names.set(name, object);
  }
  return { all, byNamespace };
}

/** The same object may have been recorded twice, under two versions of its API or at two moments. */
function isNewer(object: KubernetesObject, twin: KubernetesObject): boolean {
  return Number(object.metadata['resourceVersion'] ?? 0) > Number(twin.metadata['resourceVersion'] ?? 0);
}

interface EventIndex {
  readonly byObject: ReadonlyMap<string, readonly TimedEvent[]>;
  /** How far the newest event is ahead of now, in milliseconds; 0 or less when it is not. */
  readonly skew: number;
}

function indexEvents(objects: readonly ClusterObject[], now: number): EventIndex {
  const byObject = new Map<string, TimedEvent[]>();
  let newest = now;
  for (const object of objects) {
    const timed = readEvent(object, now);
    newest = Math.max(newest, timed.event.lastSeen);
    append(byObject, refKey(timed.event.involved), { uid: timed.uid, event: notAfter(timed.event, now) });
  }
  for (const events of byObject.values()) {
    events.sort((a, b) => a.event.lastSeen - b.event.lastSeen || a.event.firstSeen - b.event.firstSeen);
  }
  return { byObject, skew: newest - now };
}

/** An age is never negative: a clock that runs ahead makes an event new, not of the future. */
function notAfter(event: ClusterEvent, now: number): ClusterEvent {
  if (event.lastSeen <= now) return event;
  return { ...event, firstSeen: Math.min(event.firstSeen, now), lastSeen: now };
}

function skewProblem(skew: number): ClusterProblem {
  const minutes = Math.round(skew / MINUTE);
  return {
    where: 'events',
    message: `the newest event is ${minutes} minutes ahead of the clock; later times are taken as now`,
  };
}

function refKey(ref: ObjectRef): string {
  return `${kindKey(ref.apiVersion, ref.kind)} ${ref.namespace ?? ''}/${ref.name}`;
}

/**
 * The owner to climb to: the managing controller, else the first that is named. A static pod names its node, which does
 * not make it: such a pod is its own top. Nor does an owner that has no template and only keeps things together or copies them.
 */
function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  const references: unknown = object.metadata.ownerReferences;
  if (!Array.isArray(references)) return undefined;
  const owners = references
    .filter(isOwnerReference)
    .filter(({ kind }) => kind !== 'Node' && kind !== 'Namespace')
    .filter(({ apiVersion }) => !MAKES_NO_TEMPLATE.has(groupOf(apiVersion)));
  return owners.find((owner) => owner.controller === true) ?? owners[0];
}

/** Flagger's Canary owns a copy of a Deployment, with its template; SIG Apps' Application owns what a person applied. */
const MAKES_NO_TEMPLATE: ReadonlySet<string> = new Set(['flagger.app', 'app.k8s.io']);

function isOwnerReference(value: unknown): value is OwnerReference {
  return (
    isRecord(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    typeof value['name'] === 'string'
  );
}

function missingOwnerRef(object: KubernetesObject, { apiVersion, kind, name }: OwnerReference): ObjectRef {
  return { apiVersion, kind, namespace: object.metadata.namespace ?? null, name };
}

function selects(deployment: KubernetesObject, pod: KubernetesObject): boolean {
  const spec = deployment['spec'];
  const selector = isRecord(spec) && isRecord(spec['selector']) ? spec['selector']['matchLabels'] : undefined;
  if (!isRecord(selector)) return false;
  return Object.entries(selector).every(([label, value]) => pod.metadata.labels?.[label] === value);
}

function append<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key);
  if (group) group.push(item);
  else groups.set(key, [item]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
