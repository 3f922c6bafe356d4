import type { ClusterState } from '../model/cluster-state.ts';

const OF_STATES = new WeakMap<ClusterState, Map<string, unknown>>();

/**
 * What `work` makes of a cluster, worked out once for all who ask under this name. Where the cluster changes, it is worked out again when
 * something that it read has changed, and who asked for it hears of that only if the value is another one.
 *
 * @param name says all that `work` depends on beside the cluster
 */
export function derived<Value>(
  cluster: ClusterState,
  name: string,
  work: (cluster: ClusterState) => Value,
): Value {
  if (cluster.derived) return cluster.derived(name, work);
  const known = OF_STATES.get(cluster) ?? new Map<string, unknown>();
  OF_STATES.set(cluster, known);
  if (!known.has(name)) known.set(name, work(cluster));
  return known.get(name) as Value;
}
