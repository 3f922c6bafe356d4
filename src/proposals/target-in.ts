import type { ClusterState } from '../model/cluster-state.ts';
import type { KubernetesObject, ObjectRef } from '../kubernetes/objects.ts';
import { podSpecPath } from '../kubernetes/workloads.ts';
import type { Target } from '../locate/target.ts';
import type { Place } from '../sources/knowledge.ts';
import { sharesOwner } from '../sources/owners.ts';

/** What is looked for at a place, with what else the cluster has from where the object comes from. */
export function targetIn(
  { roots, areNamed }: Place,
  wanted: ObjectRef,
  live: KubernetesObject | null,
  cluster: ClusterState,
): Target {
  const others = (): readonly KubernetesObject[] =>
    live === null ? [] : besides(live, cluster).filter((other) => sharesOwner(live, other));
  return { wanted, live, roots, areNamed, others };
}

/** The objects of the same namespace that nothing else makes: of the same kind, and workloads. */
function besides(live: KubernetesObject, cluster: ClusterState): readonly KubernetesObject[] {
  return cluster
    .kinds()
    .filter((kind) => kind === live.kind || podSpecPath(kind) !== null)
    .flatMap((kind) => cluster.list(kind, live.metadata.namespace ?? null))
    .filter(({ kind, metadata }) => kind !== live.kind || metadata.name !== live.metadata.name)
    .filter((other) => (other.metadata.ownerReferences ?? []).length === 0);
}
