import type { ClusterState } from '../../cluster/state.ts';
import { isRecord, type KubernetesObject, type ObjectRef } from '../../kubernetes/objects.ts';
import { containerPath, containersOf, podSpecOf, type PlacedContainer } from '../../kubernetes/workloads.ts';

/** How a pod's container comes by its image. */
export type ImageOrigin =
  /** The topmost owner's template, at `field`, says what the pod runs. */
  | {
      readonly kind: 'template';
      readonly owner: KubernetesObject;
      readonly field: string;
      readonly image: string;
    }
  /** The template says something else by now: an old ReplicaSet, an old revision, an old Job. */
  | { readonly kind: 'outdated'; readonly owner: KubernetesObject; readonly image: string }
  /** Admission wrote another reference into the pod than its current template has. */
  | { readonly kind: 'rewritten'; readonly owner: KubernetesObject; readonly image: string }
  /** Admission added the container to the pod. */
  | { readonly kind: 'injected'; readonly owner: KubernetesObject }
  /** The topmost owner is no built-in workload: a controller makes the pods out of it. */
  | { readonly kind: 'generated'; readonly owner: KubernetesObject }
  | { readonly kind: 'not-recorded'; readonly owner: ObjectRef };

/** Climbs from a pod to what decides on the image of one of its containers. */
export function originOf(
  pod: KubernetesObject,
  { container }: PlacedContainer,
  cluster: ClusterState,
): ImageOrigin {
  const { ref, object: owner, chain } = cluster.ownerOf(pod);
  if (owner === undefined) return { kind: 'not-recorded', owner: ref };
  const template = podSpecOf(owner);
  if (template === undefined) return { kind: 'generated', owner };

  const between = chain.slice(1, -1).map(({ kind, namespace, name }) => cluster.get(kind, namespace, name));
  const maker = between.find((object) => object !== undefined);
  const placed = containersOf(template).find((candidate) => candidate.container.name === container.name);
  if (placed === undefined) {
    return maker && imageIn(maker, container.name) !== null
      ? { kind: 'outdated', owner, image: '' }
      : { kind: 'injected', owner };
  }
  const image = placed.container.image ?? '';
  const field = `${containerPath(owner.kind, placed)!}.image`;
  if (maker && imageIn(maker, container.name) !== image) return { kind: 'outdated', owner, image };
  if (container.image === image) return { kind: 'template', owner, field, image };
  return maker || isUpdated(pod, owner)
    ? { kind: 'rewritten', owner, image }
    : { kind: 'outdated', owner, image };
}

/** The image of a container in an object's pod template; null without such a container. */
export function imageIn(object: KubernetesObject, container: string): string | null {
  const placed = containersOf(podSpecOf(object)).find((candidate) => candidate.container.name === container);
  return placed?.container.image ?? null;
}

/** True when the labels of a StatefulSet's pod say that it was made from the current template. */
function isUpdated(pod: KubernetesObject, owner: KubernetesObject): boolean {
  const revision = isRecord(owner['status']) ? owner['status']['updateRevision'] : undefined;
  return typeof revision === 'string' && pod.metadata.labels?.['controller-revision-hash'] === revision;
}
