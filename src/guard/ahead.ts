import { UNKNOWN_VERSIONS } from '../kubernetes/cluster-versions.ts';
import { refOf } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { viewOf } from '../model/cluster-view.ts';
import type { Outlook } from '../model/foresight.ts';

/** A cluster that nobody knows anything of. */
const UNKNOWN: ClusterState = {
  name: '',
  now: 0,
  reached: () => false,
  problems: [],
  versions: UNKNOWN_VERSIONS,
  kinds: () => [],
  namespacesOf: () => [],
  list: () => [],
  get: () => undefined,
  byUid: () => undefined,
  presence: () => 'unknown',
  isRecorded: () => false,
  eventsOf: () => [],
  ownerOf: (object) => ({ ref: refOf(object), object: undefined, chain: [refOf(object)] }),
  podsOf: () => [],
};

/** The cluster as it would be after a change. What happened to objects that will be others tells nothing: no events and no pods. */
export function aheadOf({
  cluster,
  lookUp,
  list,
}: Pick<Outlook, 'cluster' | 'lookUp' | 'list'>): ClusterState {
  return viewOf(cluster ?? UNKNOWN, {
    list: (kind, namespace = null) => list(kind, namespace).objects,
    get: (kind, namespace, name) => {
      const found = lookUp(kind, namespace, name);
      return found.is === 'planned' || found.is === 'live' ? found.object : undefined;
    },
    presence: (kind, namespace, name) => {
      const { is } = lookUp(kind, namespace, name);
      if (is === 'unknown') return 'unknown';
      return is === 'planned' || is === 'live' ? 'present' : 'absent';
    },
    isRecorded: (kind, namespace) => list(kind, namespace).isAll,
    eventsOf: () => [],
    podsOf: () => [],
  });
}
