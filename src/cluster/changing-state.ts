import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterObject, ClusterProblem, ClusterState } from '../model/cluster-state.ts';
import type { ObjectChange } from '../model/object-change.ts';
import type { Tracking } from '../model/tracking.ts';
import { isDeepStrictEqual } from 'node:util';
import { EventIndex, skewProblem, TOLERATED_SKEW } from './event-index.ts';
import { Journal } from './journal.ts';
import { kindKey } from './kind-key.ts';
import { notingOf } from './noting.ts';
import { refKey, withChanges, type ObjectIndex } from './object-index.ts';
import { ownersIn } from './owner-chain.ts';
import { PodsByOwner } from './pods-by-owner.ts';
import { presenceIn, type ListedKinds } from './presence.ts';
import * as reads from './reads.ts';
import { ShardedMap } from './sharded-map.ts';
import { versionsToldBy } from './recorded-versions.ts';

/** What a reader says of the cluster as a whole, beside its objects. */
export interface StateDescription extends ListedKinds {
  readonly problems?: readonly ClusterProblem[];
  /** What the cluster says of itself; what it does not say is told by its objects. */
  readonly versions?: Partial<ClusterVersions>;
}

/**
 * The objects of one cluster while they change. `state` answers for one moment, whatever changes afterwards, and costs what has changed
 * since the last one.
 */
export class ChangingState {
  readonly #name: string;
  #index: ObjectIndex = new Map();
  #description: StateDescription = {};
  readonly #uids = new ShardedMap<ClusterObject>();
  readonly #events = new EventIndex();
  readonly #pods = new PodsByOwner();
  readonly #journal = new Journal();
  readonly #id = {};

  constructor(name: string) {
    this.#name = name;
  }

  /** What the reader says as a whole from now on: problems, what was listed, versions. */
  describe(description: StateDescription): void {
    const { problems: before = [], ...listedBefore } = this.#description;
    const { problems = [], ...listed } = description;
    this.#description = description;
    if (!isDeepStrictEqual(problems, before)) this.#journal.touch(reads.PROBLEMS_READ);
    if (isDeepStrictEqual(listed, listedBefore)) return;
    this.#pods.forgetOwners();
    this.#journal.touchAll();
  }

  apply(changes: readonly ObjectChange[]): void {
    const changed: Changed = new Map();
    const events: (readonly [string, ClusterObject | null])[] = [];
    const before = this.#index;
    for (const { ref, after } of changes) {
      const kind = kindKey(ref.apiVersion, ref.kind);
      const known = knownOf(changed, before, kind, ref);
      this.#indexUid(known, after);
      put(changed, kind, ref, after);
      this.#touch(kind, ref, known, after);
      if (kind === 'Event') events.push([refKey(ref), after]);
      this.#pods.change(kind, ref, known, after);
    }
    this.#index = withChanges(before, changed);
    for (const [kind, namespaces] of changed)
      for (const namespace of namespaces.keys())
        if (hasAny(before, kind, namespace) !== hasAny(this.#index, kind, namespace))
          this.#presenceChanged(kind, namespace, before);
    for (const about of this.#events.put(events)) this.#journal.touch(reads.eventsRead(about));
  }

  #touch(
    kind: string,
    { namespace, name }: ObjectRef,
    before: ClusterObject | undefined,
    after: ClusterObject | null,
  ): void {
    this.#journal.touch(reads.objectRead(kind, namespace, name));
    this.#journal.touch(reads.namespaceRead(kind, namespace));
    this.#journal.touch(reads.kindRead(kind));
    for (const uid of [before?.metadata.uid, after?.metadata.uid])
      if (uid !== undefined) this.#journal.touch(reads.uidRead(uid));
    // Where the reader does not say which versions are served, the objects do.
    if (!isTold(this.#description)) this.#journal.touch(reads.VERSIONS_READ);
  }

  /** The first object of a kind came to a namespace, or the last one went. */
  #presenceChanged(kind: string, namespace: string | null, before: ObjectIndex): void {
    this.#pods.presenceChanged(kind);
    this.#journal.touch(reads.namespacesRead(kind));
    this.#journal.touch(reads.listedRead(kind, namespace));
    const [had, has] = [before, this.#index].map((index) => index.get(kind)?.byNamespace.size ?? 0);
    if (had === 0 || has === 0) this.#journal.touch(reads.KINDS_READ);
    if (had! < 3 || has! < 3) this.#journal.touch(reads.listedAnywhereRead(kind));
  }

  /** @param now milliseconds since the epoch */
  state(now: number): ClusterState {
    const index = this.#index;
    const get: ClusterState['get'] = (kind, namespace, name) =>
      index.get(kind)?.byNamespace.get(namespace)?.byName.get(name);
    const byUid = this.#uids.moment();
    const { presence, isRecorded } = presenceIn(index, this.#description);
    const known = { get, byUid, presence };
    for (const owner of this.#pods.update(known)) this.#journal.touch(reads.podsOfRead(owner));
    const podsOf = this.#pods.moment(get);
    const versions = this.#versions(index);
    const state: ClusterState = {
      name: this.#name,
      now,
      reached: (time) => now >= time,
      problems: this.#problems(now),
      get versions() {
        return versions();
      },
      kinds: () => [...index.keys()].sort(),
      namespacesOf: (kind) => index.get(kind)?.namespaces ?? [],
      list: (kind, namespace) =>
        (namespace === undefined
          ? index.get(kind)?.all
          : index.get(kind)?.byNamespace.get(namespace)?.sorted) ?? [],
      get,
      byUid,
      presence,
      isRecorded,
      eventsOf: this.#events.moment(now),
      ownerOf: ownersIn(known),
      podsOf,
    };
    return Object.assign(state, { tracking: this.#tracking(state) });
  }

  #tracking(state: ClusterState): Tracking<ClusterState> {
    const [journal, id] = [this.#journal, this.#id];
    const version = journal.version();
    return {
      mark: { id, version } satisfies Mark,
      noting: notingOf(state),
      since: (mark) => (isMark(mark) && mark.id === id ? journal.between(mark.version, version) : null),
    };
  }

  #problems(now: number): readonly ClusterProblem[] {
    const { problems = [] } = this.#description;
    const skew = this.#events.skew(now);
    return skew > TOLERATED_SKEW ? [...problems, skewProblem(skew)] : problems;
  }

  /** Worked out when they are asked for. */
  #versions(index: ObjectIndex): () => ClusterVersions {
    const description = this.#description;
    const { kubernetes, api, ...more } = description.versions ?? {};
    let known: ClusterVersions | undefined;
    return () => {
      if (known !== undefined) return known;
      const kinds = isTold(description) ? [] : api === undefined ? [...index.keys()] : ['Node'];
      const told = versionsToldBy(kinds.flatMap((kind) => index.get(kind)?.all ?? []));
      return (known = { kubernetes: kubernetes ?? told.kubernetes, api: api ?? told.api, ...more });
    };
  }

  #indexUid(before: ClusterObject | undefined, after: ClusterObject | null): void {
    const [old, uid] = [before?.metadata.uid, after?.metadata.uid];
    if (old !== undefined && old !== uid && this.#uids.get(old) === before) this.#uids.delete(old);
    if (uid !== undefined && after !== null) this.#uids.set(uid, after);
  }
}

/** A version of the cluster, for `Tracking.since`. */
interface Mark {
  readonly id: object;
  readonly version: number;
}

function isMark(mark: unknown): mark is Mark {
  return typeof mark === 'object' && mark !== null && 'id' in mark && 'version' in mark;
}

function isTold({ versions }: StateDescription): boolean {
  return versions?.kubernetes !== undefined && versions.api !== undefined;
}

type Changed = Map<string, Map<string | null, Map<string, ClusterObject | undefined>>>;

function put(
  changed: Changed,
  kind: string,
  { namespace, name }: ObjectRef,
  after: ClusterObject | null,
): void {
  const namespaces = changed.get(kind) ?? new Map<string | null, Map<string, ClusterObject | undefined>>();
  changed.set(kind, namespaces);
  const names = namespaces.get(namespace) ?? new Map<string, ClusterObject | undefined>();
  namespaces.set(namespace, names.set(name, after ?? undefined));
}

/** The object as an earlier change of the same batch left it, else as it was. */
function knownOf(
  changed: Changed,
  index: ObjectIndex,
  kind: string,
  { namespace, name }: ObjectRef,
): ClusterObject | undefined {
  const names = changed.get(kind)?.get(namespace);
  return names?.has(name) ? names.get(name) : index.get(kind)?.byNamespace.get(namespace)?.byName.get(name);
}

function hasAny(index: ObjectIndex, kind: string, namespace: string | null): boolean {
  return index.get(kind)?.byNamespace.has(namespace) ?? false;
}
