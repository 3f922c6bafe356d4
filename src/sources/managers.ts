import {
  groupOf,
  type KubernetesObject,
  type ObjectRef,
  type OwnerReference,
  recordAt,
  recordsOf,
  refOf,
} from '../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';

/** What writes an object in place of a person. */
export type Managed =
  /** `object` is undefined where it was not recorded. */
  | {
      readonly kind: 'custom-resource';
      readonly ref: ObjectRef;
      readonly object: KubernetesObject | undefined;
    }
  | { readonly kind: 'cluster-service-version'; readonly ref: ObjectRef }
  | { readonly kind: 'helm-chart'; readonly ref: ObjectRef }
  | { readonly kind: 'scaled-object'; readonly ref: ObjectRef }
  /** `target` is the object that people edit and that the canary promotes. */
  | { readonly kind: 'flagger'; readonly canary: ObjectRef; readonly target: ObjectRef }
  /** Only of the template; everything else of a Rollout is its own. */
  | { readonly kind: 'rollout-workload-ref'; readonly target: ObjectRef };

const FLAGGER = 'flagger.app';

const OLM = 'operators.coreos.com';

const K3S_HELM = 'helm.cattle.io/v1';

export const KNATIVE = 'serving.knative.dev';

/** Kubernetes' own controllers and Argo's Rollout: what they make is their template, so they are what is edited. */
const WORKLOADS: Readonly<Record<string, string>> = {
  Deployment: 'apps',
  ReplicaSet: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  ReplicationController: '',
  Job: 'batch',
  CronJob: 'batch',
  Rollout: 'argoproj.io',
};

/** Null: nothing but its manifest decides about the object, as far as the cluster tells. */
export function managedBy(object: KubernetesObject, cluster: ClusterState): Managed | null {
  return (
    flaggerPrimary(object, cluster) ??
    serviceVersion(object) ??
    scaledObject(object) ??
    operatorOf(object, cluster) ??
    workloadReference(object) ??
    zalandoPostgres(object) ??
    helmChart(object, cluster)
  );
}

/**
 * Flagger sets itself as the owner of the copy. Where that got lost (a restored backup), the Service of the same name, which
 * Flagger owns too, still tells.
 */
function flaggerPrimary(object: KubernetesObject, cluster: ClusterState): Managed | null {
  const { apiVersion, kind, namespace, name } = refOf(object);
  const target = /^(.+)-primary$/.exec(name)?.[1];
  if (target === undefined || (kind !== 'Deployment' && kind !== 'DaemonSet')) return null;
  const service = cluster.get('Service', namespace, name);
  const canary = [object, service]
    .map((one) => one && ownerIn(one, FLAGGER))
    .find((one) => one?.kind === 'Canary');
  if (!canary) return null;
  return {
    kind: 'flagger',
    canary: refOfOwner(canary, namespace),
    target: { apiVersion, kind, namespace, name: target },
  };
}

function workloadReference(object: KubernetesObject): Managed | null {
  if (object.kind !== 'Rollout' || groupOf(object.apiVersion) !== 'argoproj.io') return null;
  const { apiVersion, kind, name } = recordAt(object, 'spec', 'workloadRef');
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return null;
  return {
    kind: 'rollout-workload-ref',
    target: { apiVersion, kind, namespace: object.metadata.namespace ?? null, name },
  };
}

/** OLM's owner reference is not always that of a controller, so its labels count as well. */
function serviceVersion(object: KubernetesObject): Managed | null {
  const { namespace = null, labels = {} } = object.metadata;
  const owner = ownerIn(object, OLM);
  if (owner?.kind === 'ClusterServiceVersion')
    return { kind: 'cluster-service-version', ref: refOfOwner(owner, namespace) };
  const name = labels['olm.owner'];
  if (labels['olm.owner.kind'] !== 'ClusterServiceVersion' || name === undefined) return null;
  const ref = {
    apiVersion: `${OLM}/v1alpha1`,
    kind: 'ClusterServiceVersion',
    namespace: labels['olm.owner.namespace'] ?? namespace,
    name,
  };
  return { kind: 'cluster-service-version', ref };
}

function scaledObject(object: KubernetesObject): Managed | null {
  if (object.kind !== 'HorizontalPodAutoscaler') return null;
  const { namespace = null, labels = {} } = object.metadata;
  const owner = ownerIn(object, 'keda.sh');
  if (owner?.kind === 'ScaledObject') return { kind: 'scaled-object', ref: refOfOwner(owner, namespace) };
  const name = labels['scaledobject.keda.sh/name'];
  if (name === undefined || labels['app.kubernetes.io/managed-by'] !== 'keda-operator') return null;
  return {
    kind: 'scaled-object',
    ref: { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', namespace, name },
  };
}

/** The topmost owner, where it is none of the workloads that only have a template. Flagger makes more than copies of workloads. */
function operatorOf(object: KubernetesObject, cluster: ClusterState): Managed | null {
  const canary = ownerIn(object, FLAGGER);
  if (canary)
    return {
      kind: 'custom-resource',
      ref: refOfOwner(canary, object.metadata.namespace ?? null),
      object: undefined,
    };
  const { ref, object: top, chain } = cluster.ownerOf(object);
  if (chain.length < 2 || groupOf(ref.apiVersion) === '' || isWorkload(ref)) return null;
  return { kind: 'custom-resource', ref, object: top };
}

function isWorkload({ apiVersion, kind }: ObjectRef): boolean {
  const group = Object.hasOwn(WORKLOADS, kind) ? WORKLOADS[kind] : undefined;
  return group !== undefined && group === groupOf(apiVersion);
}

/** Zalando's operator owns nothing unless told to; its labels name the cluster. */
function zalandoPostgres(object: KubernetesObject): Managed | null {
  const { namespace = null, labels = {} } = object.metadata;
  const name = labels['cluster-name'];
  if (object.kind !== 'StatefulSet' || labels['application'] !== 'spilo' || name === undefined) return null;
  const ref = { apiVersion: 'acid.zalan.do/v1', kind: 'postgresql', namespace, name };
  return { kind: 'custom-resource', ref, object: undefined };
}

/** The Job of the Helm controller says in its environment which release it installs where. */
function helmChart(
  { metadata: { annotations = {} } }: KubernetesObject,
  cluster: ClusterState,
): Managed | null {
  const release = annotations['meta.helm.sh/release-name'];
  const target = annotations['meta.helm.sh/release-namespace'];
  if (release === undefined || target === undefined) return null;
  const job = cluster.list('Job').find((one) => {
    const isOfRelease = one.metadata.labels?.['helmcharts.helm.cattle.io/chart'] === release;
    const environment = containersOf(podSpecOf(one)).flatMap(({ container }) => recordsOf(container.env));
    return (
      isOfRelease && environment.some(({ name, value }) => name === 'TARGET_NAMESPACE' && value === target)
    );
  });
  if (!job) return null;
  const namespace = job.metadata.namespace ?? null;
  return { kind: 'helm-chart', ref: { apiVersion: K3S_HELM, kind: 'HelmChart', namespace, name: release } };
}

function ownerIn({ metadata }: KubernetesObject, group: string): OwnerReference | undefined {
  return recordsOf(metadata.ownerReferences).find(({ apiVersion }) => groupOf(String(apiVersion)) === group);
}

function refOfOwner({ apiVersion, kind, name }: OwnerReference, namespace: string | null): ObjectRef {
  return { apiVersion, kind, namespace, name };
}
