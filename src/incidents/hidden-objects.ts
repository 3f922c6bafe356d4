import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';

/**
 * The cluster without some of its objects, as if they had been set aside when it was read: they exist, and nothing else is known of
 * them.
 */
export function hiding(cluster: ClusterState, isHidden: (object: ClusterObject) => boolean): ClusterState {
  const lists = new Map<string, readonly ClusterObject[]>();
  const shown = <T extends ClusterObject | undefined>(object: T): T | undefined =>
    object === undefined || isHidden(object) ? undefined : object;
  return {
    name: cluster.name,
    now: cluster.now,
    problems: cluster.problems,
    versions: cluster.versions,
    kinds: () => cluster.kinds(),
    list: (kind, namespace) => {
      const key = JSON.stringify([kind, namespace === undefined ? 0 : namespace]);
      const known = lists.get(key) ?? cluster.list(kind, namespace).filter((object) => !isHidden(object));
      lists.set(key, known);
      return known;
    },
    get: (kind, namespace, name) => shown(cluster.get(kind, namespace, name)),
    byUid: (uid) => shown(cluster.byUid(uid)),
    presence: (kind, namespace, name) => cluster.presence(kind, namespace, name),
    isRecorded: (kind, namespace) => cluster.isRecorded(kind, namespace),
    eventsOf: (object) => cluster.eventsOf(object),
    ownerOf: (object) => {
      const owner = cluster.ownerOf(object);
      return owner.object !== undefined && isHidden(owner.object) ? { ...owner, object: undefined } : owner;
    },
    podsOf: (owner) => cluster.podsOf(owner).filter((pod) => !isHidden(pod)),
    ...(cluster.remembered && { remembered: cluster.remembered }),
  };
}
