import type { ClusterState } from '../model/cluster-state.ts';
import { printFieldPath, readablePath, type ConcretePath } from '../kubernetes/field-path.ts';
import { parseImage } from '../kubernetes/images.ts';
import { isRecord, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { carriesCurrentTemplate } from './rollout.ts';
import { containerPath, containersOf, podSpecOf, type PlacedContainer } from '../kubernetes/workloads.ts';

/** How a pod's container comes by its image. */
export type ImageOrigin =
  /**
   * The topmost owner says at `field` what the pod runs. `matched`: it is no built-in workload, and the field was found
   * because it alone has this very reference.
   */
  | {
      readonly kind: 'template';
      readonly owner: KubernetesObject;
      readonly field: string;
      readonly image: string;
      readonly matched: boolean;
    }
  /** The template says something else by now: an old ReplicaSet, an old revision, an old Job. */
  | { readonly kind: 'outdated'; readonly owner: KubernetesObject; readonly image: string }
  /** Admission wrote another reference into the pod than its current template has. */
  | { readonly kind: 'rewritten'; readonly owner: KubernetesObject; readonly image: string }
  /** Admission added the container to the pod. */
  | { readonly kind: 'injected'; readonly owner: KubernetesObject }
  /** The topmost owner is no built-in workload, and which of its fields becomes the image is not known. */
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
  if (template === undefined) return matchedOrigin(owner, container.image ?? '');

  const between = chain.slice(1, -1).map(({ kind, namespace, name }) => cluster.get(kind, namespace, name));
  const maker = between.find((object) => object !== undefined);
  const placed = containersOf(template).find((candidate) => candidate.container.name === container.name);
  const image = placed?.container.image ?? '';
  const isMadeSo = maker === undefined || imageIn(maker, container.name) === (placed ? image : null);
  if (placed && isMadeSo && container.image === image) {
    const field = `${containerPath(owner.kind, placed)!}.image`;
    return { kind: 'template', owner, field, image, matched: false };
  }
  const isOutdated = maker ? !isMadeSo : carriesCurrentTemplate(cluster, pod) === 'outdated';
  if (isOutdated) return { kind: 'outdated', owner, image };
  return placed ? { kind: 'rewritten', owner, image } : { kind: 'injected', owner };
}

/** The image of a container in an object's pod template; null without such a container. */
export function imageIn(object: KubernetesObject, container: string): string | null {
  const placed = containersOf(podSpecOf(object)).find((candidate) => candidate.container.name === container);
  return placed?.container.image ?? null;
}

function matchedOrigin(owner: KubernetesObject, image: string): ImageOrigin {
  // A bare word such as `nginx` may stand for anything; a reference with a tag or digest does not.
  const [path, ...others] = parseImage(image)?.name === image ? [] : pathsTo(image, owner['spec'], ['spec']);
  if (path === undefined || others.length > 0) return { kind: 'generated', owner };
  return { kind: 'template', owner, field: printFieldPath(readablePath(owner, path)), image, matched: true };
}

/** All places below `value` that hold this text. */
function pathsTo(text: string, value: unknown, path: ConcretePath): readonly ConcretePath[] {
  if (value === text) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => pathsTo(text, item, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => pathsTo(text, item, [...path, key]));
}
