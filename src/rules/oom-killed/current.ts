import type { ClusterState } from '../../cluster/state.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { containersOf, podSpecOf } from '../../kubernetes/workloads.ts';

const REVISIONS = ['deployment.kubernetes.io/revision', 'rollout.argoproj.io/revision'];

/**
 * False when the pod was made from a template that its owner no longer has. A ReplicaSet and its Deployment (or Rollout)
 * carry the same revision while it is the current one; a StatefulSet names the revision that its pods are updated to.
 * Without either, what made the pod has to give the container the same memory limit as the owner does now.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment
 */
export function carriesCurrentTemplate(
  pod: KubernetesObject,
  container: string,
  cluster: ClusterState,
): boolean {
  const { object: owner, chain } = cluster.ownerOf(pod);
  // An operator's resource has no template to compare with.
  if (!owner || owner === pod || podSpecOf(owner) === undefined) return true;
  const maker = chain
    .slice(1, -1)
    .map(({ kind, namespace, name }) => cluster.get(kind, namespace, name))
    .find((object) => object !== undefined);
  for (const revision of REVISIONS) {
    const current = owner.metadata.annotations?.[revision];
    const made = maker?.metadata.annotations?.[revision];
    if (current !== undefined && made !== undefined) return current === made;
  }
  const update = isRecord(owner['status']) ? owner['status']['updateRevision'] : undefined;
  const own = pod.metadata.labels?.['controller-revision-hash'];
  if (typeof update === 'string' && own !== undefined) return own === update;
  return maker === undefined || limitIn(maker, container) === limitIn(owner, container);
}

function limitIn(object: KubernetesObject, name: string): number | null {
  const placed = containersOf(podSpecOf(object)).find(({ container }) => container.name === name);
  return parseQuantity(placed?.container.resources?.limits?.['memory']);
}
