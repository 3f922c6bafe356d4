import { isDeepStrictEqual } from 'node:util';
import type { ClusterState } from '../model/cluster-state.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { recordAt, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { controllerRevisionsOf, podMakersOf, revisionOf } from './revisions.ts';
import { containersOf, podSpecOf, podSpecPath, type Container } from '../kubernetes/workloads.ts';

/** Whether a pod was made from the template that its workload has now. */
export type TemplateAge = 'current' | 'outdated' | 'unknown';

/**
 * Tells whether a pod carries the current template of the workload above it, the way each controller records it itself:
 *
 * - Deployment: the pod's ReplicaSet is the current one;
 * - Rollout: `status.currentPodHash` is the pod's `rollouts-pod-template-hash`, also where its template is a Deployment's;
 * - StatefulSet: `status.updateRevision` is the pod's `controller-revision-hash`;
 * - DaemonSet: so is the name of its newest ControllerRevision;
 * - Job: its template cannot change. A CronJob's can, so its pods are compared with it.
 *
 * Where that is not recorded, or the controller has not seen the newest template yet, pod and template are compared.
 * A pod on its own is current; one of a workload that is not known is unknown.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/ (the page of each), and the constants
 * `ControllerRevisionHashLabelKey` and `DefaultDeploymentUniqueLabelKey` of k8s.io/api/apps/v1.
 */
export function carriesCurrentTemplate(cluster: ClusterState, pod: KubernetesObject): TemplateAge {
  const owner = cluster.ownerOf(pod);
  const makers = owner.chain.slice(1);
  if (makers.length === 0) return 'current';
  const top = makers.findLast(({ kind }) => podSpecPath(kind) !== null);
  if (top === undefined) return 'unknown';
  const workload = top === owner.ref ? owner.object : cluster.get(top.kind, top.namespace, top.name);
  if (workload === undefined) return 'unknown';
  const rollout = makers.find((maker) => maker.kind === 'Rollout' && maker !== top);
  if (rollout) return referencedAge(cluster, pod, workload, rollout);
  const { kind, namespace, name } = makers[0]!;
  return (
    recordedAge(cluster, pod, workload, cluster.get(kind, namespace, name)) ?? comparedAge(pod, workload)
  );
}

/** Of a Rollout that takes its template from `workload`: Argo Rollouts records which generation of that it has seen. */
function referencedAge(
  cluster: ClusterState,
  pod: KubernetesObject,
  workload: KubernetesObject,
  { kind, namespace, name }: ObjectRef,
): TemplateAge {
  const rollout = cluster.get(kind, namespace, name);
  const seen = Number(recordAt(rollout, 'status')['workloadObservedGeneration']);
  const hasSeenAll = seen === Number(workload.metadata['generation']);
  const age = rollout && hasSeenAll ? recordedAge(cluster, pod, rollout, undefined) : null;
  return age ?? comparedAge(pod, workload);
}

/** What the controller itself has recorded; null when that does not tell. */
function recordedAge(
  cluster: ClusterState,
  pod: KubernetesObject,
  workload: KubernetesObject,
  maker: KubernetesObject | undefined,
): TemplateAge | null {
  if (workload.kind === 'Job') return 'current';
  if (workload.kind === 'Deployment') {
    if (maker === undefined) return null;
    return currentReplicaSet(cluster, workload) === maker ? 'current' : 'outdated';
  }
  if (isBehind(workload)) return null;
  const labels = pod.metadata.labels ?? {};
  switch (workload.kind) {
    case 'Rollout':
      return equalAge(labels['rollouts-pod-template-hash'], recordAt(workload, 'status')['currentPodHash']);
    case 'StatefulSet':
      return equalAge(labels['controller-revision-hash'], recordAt(workload, 'status')['updateRevision']);
    case 'DaemonSet':
      return (
        equalAge(
          labels['controller-revision-hash'],
          controllerRevisionsOf(cluster, workload)[0]?.metadata.labels?.['controller-revision-hash'],
        ) ??
        equalAge(
          labels['pod-template-generation'],
          workload.metadata.annotations?.['deprecated.daemonset.template.generation'],
        )
      );
    default:
      return null;
  }
}

function equalAge(carried: unknown, current: unknown): TemplateAge | null {
  if (typeof carried !== 'string' || typeof current !== 'string') return null;
  return carried === current ? 'current' : 'outdated';
}

/**
 * The ReplicaSet that a Deployment rolls out to now: the one with its template, the `pod-template-hash` label aside, else
 * the one with its revision. Undefined while the controller has not made it yet.
 * Source: `FindNewReplicaSet` in k8s.io/kubernetes/pkg/controller/deployment/util.
 */
export function currentReplicaSet(
  cluster: ClusterState,
  deployment: KubernetesObject,
): KubernetesObject | undefined {
  const owned = podMakersOf(cluster, deployment);
  const revision = revisionOf(deployment);
  const ofRevision = owned.find((replicaSet) => revision !== null && revisionOf(replicaSet) === revision);
  const template = templateOf(deployment);
  const equal = owned.filter((replicaSet) => isDeepStrictEqual(templateOf(replicaSet), template));
  if (equal.length > 0) return ofRevision && equal.includes(ofRevision) ? ofRevision : equal[0];
  return isBehind(deployment) ? undefined : (ofRevision ?? owned[0]);
}

/** True while the controller has not observed the newest generation of the object. Argo Rollouts writes the number as text. */
export function isBehind(workload: KubernetesObject): boolean {
  const generation = Number(workload.metadata['generation']);
  const observed = Number(recordAt(workload, 'status')['observedGeneration']);
  return Number.isInteger(generation) && Number.isInteger(observed) && observed < generation;
}

/** The pod template without the label that the controller adds. */
function templateOf(object: KubernetesObject): unknown {
  const template = recordAt(object, 'spec', 'template');
  const { creationTimestamp: _, ...metadata } = recordAt(template, 'metadata');
  const { 'pod-template-hash': __, ...labels } = recordAt(metadata, 'labels');
  return { ...template, metadata: { ...metadata, labels } };
}

/**
 * Compares what was asked for with what runs. Admission may add to a pod, so only what the template says counts; and it may
 * change resources (a VerticalPodAutoscaler does), so these alone prove nothing.
 */
function comparedAge(pod: KubernetesObject, workload: KubernetesObject): TemplateAge {
  const template = podSpecOf(workload);
  const running = podSpecOf(pod);
  if (template === undefined || running === undefined) return 'unknown';
  const containers = new Map(containersOf(running).map(({ container }) => [container.name, container]));
  const volumes = new Map((running.volumes ?? []).map((volume) => [volume.name, volume]));
  const wanted = containersOf(template).map(({ container }) => container);
  const isSame =
    wanted.every((container) => runsAs(containers.get(container.name), container)) &&
    (template.volumes ?? []).every((volume) => sameValue(['volumes'], volumes.get(volume.name), volume));
  if (!isSame) return 'outdated';
  const hasResources = wanted.every(({ name, resources }) =>
    sameValue(['resources'], containers.get(name)?.resources, resources),
  );
  return hasResources ? 'current' : 'unknown';
}

function runsAs(running: Container | undefined, wanted: Container): boolean {
  if (running === undefined || running.image !== wanted.image) return false;
  const env = new Map((running.env ?? []).map((variable) => [variable.name, variable]));
  return (
    sameValue(['command'], running.command, wanted.command) &&
    sameValue(['args'], running.args, wanted.args) &&
    sameValue(['envFrom'], running.envFrom, wanted.envFrom) &&
    (wanted.env ?? []).every((variable) => sameValue(['env'], env.get(variable.name), variable))
  );
}
