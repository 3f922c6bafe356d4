import { recordAt, type ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Ending } from '../model/ending.ts';

/**
 * Why a failure of an object is not seen in a reading; null where the reading would not have shown it. Whatever shows it has to be there to
 * be seen: the object, and the pods of a workload.
 *
 * @param uid of the object when it failed; null where that is not known
 */
export function endingOf(cluster: ClusterState, object: ObjectRef, uid: string | null = null): Ending | null {
  const { kind, namespace, name } = object;
  if (namespace !== null && isNamespaceGone(cluster, namespace)) return 'namespace-deleted';
  const isReadable =
    cluster.isRecorded(kind, namespace) && (namespace === null || cluster.isRecorded('Pod', namespace));
  if (!isReadable) return null;
  const live = cluster.get(kind, namespace, name);
  const isAnother = uid !== null && live?.metadata.uid !== undefined && live.metadata.uid !== uid;
  if (live === undefined || isAnother || live.metadata.deletionTimestamp !== undefined) return 'deleted';
  return recordAt(live, 'spec')['replicas'] === 0 ? 'scaled-to-zero' : 'recovered';
}

function isNamespaceGone(cluster: ClusterState, name: string): boolean {
  const live = cluster.get('Namespace', null, name);
  if (live === undefined) return cluster.presence('Namespace', null, name) === 'absent';
  return recordAt(live, 'status')['phase'] === 'Terminating';
}
