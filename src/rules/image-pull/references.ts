import type { ClusterState } from '../../cluster/state.ts';
import { canonicalRepository, parseImage, printImage } from '../../kubernetes/images.ts';
import {
  describeRef,
  isRecord,
  recordAt,
  refOf,
  sameObject,
  type KubernetesObject,
} from '../../kubernetes/objects.ts';
import {
  containersOf,
  containerStatuses,
  isReady,
  parseTime,
  podSpecOf,
} from '../../kubernetes/workloads.ts';
import { prose, untrusted, type Prose } from '../../untrusted/prose.ts';
import type { Evidence } from '../rule.ts';
import { repositoryOf } from './messages.ts';
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
  const revisions = revisionsOf(owner, cluster).filter(({ holder }) => countReady(holder) > 0);
  for (const { holder, revision } of revisions) {
    const image = imageIn(holder, container);
    if (image !== null && !sameReference(image, failing)) return fromHolder(holder, revision, image, cluster);
  }
  const pods = cluster
    .podsOf(refOf(owner))
    .filter((pod) => runsReady(pod, container))
    .toSorted(newestFirst);
  for (const pod of pods) {
    const image = imageInRevision(pod, container, cluster) ?? imageIn(pod, container);
    if (image !== null && !sameReference(image, failing)) return fromPod(pod, image);
  }
  return null;
}

/** The newest reference that a kept template of the owner has, other than the failing one and of the same repository. */
export function lastDeployedReference(
  owner: KubernetesObject,
  container: string,
  failing: string,
  cluster: ClusterState,
): KnownReference | null {
  for (const { holder, revision, template } of [
    ...revisionsOf(owner, cluster),
    ...controllerRevisions(owner, cluster),
  ]) {
    const image = imageIn(template, container);
    if (image === null || sameReference(image, failing) || repositoryOf(image) !== repositoryOf(failing))
      continue;
    const says = prose`${describeRef(refOf(holder))} (revision ${revision}) once had ${image}, but nothing recorded shows it Ready`;
    const text = untrusted(`revision ${revision}, no ready pods: ${container} has ${image}`);
    const at = parseTime(holder.metadata.creationTimestamp);
    return {
      image,
      standing: 'deployed',
      says,
      evidence: { source: 'object', ref: describeRef(refOf(holder)), at, text },
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
  const revision = revisionsOf(owner, cluster).find(
    ({ holder }) => countReady(holder) > 0 && sameReference(imageIn(holder, container) ?? '', failing),
  );
  return revision ? fromHolder(revision.holder, revision.revision, failing, cluster) : null;
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

/** An object that keeps a pod template that the owner has or had. */
interface Revision {
  readonly holder: KubernetesObject;
  readonly revision: string;
  readonly template: KubernetesObject;
}

/** The owner's ReplicaSets or Jobs, the newest revision first. */
function revisionsOf(owner: KubernetesObject, cluster: ClusterState): readonly Revision[] {
  const namespace = refOf(owner).namespace;
  const holders = [...cluster.list('ReplicaSet', namespace), ...cluster.list('Job', namespace)].filter(
    (holder) => holder !== owner && sameObject(cluster.ownerOf(holder).ref, refOf(owner)),
  );
  return holders
    .map((holder) => ({ holder, template: holder, revision: revisionOf(holder) }))
    .toSorted((a, b) => Number(b.revision) - Number(a.revision) || newestFirst(a.holder, b.holder));
}

function revisionOf(holder: KubernetesObject): string {
  const { annotations } = holder.metadata;
  return (
    annotations?.['deployment.kubernetes.io/revision'] ?? annotations?.['rollout.argoproj.io/revision'] ?? '0'
  );
}

/** ControllerRevisions keep the templates of StatefulSets and DaemonSets. */
function controllerRevisions(owner: KubernetesObject, cluster: ClusterState): readonly Revision[] {
  return cluster
    .list('ControllerRevision', refOf(owner).namespace)
    .filter((holder) => sameObject(cluster.ownerOf(holder).ref, refOf(owner)))
    .flatMap((holder) => {
      const template = templateOf(holder, owner.kind);
      return template === null ? [] : [{ holder, template, revision: String(holder['revision'] ?? '0') }];
    })
    .toSorted((a, b) => Number(b.revision) - Number(a.revision));
}

/** A ControllerRevision's data is a patch of its owner: what it says of the pod template, in the shape of the owner. */
function templateOf(holder: KubernetesObject, kind: string): KubernetesObject | null {
  const data = holder['data'];
  return isRecord(data) && isRecord(data['spec']) ? { ...holder, kind, spec: data['spec'] } : null;
}

/** The image that the pod was given by its template, before admission: from the ControllerRevision that its label names. */
function imageInRevision(pod: KubernetesObject, container: string, cluster: ClusterState): string | null {
  const hash = pod.metadata.labels?.['controller-revision-hash'];
  const { ref } = cluster.ownerOf(pod);
  if (hash === undefined) return null;
  const holder =
    cluster.get('ControllerRevision', ref.namespace, hash) ??
    cluster.get('ControllerRevision', ref.namespace, `${ref.name}-${hash}`);
  const template = holder && templateOf(holder, ref.kind);
  return template ? imageIn(template, container) : null;
}

/** Ready pods of a ReplicaSet, completions of a Job. */
function countReady(holder: KubernetesObject): number {
  const status = recordAt(holder, 'status');
  return Number((holder.kind === 'Job' ? status['succeeded'] : status['readyReplicas']) ?? 0);
}

function fromHolder(
  holder: KubernetesObject,
  revision: string,
  image: string,
  cluster: ClusterState,
): KnownReference {
  const ref = describeRef(refOf(holder));
  if (holder.kind === 'Job') {
    const status = recordAt(holder, 'status');
    const at = parseTime(status['completionTime']) ?? parseTime(holder.metadata.creationTimestamp);
    const text = untrusted(`completed with ${image}`);
    return {
      image,
      standing: 'ready',
      says: prose`${ref} completed with ${image}`,
      evidence: { source: 'object', ref, at, text },
    };
  }
  const wanted = Number(recordAt(holder, 'spec')['replicas'] ?? 1);
  const counts = `${countReady(holder)} of ${Math.max(wanted, countReady(holder))}`;
  const text = untrusted(`revision ${revision}, ${counts} pods ready now: ${image}`);
  return {
    image,
    standing: 'ready',
    says: prose`${ref} (revision ${revision}) has ${counts} pods Ready now with ${image}`,
    evidence: { source: 'object', ref, at: cluster.now, text },
  };
}

function fromPod(pod: KubernetesObject, image: string): KnownReference {
  return {
    image,
    standing: 'ready',
    says: prose`${describeRef(refOf(pod))} of the same owner is Ready now with ${image}`,
    evidence: readyEvidence(pod, image),
  };
}

function readyEvidence(pod: KubernetesObject, image: string): Evidence {
  const at = parseTime(
    containerStatuses(pod).find((status) => status.image === image)?.state?.running?.startedAt,
  );
  return {
    source: 'pod-status',
    ref: describeRef(refOf(pod)),
    at: at ?? readySince(pod),
    text: untrusted(`Ready with ${image}`),
  };
}

function readySince(pod: KubernetesObject): number | null {
  const status = recordAt(pod, 'status');
  return parseTime(status['startTime']) ?? parseTime(pod.metadata.creationTimestamp);
}

function runsReady(pod: KubernetesObject, container: string): boolean {
  if (pod.metadata.deletionTimestamp !== undefined || !isReady(pod)) return false;
  return containersOf(podSpecOf(pod)).some((placed) => placed.container.name === container);
}

function readyImages(pod: KubernetesObject): readonly string[] {
  if (pod.metadata.deletionTimestamp !== undefined || !isReady(pod)) return [];
  return containersOf(podSpecOf(pod)).flatMap(({ container }) => container.image ?? []);
}

function newestFirst(a: KubernetesObject, b: KubernetesObject): number {
  return (parseTime(b.metadata.creationTimestamp) ?? 0) - (parseTime(a.metadata.creationTimestamp) ?? 0);
}
