import { objectKey, type ObjectRef } from '../kubernetes/objects.ts';
import {
  containerPath,
  containersOf,
  containerStatuses,
  podSpecOf,
  type ContainerStatus,
  type PlacedContainer,
} from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { terminationsOf, type Termination } from './terminations.ts';

/** A workload as the topmost owner of its pods: a Deployment, a CronJob, an operator's resource, a pod of its own. */
export interface WorkloadFacts {
  readonly cluster: ClusterState;
  readonly ref: ObjectRef;
  /** Undefined where an owner reference names something that was not recorded. */
  readonly object: ClusterObject | undefined;
  readonly pods: readonly ClusterObject[];
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

const known = new WeakMap<ClusterState, readonly WorkloadFacts[]>();

/** The workloads that have pods, in the order of their pods. One state is looked through once. */
export function workloadsIn(cluster: ClusterState): readonly WorkloadFacts[] {
  const cached = known.get(cluster);
  if (cached) return cached;
  const found = new Map<
    string,
    { ref: ObjectRef; object: ClusterObject | undefined; pods: ClusterObject[] }
  >();
  for (const pod of cluster.list('Pod')) {
    const { ref, object } = cluster.ownerOf(pod);
    const key = objectKey(ref);
    const workload = found.get(key);
    if (workload) workload.pods.push(pod);
    else found.set(key, { ref, object, pods: [pod] });
  }
  const workloads = [...found.values()].map((workload) => ({ cluster, ...workload }));
  known.set(cluster, workloads);
  return workloads;
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
  const { cluster, object } = workload;
  const template = containersOf(object && podSpecOf(object));
  const found = [...byName].map(([name, instances]): ContainerFacts => {
    const placed = template.find(({ container }) => container.name === name);
    const path = object && placed ? containerPath(object.kind, placed) : null;
    return { cluster, workload, name, instances, placed, path };
  });
  containers.set(workload, found);
  return found;
}

/** Objects of one kind. */
export function objectsOf(kind: string, cluster: ClusterState): readonly ObjectFacts[] {
  return cluster.list(kind).map((object) => ({ cluster, object }));
}
