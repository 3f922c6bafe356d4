import type { ClusterState } from '../model/cluster-state.ts';
import { recordAt, refOf, sameObject, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { derived } from './derived.ts';

/**
 * What makes the pods of a workload, the newest revision first: the ReplicaSets of a Deployment or Rollout, the Jobs of a
 * CronJob. Each keeps the template that its workload had when it was made.
 */
export function podMakersOf(cluster: ClusterState, workload: KubernetesObject): readonly KubernetesObject[] {
  return ['ReplicaSet', 'Job']
    .flatMap((kind) => ownedBy(cluster, kind, workload))
    .toSorted((a, b) => (revisionOf(b) ?? 0) - (revisionOf(a) ?? 0) || newestFirst(a, b));
}

/** The number of a rollout, as `kubectl rollout history` counts; null without one. */
export function revisionOf({ metadata: { annotations } }: KubernetesObject): number | null {
  const revision = Number(
    annotations?.['deployment.kubernetes.io/revision'] ?? annotations?.['rollout.argoproj.io/revision'],
  );
  return Number.isInteger(revision) ? revision : null;
}

/** The ControllerRevisions of a StatefulSet or DaemonSet, the newest first; their number is `revision`. */
export function controllerRevisionsOf(
  cluster: ClusterState,
  workload: KubernetesObject,
): readonly KubernetesObject[] {
  return ownedBy(cluster, 'ControllerRevision', workload).toSorted(
    (a, b) => Number(b['revision'] ?? 0) - Number(a['revision'] ?? 0),
  );
}

/**
 * What a ControllerRevision says of the pod template, in the shape of the workload it belongs to: its data is a patch of that.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/
 */
export function templateKeptBy(revision: KubernetesObject, kind: string): KubernetesObject {
  return { ...revision, kind, spec: recordAt(revision, 'data', 'spec') };
}

/** For sorting: the younger object first. */
export function newestFirst(a: KubernetesObject, b: KubernetesObject): number {
  return (parseTime(b.metadata.creationTimestamp) ?? 0) - (parseTime(a.metadata.creationTimestamp) ?? 0);
}

function ownedBy(
  cluster: ClusterState,
  kind: string,
  workload: KubernetesObject,
): readonly KubernetesObject[] {
  const ref = refOf(workload);
  return ownedUnder(cluster, kind, ref)
    .filter(({ owner }) => sameObject(owner, ref))
    .map(({ object }) => object);
}

interface Owned {
  readonly object: KubernetesObject;
  readonly owner: ObjectRef;
}

/** Objects of a kind with something of this name above them. */
function ownedUnder(cluster: ClusterState, kind: string, { namespace, name }: ObjectRef): readonly Owned[] {
  return derived(
    cluster,
    `${kind} of ${namespace ?? ''} below ${name}`,
    (given) => byOwner(given, kind, namespace).get(name) ?? [],
  );
}

/** Objects of a kind in a namespace by the names of all above them, made once: thousands of workloads ask. */
function byOwner(
  cluster: ClusterState,
  kind: string,
  namespace: string | null,
): ReadonlyMap<string, readonly Owned[]> {
  return derived(cluster, `${kind} of ${namespace ?? ''} by owner`, (given) => {
    const above = given.list(kind, namespace).flatMap((object) => {
      const [, ...owners] = given.ownerOf(object).chain;
      return owners.map((owner): Owned => ({ object, owner }));
    });
    return Map.groupBy(above, ({ owner }) => owner.name);
  });
}
