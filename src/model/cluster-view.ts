import type { ClusterState } from './cluster-state.ts';

/**
 * A cluster with answers of its own in place of some. All others are asked for when they are read, since the cluster may move on. What was
 * read and what was derived is the cluster's alone, so that a view knows neither.
 */
export function viewOf(cluster: ClusterState, own: Partial<ClusterState>): ClusterState {
  const view: ClusterState = {
    name: cluster.name,
    get now() {
      return cluster.now;
    },
    reached: (time) => cluster.reached(time),
    get problems() {
      return cluster.problems;
    },
    get versions() {
      return cluster.versions;
    },
    kinds: () => cluster.kinds(),
    namespacesOf: (kind) => cluster.namespacesOf(kind),
    list: (kind, namespace) => cluster.list(kind, namespace),
    get: (kind, namespace, name) => cluster.get(kind, namespace, name),
    byUid: (uid) => cluster.byUid(uid),
    presence: (kind, namespace, name) => cluster.presence(kind, namespace, name),
    isRecorded: (kind, namespace) => cluster.isRecorded(kind, namespace),
    eventsOf: (object) => cluster.eventsOf(object),
    ownerOf: (object) => cluster.ownerOf(object),
    podsOf: (owner) => cluster.podsOf(owner),
    get remembered() {
      return cluster.remembered;
    },
  };
  return Object.defineProperties(view, Object.getOwnPropertyDescriptors(own));
}
