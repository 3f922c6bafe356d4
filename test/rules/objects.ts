import {
  podSpecOf,
  podSpecPath,
  type Container,
  type ContainerStatus,
  type PodSpec,
} from '../../src/kubernetes/workloads.ts';
import { isRecord, type KubernetesObject, type OwnerReference } from '../../src/kubernetes/objects.ts';

/** Builders for the objects of a made-up shop. Everything is in namespace `shop` and was made at {@link MADE} unless told otherwise. */
export const MADE = '2026-03-02T08:00:00Z';

type Fields = Readonly<Record<string, unknown>>;

export interface Details {
  readonly namespace?: string;
  readonly made?: string;
  readonly deleted?: string;
  readonly owner?: KubernetesObject;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields of the spec beside the template. */
  readonly spec?: Fields;
  readonly status?: Fields;
}

/** Any namespaced object; `fields` are its top-level fields. Its uid is made of its kind, namespace and name. */
export function object(
  apiVersion: string,
  kind: string,
  name: string,
  fields: Fields = {},
  details: Details = {},
): KubernetesObject {
  const namespace = details.namespace ?? details.owner?.metadata.namespace ?? 'shop';
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid: `${kind}-${namespace}-${name}`.toLowerCase(),
      creationTimestamp: details.made ?? MADE,
      ...(details.deleted && { deletionTimestamp: details.deleted }),
      ...(details.labels && { labels: details.labels }),
      ...(details.annotations && { annotations: details.annotations }),
      ...(details.owner && { ownerReferences: [reference(details.owner)] }),
    },
    ...fields,
  };
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  CronJob: 'batch/v1',
  Job: 'batch/v1',
  Rollout: 'argoproj.io/v1alpha1',
};

/** A Deployment, StatefulSet, DaemonSet, Job, CronJob or Rollout whose pods have this spec. */
export function workload(
  kind: string,
  name: string,
  podSpec: PodSpec,
  details: Details = {},
): KubernetesObject {
  const labels = { app: name };
  const template = { metadata: { labels: { ...labels, ...details.labels } }, spec: podSpec };
  const job = podSpecPath(kind) === 'spec.jobTemplate.spec.template.spec';
  const spec = job
    ? { schedule: '0 3 * * *', jobTemplate: { spec: { template } }, ...details.spec }
    : { replicas: 3, selector: { matchLabels: labels }, template, ...details.spec };
  return object(
    API_VERSIONS[kind] ?? 'apps/v1',
    kind,
    name,
    { spec, status: details.status ?? {} },
    { labels, ...details },
  );
}

export function deployment(name: string, podSpec: PodSpec, details: Details = {}): KubernetesObject {
  return workload('Deployment', name, podSpec, {
    ...details,
    annotations: { 'deployment.kubernetes.io/revision': '2', ...details.annotations },
  });
}

export interface ReplicaSetDetails extends Details {
  /** The Deployment's revision that this ReplicaSet is. */
  readonly revision: number;
  readonly replicas?: number;
  /** Pods that are Ready now. */
  readonly ready?: number;
}

/** A ReplicaSet of a Deployment (or Rollout), named `<owner>-<hash>`. */
export function replicaSet(
  owner: KubernetesObject,
  hash: string,
  podSpec: PodSpec,
  details: ReplicaSetDetails,
): KubernetesObject {
  const replicas = details.replicas ?? details.ready ?? 0;
  return workload('ReplicaSet', `${owner.metadata.name}-${hash}`, podSpec, {
    owner,
    labels: { app: owner.metadata.name, 'pod-template-hash': hash },
    annotations: { 'deployment.kubernetes.io/revision': String(details.revision) },
    spec: { replicas },
    status: { replicas, readyReplicas: details.ready ?? 0 },
    ...details,
  });
}

export interface PodDetails extends Details {
  /** Statuses of regular containers. */
  readonly containers?: readonly ContainerStatus[];
  readonly initContainers?: readonly ContainerStatus[];
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly ready?: boolean;
  readonly node?: string;
  /** Instead of the spec that the owner's template has. */
  readonly podSpec?: PodSpec;
}

/** A pod `<owner>-<suffix>` made from its owner's template; a bare pod `<suffix>` without an owner. */
export function pod(
  owner: KubernetesObject | null,
  suffix: string,
  details: PodDetails = {},
): KubernetesObject {
  const template =
    isRecord(owner?.['spec']) && isRecord(owner['spec']['template']) ? owner['spec']['template'] : {};
  const templateLabels = isRecord(template['metadata'])
    ? (template['metadata']['labels'] as Record<string, string>)
    : {};
  const podSpec = details.podSpec ?? (owner ? podSpecOf(owner) : undefined) ?? { containers: [] };
  const ready = details.ready ?? false;
  return object(
    'v1',
    'Pod',
    owner ? `${owner.metadata.name}-${suffix}` : suffix,
    {
      spec: { nodeName: details.node ?? 'node-a', ...podSpec },
      status: {
        phase: details.phase ?? (ready ? 'Running' : 'Pending'),
        startTime: details.made ?? MADE,
        conditions: [
          { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: details.made ?? MADE },
        ],
        ...(details.initContainers && { initContainerStatuses: details.initContainers }),
        containerStatuses: details.containers ?? [],
        ...details.status,
      },
    },
    { ...(owner && { owner }), ...details, labels: { ...templateLabels, ...details.labels } },
  );
}

/** A node, which has no namespace. */
export function node(name: string, status: Fields): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name, creationTimestamp: MADE }, status };
}

/** `count` Ready pods of an owner whose regular containers all run. */
export function readyPods(
  owner: KubernetesObject,
  count: number,
  details: PodDetails = {},
): readonly KubernetesObject[] {
  const containers = (podSpecOf(owner)?.containers ?? []).map((container) => running(container));
  return Array.from({ length: count }, (_, index) =>
    pod(owner, `ready${index}`, { ready: true, containers, ...details }),
  );
}

export function waiting(
  container: Pick<Container, 'name' | 'image'>,
  reason: string,
  message?: string,
): ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason, ...(message !== undefined && { message }) } },
    lastState: {},
  };
}

export function running(
  container: Pick<Container, 'name' | 'image'>,
  fields: Partial<ContainerStatus> = {},
): ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: `${container.image ?? ''}@sha256:${'0'.repeat(64)}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: MADE } },
    lastState: {},
    ...fields,
  };
}

export interface EventDetails {
  readonly reason: string;
  readonly message: string;
  readonly container?: string;
  /** `initContainers` for init containers and sidecars. */
  readonly list?: 'containers' | 'initContainers';
  readonly type?: 'Normal' | 'Warning';
  readonly count?: number;
  readonly first?: string;
  readonly last?: string;
}

/** An event about an object, from {@link MADE} on unless told otherwise. */
export function event(about: KubernetesObject, details: EventDetails): KubernetesObject {
  const first = details.first ?? MADE;
  const last = details.last ?? first;
  const { namespace, name, uid } = about.metadata;
  return object(
    'v1',
    'Event',
    `${name}.${hash(`${details.reason}${details.message}${first}`)}`,
    {
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        namespace,
        name,
        uid,
        ...(details.container && { fieldPath: `spec.${details.list ?? 'containers'}{${details.container}}` }),
      },
      reason: details.reason,
      message: details.message,
      type: details.type ?? 'Warning',
      count: details.count ?? 1,
      firstTimestamp: first,
      lastTimestamp: last,
      source: { component: 'kubelet' },
    },
    { ...(namespace !== undefined && { namespace }), made: first },
  );
}

function reference({ apiVersion, kind, metadata }: KubernetesObject): OwnerReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    controller: true,
  };
}

function hash(text: string): string {
  let sum = 7;
  for (const character of text) sum = (sum * 31 + character.charCodeAt(0)) % 0xffffffff;
  return sum.toString(16);
}
