import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import { objectKey, recordAt, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import {
  containerPath,
  containersOf,
  containerStatuses,
  podSpecOf,
  type ContainerStatus,
  type PlacedContainer,
} from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Blame } from '../model/finding.ts';
import { type Change, changeOf } from '../model/change.ts';
import { derived } from './derived.ts';
import { terminationsOf, type Termination } from './terminations.ts';

/** A workload as the topmost owner of its pods: a Deployment, a CronJob, an operator's resource, a pod of its own. */
export interface WorkloadFacts {
  readonly cluster: ClusterState;
  readonly ref: ObjectRef;
  /** Undefined where an owner reference names something that was not recorded. */
  readonly object: ClusterObject | undefined;
  /** What makes its pods: ReplicaSets, Jobs, the workload itself. */
  readonly makers: readonly ClusterObject[];
  readonly pods: readonly ClusterObject[];
  /** The pods that should run: none that has finished or is being deleted, and none where the workload is being deleted. */
  readonly activePods: readonly ClusterObject[];
}

/** A container of a workload, in all pods that have it. */
export interface ContainerFacts {
  readonly cluster: ClusterState;
  readonly workload: WorkloadFacts;
  readonly name: string;
  readonly instances: readonly ContainerInstance[];
  /** The container in the workload's template as it is now; undefined where something else added it to the pods. */
  readonly placed: PlacedContainer | undefined;
  /** `spec.template.spec.containers[name=server]`; null where the template has no such container. */
  readonly path: string | null;
  /** Where the template says it, for `blames`: `field('readinessProbe.httpGet.port')`; nothing where the template has no such container. */
  field(name: string): readonly Blame[];
  /** What the template has there; undefined where it has nothing. */
  value(name: string): unknown;
  /** The change of a scalar of the template to another value; none where the template has no such container, or a map or list there. */
  change(name: string, after: Scalar): readonly Change[];
}

/** A container of one pod. */
export interface ContainerInstance {
  readonly pod: ClusterObject;
  readonly placed: PlacedContainer;
  /** Undefined before the kubelet has reported one. */
  readonly status: ContainerStatus | undefined;
  /** Newest first. */
  readonly terminations: readonly Termination[];
}

/** An object of the kind that a rule asked for. */
export interface ObjectFacts {
  readonly cluster: ClusterState;
  readonly object: ClusterObject;
}

/** Kinds that make pods. */
const MAKERS = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job', 'Rollout'];

/** The workloads, namespace by namespace. What owns pods in several namespaces is one workload. */
export function workloadsIn(cluster: ClusterState): readonly WorkloadFacts[] {
  return derived(cluster, 'workloads', (given) => {
    const found = new Map<string, WorkloadFacts>();
    for (const namespace of namespacesWithWorkloads(given))
      for (const workload of workloadsOf(given, namespace)) {
        const key = objectKey(workload.ref);
        const known = found.get(key);
        found.set(key, known ? together(known, workload) : workload);
      }
    return [...found.values()];
  });
}

/** Where pods are, and what makes them. */
export function namespacesWithWorkloads(cluster: ClusterState): readonly (string | null)[] {
  const all = new Set(['Pod', ...MAKERS].flatMap((kind) => cluster.namespacesOf(kind)));
  return [...all].toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
}

/** The workloads of a namespace, with what they have there: what pods belong to, in the order of the pods, then those that have none. */
export function workloadsOf(cluster: ClusterState, namespace: string | null): readonly WorkloadFacts[] {
  return derived(cluster, `workloads of ${namespace ?? ''}`, (given) => {
    const found = new Map<string, Mutable>();
    for (const pod of given.list('Pod', namespace)) {
      const workload = workloadOf(given, pod, found);
      workload.pods.push(pod);
      if (!isDone(pod) && !isBeingDeleted(workload.object)) workload.activePods.push(pod);
    }
    for (const kind of MAKERS)
      for (const maker of given.list(kind, namespace)) workloadOf(given, maker, found).makers.push(maker);
    return [...found.values()];
  });
}

function together(one: WorkloadFacts, other: WorkloadFacts): WorkloadFacts {
  return {
    ...one,
    makers: [...one.makers, ...other.makers],
    pods: [...one.pods, ...other.pods],
    activePods: [...one.activePods, ...other.activePods],
  };
}

interface Mutable extends WorkloadFacts {
  readonly makers: ClusterObject[];
  readonly pods: ClusterObject[];
  readonly activePods: ClusterObject[];
}

function workloadOf(cluster: ClusterState, part: ClusterObject, found: Map<string, Mutable>): Mutable {
  const { ref, object } = cluster.ownerOf(part);
  const key = objectKey(ref);
  const known = found.get(key);
  if (known) return known;
  const workload = { cluster, ref, object, makers: [], pods: [], activePods: [] };
  found.set(key, workload);
  return workload;
}

function isDone(pod: ClusterObject): boolean {
  const { phase } = recordAt(pod, 'status');
  return phase === 'Succeeded' || phase === 'Failed' || isBeingDeleted(pod);
}

export function isBeingDeleted(object: ClusterObject | undefined): boolean {
  return object?.metadata.deletionTimestamp !== undefined;
}

const containers = new WeakMap<WorkloadFacts, readonly ContainerFacts[]>();

/** The containers of a workload by name, in the order in which its pods list them. */
export function containersIn(workload: WorkloadFacts): readonly ContainerFacts[] {
  const cached = containers.get(workload);
  if (cached) return cached;
  const byName = new Map<string, ContainerInstance[]>();
  for (const pod of workload.pods) {
    const statuses = new Map(containerStatuses(pod).map((status) => [status.name, status]));
    for (const placed of containersOf(podSpecOf(pod))) {
      const { name } = placed.container;
      const instances = byName.get(name);
      const status = statuses.get(name);
      const instance = { pod, placed, status, terminations: terminationsOf(status) };
      if (instances) instances.push(instance);
      else byName.set(name, [instance]);
    }
  }
  const { cluster, object, ref } = workload;
  const template = containersOf(object && podSpecOf(object));
  const found = [...byName].map(([name, instances]): ContainerFacts => {
    const placed = template.find(({ container }) => container.name === name);
    const path = object && placed ? containerPath(object.kind, placed) : null;
    return { cluster, workload, name, instances, placed, path, ...fieldsAt(path, ref, object) };
  });
  containers.set(workload, found);
  return found;
}

/** Objects of one kind. */
export function objectsOf(kind: string, cluster: ClusterState): readonly ObjectFacts[] {
  return cluster.list(kind).map((object) => ({ cluster, object }));
}

function fieldsAt(
  path: string | null,
  ref: ObjectRef,
  object: ClusterObject | undefined,
): Pick<ContainerFacts, 'field' | 'value' | 'change'> {
  const field = (name: string) => (path === null ? [] : [{ object: ref, field: `${path}.${name}` }]);
  const value = (name: string): unknown =>
    path === null || object === undefined ? undefined : fieldOf(object, `${path}.${name}`)?.value;
  return {
    field,
    value,
    change: (name, after) => {
      const before = value(name) ?? null;
      return isScalarValue(before)
        ? field(name).map((at) => changeOf(at.object, at.field, before, after))
        : [];
    },
  };
}
