import { recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';

/** The architecture of a node, null when not recorded, and the others that the cluster has. */
export function architecturesOf(
  node: string,
  cluster: ClusterState,
): { readonly here: string | null; readonly others: readonly string[] } {
  const here = architectureOf(cluster.get('Node', null, node));
  const all = new Set(cluster.list('Node').map(architectureOf));
  return { here, others: [...all].filter((other) => other !== null).filter((other) => other !== here) };
}

function architectureOf(node: KubernetesObject | undefined): string | null {
  const told = recordAt(node, 'status', 'nodeInfo')['architecture'];
  return typeof told === 'string' ? told : (node?.metadata.labels?.['kubernetes.io/arch'] ?? null);
}

/** The container runtime of a node: `containerd://2.1.4`; null when not recorded. */
export function runtimeOf(node: string, cluster: ClusterState): string | null {
  const told = recordAt(cluster.get('Node', null, node), 'status', 'nodeInfo')['containerRuntimeVersion'];
  return typeof told === 'string' && told !== '' ? told : null;
}
