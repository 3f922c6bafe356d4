import { isRecord, recordAt, recordsOf, type KubernetesObject } from './objects.ts';

/** The parts of a pod's spec that rules read. Everything is optional: objects come from outside. */
export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly nodeName?: string;
  readonly serviceAccountName?: string;
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly [field: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly EnvFrom[];
  readonly resources?: {
    readonly limits?: Readonly<Record<string, unknown>>;
    readonly requests?: Readonly<Record<string, unknown>>;
  };
  readonly restartPolicy?: string;
  readonly imagePullPolicy?: string;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly [field: string]: unknown;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: unknown;
  readonly valueFrom?: { readonly configMapKeyRef?: KeyRef; readonly secretKeyRef?: KeyRef };
}

export interface KeyRef {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

export interface EnvFrom {
  readonly prefix?: string;
  readonly configMapRef?: { readonly name?: string; readonly optional?: boolean };
  readonly secretRef?: { readonly name?: string; readonly optional?: boolean };
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface KeyToPath {
  readonly key?: string;
  readonly path?: string;
}

export interface Volume {
  readonly name: string;
  readonly configMap?: {
    readonly name?: string;
    readonly optional?: boolean;
    readonly items?: readonly KeyToPath[];
  };
  readonly secret?: {
    readonly secretName?: string;
    readonly optional?: boolean;
    readonly items?: readonly KeyToPath[];
  };
  readonly projected?: { readonly sources?: readonly ProjectedSource[] };
  readonly [field: string]: unknown;
}

export interface ProjectedSource {
  readonly configMap?: {
    readonly name?: string;
    readonly optional?: boolean;
    readonly items?: readonly KeyToPath[];
  };
  readonly secret?: {
    readonly name?: string;
    readonly optional?: boolean;
    readonly items?: readonly KeyToPath[];
  };
  readonly [field: string]: unknown;
}

export interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly imageID?: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly exitCode?: number;
    readonly signal?: number;
    readonly reason?: string;
    readonly message?: string;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  /** Of a Deployment: when it was last written, although it says the same. */
  readonly lastUpdateTime?: string;
}

/** Where the pod spec of a kind lies, as a field path; null for kinds that make no pods. */
export function podSpecPath(kind: string): string | null {
  switch (kind) {
    case 'Pod':
      return 'spec';
    case 'CronJob':
      return 'spec.jobTemplate.spec.template.spec';
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'Job':
    case 'Rollout':
      return 'spec.template.spec';
    default:
      return null;
  }
}

/** Where the pod template of a kind lies; null for kinds without one. A pod is its own. */
export function podTemplatePath(kind: string): string | null {
  const path = podSpecPath(kind);
  return path === null || path === 'spec' ? null : path.slice(0, -'.spec'.length);
}

export function podSpecOf(object: KubernetesObject): PodSpec | undefined {
  const path = podSpecPath(object.kind);
  if (path === null) return undefined;
  let here: unknown = object;
  for (const segment of path.split('.')) here = isRecord(here) ? here[segment] : undefined;
  return isRecord(here) ? (here as PodSpec) : undefined;
}

/** A container of a pod spec with its place. A sidecar is an init container with `restartPolicy: Always`. */
export interface PlacedContainer {
  readonly container: Container;
  readonly role: 'container' | 'init' | 'sidecar';
  readonly list: 'containers' | 'initContainers';
}

export function containersOf(spec: PodSpec | undefined): readonly PlacedContainer[] {
  const init = (spec?.initContainers ?? []).map((container): PlacedContainer => ({
    container,
    role: container.restartPolicy === 'Always' ? 'sidecar' : 'init',
    list: 'initContainers',
  }));
  const regular = (spec?.containers ?? []).map((container): PlacedContainer => ({
    container,
    role: 'container',
    list: 'containers',
  }));
  return [...init, ...regular];
}

/** The container's path in the object: `spec.template.spec.containers[name=server]`; null for kinds without pods. */
export function containerPath(kind: string, placed: PlacedContainer): string | null {
  const base = podSpecPath(kind);
  return base === null ? null : `${base}.${placed.list}[name=${placed.container.name}]`;
}

interface PodStatus {
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** Statuses of a pod's init, sidecar and regular containers, in that order. */
export function containerStatuses(pod: KubernetesObject): readonly ContainerStatus[] {
  const { initContainerStatuses, containerStatuses } = recordAt(pod, 'status') as PodStatus;
  return [...recordsOf(initContainerStatuses), ...recordsOf(containerStatuses)];
}

export function conditionsOf(object: KubernetesObject): readonly Condition[] {
  const { conditions } = recordAt(object, 'status') as { readonly conditions?: readonly Condition[] };
  return recordsOf(conditions);
}

export function isReady(pod: KubernetesObject): boolean {
  return conditionsOf(pod).some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** Milliseconds since the epoch, or null for what is no time. */
export function parseTime(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
