import type { ClusterState } from '../../model/cluster-state.ts';
import { canonicalRepository, parseImage, printImage } from '../../kubernetes/images.ts';
import { describeRef, recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import {
  containersOf,
  containerStatuses,
  isReady,
  parseTime,
  podSpecOf,
} from '../../kubernetes/workloads.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import { repositoryOf } from './messages.ts';
import {
  describeKept,
  keptTemplates,
  lastReadyTemplate,
  type KeptTemplate,
} from '../../witnesses/last-ready.ts';
import { imageIn } from './template.ts';

/**
 * A reference that a container had before. `ready`: pods with it are Ready now, or a Job with it completed.
 * `deployed`: a template had it, and nothing tells whether it ever ran. `committed`: git had it.
 */
export interface KnownReference {
  readonly image: string;
  readonly standing: 'ready' | 'deployed' | 'committed';
  /** A clause: `ReplicaSet shop/cart-1 (revision 1) has 3 of 3 pods Ready with …`. */
  readonly says: Prose;
  readonly evidence: Evidence;
}

/** A Ready pod that shows that the registry serves the repository to this cluster. */
export interface Witness {
  readonly image: string;
  readonly says: Prose;
  readonly evidence: Evidence;
  /** Another namespace may hold other credentials. */
  readonly sameNamespace: boolean;
}

/** The newest reference of a container, other than the failing one, with which the owner's pods are Ready now (or a Job of it completed). */
export function lastReadyReference(
  owner: KubernetesObject,
  container: string,
  failing: string,
  cluster: ClusterState,
): KnownReference | null {
  const kept = lastReadyTemplate(cluster, owner, (template) => {
    const image = imageIn(template, container);
    return image !== null && !sameReference(image, failing);
  });
  return kept && fromKept(kept, container, cluster);
}

/** The newest reference that a kept template of the owner has, other than the failing one and of the same repository. */
export function lastDeployedReference(
  owner: KubernetesObject,
  container: string,
  failing: string,
  cluster: ClusterState,
): KnownReference | null {
  for (const { holder, template, revision } of keptTemplates(cluster, owner)) {
    const image = imageIn(template, container);
    if (image === null || sameReference(image, failing) || repositoryOf(image) !== repositoryOf(failing))
      continue;
    const text = `revision ${revision}, no ready pods: ${container} has ${image}`;
    return {
      image,
      standing: 'deployed',
      says: prose`${describeRef(refOf(holder))} (revision ${revision}) once had ${image}, but nothing recorded shows it Ready`,
      evidence: quoted('object', holder, parseTime(holder.metadata.creationTimestamp), text),
    };
  }
  return null;
}

/** A Ready pod in the cluster that runs another image of the same repository, preferably in the owner's namespace. */
export function witnessOf(failing: string, owner: KubernetesObject, cluster: ClusterState): Witness | null {
  const { namespace } = refOf(owner);
  const others = readyWithRepository(failing, cluster).filter(({ image }) => !sameReference(image, failing));
  const witness = others.find(({ pod }) => refOf(pod).namespace === namespace) ?? others[0];
  if (witness === undefined) return null;
  const { pod, image } = witness;
  return {
    image,
    says: prose`${describeRef(refOf(pod))} is Ready now with ${image}`,
    evidence: readyEvidence(pod, image),
    sameNamespace: refOf(pod).namespace === namespace,
  };
}

/** Who runs the very reference that cannot be pulled, or ran it to completion: it existed once. */
export function readyWith(
  failing: string,
  owner: KubernetesObject,
  container: string,
  cluster: ClusterState,
): Pick<Witness, 'says' | 'evidence'> | null {
  const found = readyWithRepository(failing, cluster).find(({ image }) => sameReference(image, failing));
  if (found) {
    const says = prose`${describeRef(refOf(found.pod))} is Ready with the same ${failing}`;
    return { says, evidence: readyEvidence(found.pod, found.image) };
  }
  const kept = keptTemplates(cluster, owner).find(
    ({ template, ready }) => ready > 0 && sameReference(imageIn(template, container) ?? '', failing),
  );
  return kept ? fromKept(kept, container, cluster) : null;
}

interface ReadyImage {
  readonly pod: KubernetesObject;
  readonly image: string;
}

/** Images of Ready pods by repository; one pass over the pods serves all incidents of a cluster state, which never changes. */
const readyByRepository = new WeakMap<ClusterState, ReadonlyMap<string, readonly ReadyImage[]>>();

function readyWithRepository(failing: string, cluster: ClusterState): readonly ReadyImage[] {
  let known = readyByRepository.get(cluster);
  if (known === undefined) {
    const all = cluster
      .list('Pod')
      .flatMap((pod) => readyImages(pod).map((image): ReadyImage => ({ pod, image })));
    readyByRepository.set(cluster, (known = Map.groupBy(all, ({ image }) => repositoryOf(image))));
  }
  return known.get(repositoryOf(failing)) ?? [];
}

/** True for two ways to write one reference: `nginx` and `docker.io/library/nginx:latest`. */
function sameReference(a: string, b: string): boolean {
  return a === b || fullReference(a) === fullReference(b);
}

function fullReference(image: string): string {
  const parsed = parseImage(image);
  if (parsed === null) return image;
  const { tag, digest } = parsed;
  return printImage({
    name: canonicalRepository(parsed.name),
    tag: tag ?? (digest === null ? 'latest' : null),
    digest,
  });
}

function fromKept(kept: KeptTemplate, container: string, cluster: ClusterState): KnownReference {
  const { holder, template, revision, ready, at } = kept;
  const image = imageIn(template, container) ?? '';
  const says = prose`${describeKept(kept)} with ${image}`;
  if (holder.kind === 'Pod')
    return { image, standing: 'ready', says, evidence: readyEvidence(holder, image) };
  const isJob = holder.kind === 'Job';
  const text = isJob ? `completed with ${image}` : `revision ${revision}, ${ready} pods ready now: ${image}`;
  return {
    image,
    standing: 'ready',
    says,
    evidence: quoted('object', holder, isJob ? at : cluster.now, text),
  };
}

function readyEvidence(pod: KubernetesObject, image: string): Evidence {
  const running = containerStatuses(pod).find((status) => status.image === image)?.state?.running;
  const since = [running?.startedAt, recordAt(pod, 'status')['startTime'], pod.metadata.creationTimestamp];
  const at = since.map(parseTime).find((time) => time !== null) ?? null;
  return quoted('pod-status', pod, at, `Ready with ${image}`);
}

function readyImages(pod: KubernetesObject): readonly string[] {
  if (pod.metadata.deletionTimestamp !== undefined || !isReady(pod)) return [];
  return containersOf(podSpecOf(pod)).flatMap(({ container }) => container.image ?? []);
}
