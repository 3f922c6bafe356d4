import {
  describeRef,
  recordAt,
  refOf,
  sameObject,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import {
  controllerRevisionsOf,
  newestFirst,
  podMakersOf,
  revisionOf,
  templateKeptBy,
} from '../facts/revisions.ts';
import { describeTime } from '../kubernetes/durations.ts';
import { isReady, parseTime } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { RememberedTemplate } from '../model/remembered-template.ts';
import { prose, type Prose } from '../untrusted/prose.ts';

/** A pod template that a workload has or had, as the cluster keeps it, or as Faultline saw it when all pods were Ready with it. */
export interface KeptTemplate {
  /** The ReplicaSet, Job or ControllerRevision that keeps it, or a pod that was made from it. */
  readonly holder: KubernetesObject;
  /** An object in which the template stands where its kind has it, for `podSpecOf`. Of a pod without a recorded revision it is the pod, as admission made it. */
  readonly template: KubernetesObject;
  /** As `kubectl rollout history` counts; 0 where nothing counts. */
  readonly revision: number;
  /** Pods with it that are Ready now, or completions of a Job. */
  readonly ready: number;
  /** Milliseconds since the epoch: when the holder came, or the Job completed; of a holder that is gone, when it was last seen Ready. */
  readonly at: number | null;
  /** When Faultline last saw all pods Ready with it; left out where it has not, and where some are Ready now. */
  readonly wasReadyAt?: number;
}

/**
 * The templates that ReplicaSets, Jobs and ControllerRevisions of a workload keep, the newest first; one of them is the current one. Behind
 * them, those that the workload was Ready with while Faultline watched, and that nothing keeps any more.
 */
export function keptTemplates(cluster: ClusterState, workload: KubernetesObject): readonly KeptTemplate[] {
  const makers = podMakersOf(cluster, workload).map((holder) => ({
    holder,
    template: holder,
    revision: revisionOf(holder) ?? 0,
    ready: readyOf(holder),
    at: parseTime(recordAt(holder, 'status')['completionTime']) ?? madeAt(holder),
  }));
  const pods = readyPodsOf(cluster, workload);
  const revisions = controllerRevisionsOf(cluster, workload).map((holder) => ({
    holder,
    template: templateKeptBy(holder, workload.kind),
    revision: Number(holder['revision'] ?? 0),
    ready: pods.filter((pod) => revisionOfPod(cluster, workload, pod) === holder).length,
    at: madeAt(holder),
  }));
  return withRemembered([...makers, ...revisions], templatesRemembered(cluster, workload));
}

/** Each with the time when it was last seen Ready, and those of which nothing else is left. */
function withRemembered(
  kept: readonly KeptTemplate[],
  remembered: readonly RememberedTemplate[],
): readonly KeptTemplate[] {
  const isOf = ({ holder }: KeptTemplate, one: RememberedTemplate): boolean =>
    sameObject(refOf(holder), one.holder);
  return [
    ...kept.map((one): KeptTemplate => {
      const seen = one.ready > 0 ? undefined : remembered.find((known) => isOf(one, known));
      return seen ? { ...one, wasReadyAt: seen.at } : one;
    }),
    ...remembered
      .filter((known) => !kept.some((one) => isOf(one, known)))
      .map(({ holder, template, revision, at }): KeptTemplate => ({
        holder: goneObject(holder),
        template,
        revision,
        ready: 0,
        at,
        wasReadyAt: at,
      })),
  ];
}

/**
 * The newest template that `isOther` accepts and with which pods of the workload are Ready now, or a Job of it completed; else the one with
 * which all of them were Ready last, as Faultline saw it; null where neither is on record. `isOther` says what differs from the failing
 * one: an image, any field.
 */
export function lastReadyTemplate(
  cluster: ClusterState,
  workload: KubernetesObject,
  isOther: (template: KubernetesObject) => boolean,
): KeptTemplate | null {
  const kept = keptTemplates(cluster, workload);
  const made = kept.find(
    ({ holder, template, ready }) => holder.kind !== 'ControllerRevision' && ready > 0 && isOther(template),
  );
  return made ?? ofReadyPod(cluster, workload, isOther) ?? lastSeenReady(kept, isOther);
}

function ofReadyPod(
  cluster: ClusterState,
  workload: KubernetesObject,
  isOther: (template: KubernetesObject) => boolean,
): KeptTemplate | null {
  for (const pod of readyPodsOf(cluster, workload).toSorted(newestFirst)) {
    const revision = revisionOfPod(cluster, workload, pod);
    const template = revision ? templateKeptBy(revision, workload.kind) : pod;
    if (!isOther(template)) continue;
    return {
      holder: pod,
      template,
      revision: Number(revision?.['revision'] ?? 0),
      ready: 1,
      at: madeAt(pod),
    };
  }
  return null;
}

function lastSeenReady(
  kept: readonly KeptTemplate[],
  isOther: (template: KubernetesObject) => boolean,
): KeptTemplate | null {
  const [last] = kept
    .filter(({ template, wasReadyAt }) => wasReadyAt !== undefined && isOther(template))
    .toSorted((a, b) => b.wasReadyAt! - a.wasReadyAt!);
  return last ?? null;
}

/** False for what only Faultline saw, some time ago. */
export function isReadyNow({ ready }: KeptTemplate): boolean {
  return ready > 0;
}

/**
 * `ReplicaSet shop/cart-1 (revision 1) has 2 of 3 pods Ready now`, `Job shop/report-3 completed`, `Faultline saw all pods of ReplicaSet
 * shop/cart-1 (revision 1) Ready at 2026-03-01 10:00 UTC`.
 */
export function describeKept({ holder, revision, ready, wasReadyAt }: KeptTemplate): Prose {
  const ref = describeRef(refOf(holder));
  if (ready === 0 && wasReadyAt !== undefined)
    return prose`Faultline saw all pods of ${ref} (revision ${revision}) Ready at ${describeTime(wasReadyAt)}`;
  if (holder.kind === 'Pod') return prose`${ref} of the same owner is Ready now`;
  if (ready === 0) return prose`${ref} (revision ${revision}) has no Ready pods`;
  if (holder.kind === 'Job') return prose`${ref} completed`;
  const wanted = Number(recordAt(holder, 'spec')['replicas'] ?? 1);
  return prose`${ref} (revision ${revision}) has ${ready} of ${Math.max(wanted, ready)} pods Ready now`;
}

function templatesRemembered(
  { remembered }: ClusterState,
  { metadata: { uid } }: KubernetesObject,
): readonly RememberedTemplate[] {
  return (uid !== undefined && remembered?.templates(uid)) || [];
}

/** What is left of an object to name it by. */
function goneObject({ apiVersion, kind, namespace, name }: ObjectRef): KubernetesObject {
  return { apiVersion, kind, metadata: { name, ...(namespace !== null && { namespace }) } };
}

function readyPodsOf(cluster: ClusterState, workload: KubernetesObject): readonly KubernetesObject[] {
  return cluster
    .podsOf(refOf(workload))
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod));
}

/** The ControllerRevision that a pod's label names, by its name or by the hash at its end. */
function revisionOfPod(
  cluster: ClusterState,
  workload: KubernetesObject,
  pod: KubernetesObject,
): KubernetesObject | undefined {
  const hash = pod.metadata.labels?.['controller-revision-hash'];
  if (hash === undefined) return undefined;
  const { namespace, name } = refOf(workload);
  return (
    cluster.get('ControllerRevision', namespace, hash) ??
    cluster.get('ControllerRevision', namespace, `${name}-${hash}`)
  );
}

function readyOf(maker: KubernetesObject): number {
  const status = recordAt(maker, 'status');
  return Number((maker.kind === 'Job' ? status['succeeded'] : status['readyReplicas']) ?? 0);
}

function madeAt({ metadata }: KubernetesObject): number | null {
  return parseTime(metadata.creationTimestamp);
}
