import { derived } from '../facts/derived.ts';
import { imageIn } from '../facts/image-origin.ts';
import { canonicalRepository, parseImage, printImage, repositoryOf } from '../kubernetes/images.ts';
import { describeRef, recordAt, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { containersOf, containerStatuses, isReady, parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { FieldVersion } from '../model/need.ts';
import { plainText, prose, type Prose } from '../untrusted/prose.ts';
import { commitEvidence, describeCommit } from './commits.ts';
import {
  describeKept,
  isReadyNow,
  keptTemplates,
  lastReadyTemplate,
  type KeptTemplate,
} from './last-ready.ts';

/** A reference that a container had before, or has elsewhere. */
export interface KnownReference {
  readonly image: string;
  /** A clause: `ReplicaSet shop/cart-1 (revision 1) has 3 of 3 pods Ready now with …`. */
  readonly says: Prose;
  readonly evidence: Evidence;
  /** When Faultline last saw all pods Ready with it, where none is Ready now. */
  readonly wasReadyAt?: number;
}

/**
 * `ready`: pods with it are Ready now, or a Job with it completed. `was-ready`: Faultline saw all pods Ready with it. `deployed`: a template
 * had it. `committed`: git had it.
 */
export type Basis = 'ready' | 'was-ready' | 'deployed' | 'committed';

/** A container of a workload, and the reference that cannot be pulled. */
export interface FailingReference {
  readonly owner: KubernetesObject;
  readonly container: string;
  readonly image: string;
  readonly cluster: ClusterState;
}

/** The newest other reference with which the owner's pods are Ready now, or a Job of it completed; else the one with which all were Ready last. */
export function lastReadyReference(failing: FailingReference): KnownReference | null {
  const { owner, container, image, cluster } = failing;
  const kept = lastReadyTemplate(cluster, owner, (template) => {
    const other = imageIn(template, container);
    return other !== null && !sameReference(other, image);
  });
  return kept && fromKept(kept, failing);
}

/** What the container had before: what was Ready, else what a kept template of the same repository has, else what git had. */
export function formerReference(
  failing: FailingReference,
  history: readonly FieldVersion[] | null,
): (KnownReference & { readonly basis: Basis }) | null {
  const ready = lastReadyReference(failing);
  if (ready) return { ...ready, basis: ready.wasReadyAt === undefined ? 'ready' : 'was-ready' };
  const deployed = lastDeployed(failing);
  if (deployed) return { ...deployed, basis: 'deployed' };
  const committed = lastCommitted(failing.image, history);
  return committed && { ...committed, basis: 'committed' };
}

function lastDeployed({ owner, container, image, cluster }: FailingReference): KnownReference | null {
  for (const { holder, template, revision } of keptTemplates(cluster, owner)) {
    const former = imageIn(template, container);
    if (former === null || !isOtherOfRepository(former, image)) continue;
    const text = `revision ${revision}, no ready pods: ${container} has ${former}`;
    return {
      image: former,
      says: prose`${describeRef(refOf(holder))} (revision ${revision}) once had ${former}, but nothing recorded shows it Ready`,
      evidence: quoted('object', holder, parseTime(holder.metadata.creationTimestamp), text),
    };
  }
  return null;
}

/** The value that git had before, where nothing in the cluster tells. */
function lastCommitted(image: string, history: readonly FieldVersion[] | null): KnownReference | null {
  for (const { value, commit } of history?.slice(1) ?? []) {
    if (typeof value !== 'string' || !isOtherOfRepository(value, image)) continue;
    const says = prose`${value} was set in ${describeCommit(commit)}, but nothing recorded shows it Ready`;
    return { image: value, says, evidence: commitEvidence(commit, `image became ${value}`) };
  }
  return null;
}

/** A Ready pod that shows that the registry serves the repository to this cluster: in the owner's namespace, else elsewhere, where other credentials may be used. */
export function servedReference({
  owner,
  image,
  cluster,
}: FailingReference): (KnownReference & { readonly sameNamespace: boolean }) | null {
  const { namespace } = refOf(owner);
  const others = readyWithRepository(image, cluster).filter((ready) => !sameReference(ready.image, image));
  const found = others.find(({ pod }) => refOf(pod).namespace === namespace) ?? others[0];
  if (found === undefined) return null;
  const says = prose`${describeRef(refOf(found.pod))} is Ready now with ${found.image}`;
  const sameNamespace = refOf(found.pod).namespace === namespace;
  return { image: found.image, says, evidence: readyEvidence(found.pod, found.image), sameNamespace };
}

/** Who runs the very reference that cannot be pulled, ran it to completion, or was seen Ready with it: it existed once. */
export function readyWithIt(failing: FailingReference): KnownReference | null {
  const { owner, container, image, cluster } = failing;
  const found = readyWithRepository(image, cluster).find((ready) => sameReference(ready.image, image));
  if (found) {
    const says = prose`${describeRef(refOf(found.pod))} is Ready with the same ${image}`;
    return { image, says, evidence: readyEvidence(found.pod, found.image) };
  }
  const kept = keptTemplates(cluster, owner).find(
    ({ template, ready, wasReadyAt }) =>
      (ready > 0 || wasReadyAt !== undefined) && sameReference(imageIn(template, container) ?? '', image),
  );
  return kept ? fromKept(kept, failing) : null;
}

interface ReadyImage {
  readonly pod: KubernetesObject;
  readonly image: string;
}

function readyWithRepository(image: string, cluster: ClusterState): readonly ReadyImage[] {
  const repository = repositoryOf(image);
  return derived(cluster, `Ready pods with ${repository}`, (given) =>
    given
      .namespacesOf('Pod')
      .flatMap((namespace) => readyByRepository(given, namespace).get(repository) ?? []),
  );
}

/** Images of Ready pods by repository. */
function readyByRepository(
  cluster: ClusterState,
  namespace: string | null,
): ReadonlyMap<string, readonly ReadyImage[]> {
  return derived(cluster, `Ready pods of ${namespace ?? ''} by repository`, (given) => {
    const all = given.list('Pod', namespace).flatMap((pod): readonly ReadyImage[] => {
      if (pod.metadata.deletionTimestamp !== undefined || !isReady(pod)) return [];
      const images = containersOf(podSpecOf(pod)).flatMap(({ container }) => container.image ?? []);
      return images.map((ready) => ({ pod, image: ready }));
    });
    return Map.groupBy(all, (ready) => repositoryOf(ready.image));
  });
}

function isOtherOfRepository(image: string, failing: string): boolean {
  return !sameReference(image, failing) && repositoryOf(image) === repositoryOf(failing);
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

function fromKept(kept: KeptTemplate, { container, cluster }: FailingReference): KnownReference {
  const { holder, template, at, wasReadyAt } = kept;
  const image = imageIn(template, container) ?? '';
  const says = prose`${describeKept(kept)} with ${image}`;
  if (!isReadyNow(kept) && wasReadyAt !== undefined)
    return { image, says, evidence: quoted('object', holder, wasReadyAt, plainText(says)), wasReadyAt };
  const evidence =
    holder.kind === 'Pod'
      ? readyEvidence(holder, image)
      : quoted('object', holder, holder.kind === 'Job' ? at : cluster.now, plainText(says));
  return { image, says, evidence };
}

function readyEvidence(pod: KubernetesObject, image: string): Evidence {
  const running = containerStatuses(pod).find((status) => status.image === image)?.state?.running;
  const since = [running?.startedAt, recordAt(pod, 'status')['startTime'], pod.metadata.creationTimestamp];
  const at = since.map(parseTime).find((time) => time !== null) ?? null;
  return quoted('pod-status', pod, at, `Ready with ${image}`);
}
