import { parseQuantity } from '../kubernetes/quantities.ts';
import { recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import { podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { amountOf } from './capacity.ts';

/** How much of a resource a node has for pods, in base units. */
export interface NodeAmount {
  readonly node: KubernetesObject;
  /** As the node states it; undefined where it offers none. */
  readonly text: string | undefined;
  readonly allocatable: number;
  /** What no pod has requested yet; null where not all pods of the cluster are on record. */
  readonly free: number | null;
}

/** What each node offers of a resource, the largest first. */
export function amountsOn(
  cluster: ClusterState,
  nodes: readonly KubernetesObject[],
  resource: string,
): readonly NodeAmount[] {
  const taken = cluster.isRecorded('Pod', null) ? requestedByNode(cluster, resource) : null;
  return nodes
    .map((node): NodeAmount => {
      const stated = recordAt(node, 'status', 'allocatable')[resource];
      const allocatable = parseQuantity(stated) ?? 0;
      return {
        node,
        text: stated === undefined ? undefined : String(stated),
        allocatable,
        free: taken && Math.max(0, allocatable - (taken.get(node.metadata.name) ?? 0)),
      };
    })
    .toSorted((a, b) => b.allocatable - a.allocatable);
}

function requestedByNode(cluster: ClusterState, resource: string): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  for (const pod of cluster.list('Pod')) {
    const spec = podSpecOf(pod);
    const { phase } = recordAt(pod, 'status');
    if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') continue;
    const amount = resource === 'pods' ? 1 : amountOf(spec, 'requests', resource);
    taken.set(spec.nodeName, (taken.get(spec.nodeName) ?? 0) + amount);
  }
  return taken;
}
