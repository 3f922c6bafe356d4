import { recordAt, type ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { compare, refKey } from './object-index.ts';
import { climb, type Known } from './owner-chain.ts';
import { ShardedMap } from './sharded-map.ts';

interface Place {
  readonly namespace: string | null;
  readonly name: string;
}

interface Climbed {
  readonly owner: string;
  /** What was read on the way up: a change there may end it elsewhere. */
  readonly read: readonly string[];
}

/** The pods of each topmost owner. A change climbs again from the pods whose way up it is on. */
export class PodsByOwner {
  readonly #pods = new ShardedMap<readonly Place[]>();
  readonly #climbed = new Map<string, Climbed>();
  readonly #above = new Map<string, Set<string>>();
  /** Pods to climb from, by their keys. */
  readonly #stale = new Map<string, Place>();
  readonly #places = new Map<string, Place>();

  change(kind: string, ref: ObjectRef, before: ClusterObject | undefined, after: ClusterObject | null): void {
    if (kind === 'Pod') this.#stale.set(refKey(ref), { namespace: ref.namespace, name: ref.name });
    if (before && after && leadsUp(before) === leadsUp(after)) return;
    this.#touch(refKey(ref));
    for (const object of [before, after])
      if (object?.metadata.uid !== undefined) this.#touch(object.metadata.uid);
  }

  /** Objects of the kind that are not there may be absent now, or unknown. */
  presenceChanged(kind: string): void {
    this.#touch(kind);
  }

  /** Everything that is not there may be absent now, or unknown. */
  forgetOwners(): void {
    for (const [key, place] of this.#places) this.#stale.set(key, place);
  }

  /** @returns the owners of all pods that have changed, and those that they had before */
  update(cluster: Known): ReadonlySet<string> {
    const owners = new Set<string>();
    const moved = new Map<string, { readonly gone: Set<string>; readonly come: Map<string, Place> }>();
    const groupOf = (owner: string) => {
      const group = moved.get(owner) ?? { gone: new Set<string>(), come: new Map<string, Place>() };
      moved.set(owner, group);
      return group;
    };
    for (const [key, place] of this.#stale) {
      const before = this.#forget(key);
      const pod = cluster.get('Pod', place.namespace, place.name);
      const after = pod === undefined ? undefined : this.#climb(key, place, pod, cluster);
      for (const owner of [before, after]) if (owner !== undefined) owners.add(owner);
      if (before === after) continue;
      if (before !== undefined) groupOf(before).gone.add(key);
      if (after !== undefined) groupOf(after).come.set(key, place);
    }
    this.#stale.clear();
    for (const [owner, { gone, come }] of moved) {
      const kept = (this.#pods.get(owner) ?? []).filter((place) => !gone.has(keyOf(place)));
      const all = [...kept, ...come.values()].toSorted(byPlace);
      if (all.length === 0) this.#pods.delete(owner);
      else this.#pods.set(owner, all);
    }
    return owners;
  }

  moment(get: ClusterState['get']): ClusterState['podsOf'] {
    const pods = this.#pods.moment();
    return (owner) => (pods(refKey(owner)) ?? []).map(({ namespace, name }) => get('Pod', namespace, name)!);
  }

  #climb(key: string, place: Place, pod: ClusterObject, cluster: Known): string {
    const read = new Set<string>();
    const owner = refKey(climb(pod, recording(cluster, read)).ref);
    for (const one of read) {
      const pods = this.#above.get(one) ?? new Set();
      this.#above.set(one, pods.add(key));
    }
    this.#climbed.set(key, { owner, read: [...read] });
    this.#places.set(key, place);
    return owner;
  }

  /** @returns the owner that it had */
  #forget(key: string): string | undefined {
    const climbed = this.#climbed.get(key);
    for (const one of climbed?.read ?? []) {
      const pods = this.#above.get(one);
      pods?.delete(key);
      if (pods?.size === 0) this.#above.delete(one);
    }
    this.#climbed.delete(key);
    this.#places.delete(key);
    return climbed?.owner;
  }

  #touch(read: string): void {
    for (const key of this.#above.get(read) ?? []) this.#stale.set(key, this.#places.get(key)!);
  }
}

function recording(cluster: Known, read: Set<string>): Known {
  const keyOfName = (kind: string, namespace: string | null, name: string) =>
    `${kind} ${namespace ?? ''}/${name}`;
  return {
    get: (kind, namespace, name) => {
      read.add(keyOfName(kind, namespace, name));
      return cluster.get(kind, namespace, name);
    },
    byUid: (uid) => {
      read.add(uid);
      return cluster.byUid(uid);
    },
    presence: (kind, namespace, name) => {
      read.add(keyOfName(kind, namespace, name)).add(kind);
      return cluster.presence(kind, namespace, name);
    },
  };
}

/** All of an object that decides where a climb over it goes. */
function leadsUp(object: ClusterObject): string {
  const { uid, ownerReferences } = object.metadata;
  const { selector, workloadRef } = recordAt(object, 'spec');
  return JSON.stringify([object.apiVersion, uid, ownerReferences, selector, workloadRef]);
}

function keyOf({ namespace, name }: Place): string {
  return `Pod ${namespace ?? ''}/${name}`;
}

function byPlace(a: Place, b: Place): number {
  return compare(a.namespace ?? '', b.namespace ?? '') || compare(a.name, b.name);
}
