import { quote } from '../../facts/observations.ts';
import { isBeingDeleted } from '../../facts/subjects.ts';
import { describeRef, recordAt } from '../../kubernetes/objects.ts';
import { isReady, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Culprit } from '../../model/finding.ts';

const MOST_NAMED = 6;

/** Which workloads have pods on the node. */
export function podsEvidence(cluster: ClusterState, node: ClusterObject): readonly Evidence[] {
  const pods = podsOn(cluster, node.metadata.name);
  const owners = [...new Set(pods.map((pod) => describeRef(cluster.ownerOf(pod).ref)))];
  if (owners.length === 0) return [];
  const more = owners.length - MOST_NAMED;
  const named = owners.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return [
    quote(
      'object',
      node,
      cluster.now,
      `has ${pods.length} ${pods.length === 1 ? 'pod' : 'pods'}, of ${named}`,
    ),
  ];
}

function podsOn(cluster: ClusterState, node: string): readonly ClusterObject[] {
  return cluster.list('Pod').filter((pod) => {
    const { phase } = recordAt(pod, 'status');
    return (
      podSpecOf(pod)?.nodeName === node && phase !== 'Succeeded' && phase !== 'Failed' && !isBeingDeleted(pod)
    );
  });
}

/** Pods of network plugins, by their usual names. */
const PLUGIN =
  /^(?:calico-node|canal|cilium|kube-flannel|flannel|weave-net|aws-node|antrea-agent|kube-router|kindnet|ovnkube-node|ovs-node|azure-cni|multus|kube-ovn-cni)\b/;

/** The DaemonSets of network plugins whose pod on the node is not Ready. */
export function failingPluginsOn(cluster: ClusterState, node: string): readonly Culprit[] {
  return podsOn(cluster, node)
    .filter((pod) => PLUGIN.test(pod.metadata.name) && !isReady(pod))
    .map((pod) => cluster.ownerOf(pod).ref);
}
