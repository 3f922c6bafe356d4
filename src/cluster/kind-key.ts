import { groupOf } from '../kubernetes/objects.ts';

/**
 * Built-in kinds with the groups that serve them. A kind of another group that borrows one of these names is indexed as
 * kubectl writes it, `Service.serving.knative.dev`, so that nobody takes it for the built-in one.
 */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  Pod: [''],
  Service: [''],
  Endpoints: [''],
  ConfigMap: [''],
  Secret: [''],
  Node: [''],
  Namespace: [''],
  ServiceAccount: [''],
  ResourceQuota: [''],
  LimitRange: [''],
  PersistentVolume: [''],
  PersistentVolumeClaim: [''],
  ReplicationController: [''],
  Event: ['', 'events.k8s.io'],
  Deployment: ['apps', 'extensions'],
  ReplicaSet: ['apps', 'extensions'],
  DaemonSet: ['apps', 'extensions'],
  StatefulSet: ['apps'],
  ControllerRevision: ['apps'],
  Job: ['batch'],
  CronJob: ['batch'],
  HorizontalPodAutoscaler: ['autoscaling', 'extensions'],
  Ingress: ['networking.k8s.io', 'extensions'],
  NetworkPolicy: ['networking.k8s.io', 'extensions'],
  EndpointSlice: ['discovery.k8s.io'],
  PodDisruptionBudget: ['policy'],
  StorageClass: ['storage.k8s.io'],
};

/** `Deployment` for the built-in kind and for kinds of a name that Kubernetes does not have, else `Service.serving.knative.dev`. */
export function kindKey(apiVersion: string, kind: string): string {
  const group = groupOf(apiVersion);
  const groups = Object.hasOwn(BUILT_IN, kind) ? BUILT_IN[kind] : undefined;
  return groups === undefined || groups.includes(group) || group === '' ? kind : `${kind}.${group}`;
}

/** True for an object of Kubernetes itself, whatever version of it. */
export function isBuiltIn(apiVersion: string, kind: string): boolean {
  return Object.hasOwn(BUILT_IN, kind) && kindKey(apiVersion, kind) === kind;
}
