import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { viewOf } from '../model/cluster-view.ts';

/**
 * The cluster without some of its objects, as if they had been set aside when it was read: they exist, and nothing else is known of
 * them.
 */
export function hiding(cluster: ClusterState, isHidden: (object: ClusterObject) => boolean): ClusterState {
  const shownOf = new WeakMap<readonly ClusterObject[], readonly ClusterObject[]>();
  const shown = <T extends ClusterObject | undefined>(object: T): T | undefined =>
    object === undefined || isHidden(object) ? undefined : object;
  const view: ClusterState = viewOf(cluster, {
    list: (kind, namespace) => {
      const all = cluster.list(kind, namespace);
      const known = shownOf.get(all) ?? all.filter((object) => !isHidden(object));
      shownOf.set(all, known);
      return known;
    },
    get: (kind, namespace, name) => shown(cluster.get(kind, namespace, name)),
    byUid: (uid) => shown(cluster.byUid(uid)),
    ownerOf: (object) => {
      const owner = cluster.ownerOf(object);
      return owner.object !== undefined && isHidden(owner.object) ? { ...owner, object: undefined } : owner;
    },
    podsOf: (owner) => cluster.podsOf(owner).filter((pod) => !isHidden(pod)),
    // Worked out anew each time: the cluster moves on, and few rules break.
    derived: (_name, work) => work(view),
  });
  return view;
}
