/**
 * Who else writes a live object, and where the same field is to be changed instead.
 *
 * - An operator makes workloads from a custom resource and owns them (`metadata.ownerReferences`); its next reconciliation undoes
 *   what anybody else writes (https://kubernetes.io/docs/concepts/extend-kubernetes/operator/).
 * - Flagger copies a Deployment or DaemonSet to `<name>-primary`, which is promoted from its target
 *   (https://docs.flagger.app/usage/how-it-works#canary-target).
 * - An Argo Rollout with `workloadRef` has no template of its own
 *   (https://argo-rollouts.readthedocs.io/en/stable/migrating/#reference-deployment-from-rollout).
 * - KEDA makes `keda-hpa-<name>` from a ScaledObject (https://keda.sh/docs/latest/reference/scaledobject-spec/).
 * - OLM installs Deployments from a ClusterServiceVersion
 *   (https://olm.operatorframework.io/docs/concepts/crds/clusterserviceversion/).
 * - The Helm controller of k3s and RKE2 installs releases from a HelmChart, in a Job that carries the chart's name
 *   (https://docs.k3s.io/helm).
 */
import type { Change } from '../model/change.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import {
  getField,
  parseFieldPath,
  printFieldPath,
  type FieldPath,
  type FieldSegment,
  fieldNamed,
} from '../kubernetes/field-path.ts';
import {
  describeRef,
  groupOf,
  recordAt,
  recordsOf,
  refOf,
  sameObject,
  type KubernetesObject,
  type ObjectRef,
  type OwnerReference,
} from '../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../kubernetes/workloads.ts';
import { declined, type Declined } from '../model/declined.ts';

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

export type Redirect =
  | { readonly kind: 'same' }
  | { readonly kind: 'instead'; readonly object: ObjectRef; readonly field: string }
  | Declined;

const FLAGGER = 'flagger.app';
const OLM = 'operators.coreos.com';
const K3S_HELM = 'helm.cattle.io/v1';
const KNATIVE = 'serving.knative.dev';

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

/** The same field of the object in which it is to be changed; declined where that cannot be told for certain. */
export function redirect(object: ObjectRef, field: string, cluster: ClusterState): Redirect {
  const live = liveObject(object, cluster);
  const managed = live ? managedBy(live, cluster) : null;
  if (!live || !managed) return { kind: 'same' };
  const path = parseFieldPath(field);
  const next = step(live, path, managed, cluster);
  if (next.kind !== 'instead') return next;
  const further = redirect(next.object, next.field, cluster);
  return further.kind === 'same' ? next : further;
}

/** All changes of one fix, redirected; they stay changes of one object or are declined together. */
export function redirectAll(changes: readonly Change[], cluster: ClusterState): readonly Change[] | Declined {
  const redirected: Change[] = [];
  for (const one of changes) {
    const to = redirect(one.object, one.field.text, cluster);
    if (to.kind === 'declined') return to;
    redirected.push(to.kind === 'same' ? one : { ...one, object: to.object, field: fieldNamed(to.field) });
  }
  const [first] = redirected;
  const elsewhere = redirected.find(({ object }) => !sameObject(object, first!.object));
  if (first && elsewhere && changes.every(({ object }) => sameObject(object, changes[0]!.object)))
    return declined(
      'managed',
      `the fix would have to change ${describeRef(first.object)} and ${describeRef(elsewhere.object)} together`,
      [describeRef(first.object), describeRef(elsewhere.object)],
    );
  return redirected;
}

/** The object as it lives, in its own group: a Knative Service is not the Service of the same name. */
export function liveObject(ref: ObjectRef, cluster: ClusterState): KubernetesObject | undefined {
  const group = groupOf(ref.apiVersion);
  return [ref.kind, `${ref.kind}.${group}`]
    .map((kind) => cluster.get(kind, ref.namespace, ref.name))
    .find((found) => found !== undefined && sameObject(refOf(found), ref));
}

function step(live: KubernetesObject, path: FieldPath, managed: Managed, cluster: ClusterState): Redirect {
  switch (managed.kind) {
    case 'flagger':
      return fromPrimary(live, path, managed, cluster);
    case 'rollout-workload-ref':
      return fromWorkloadReference(live, path, managed.target);
    case 'scaled-object':
      return fromAutoscaler(live, path, managed.ref, cluster);
    case 'custom-resource':
      return fromOperator(live, path, managed, cluster);
    case 'cluster-service-version':
      return refusal(live, managed.ref, 'OLM installs it from there and undoes other changes');
    case 'helm-chart':
      return refusal(live, managed.ref, 'the Helm controller installs it from there');
  }
}

function refusal(live: KubernetesObject, writer: ObjectRef, why: string): Declined {
  const name = describeRef(writer);
  return declined('managed', `${describeRef(refOf(live))} is written by ${name}: ${why}`, [name]);
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

/** The copy follows its target only when a canary succeeds, and Flagger renames what it copies too. */
function fromPrimary(
  primary: KubernetesObject,
  path: FieldPath,
  { canary, target }: Extract<Managed, { kind: 'flagger' }>,
  cluster: ClusterState,
): Redirect {
  const source = liveObject(target, cluster);
  if (!source)
    return refusal(primary, canary, `it is copied from ${describeRef(target)}, which was not recorded`);
  if (getField(source, path) !== getField(primary, path))
    return refusal(
      primary,
      canary,
      `${describeRef(target)}, from which it is copied, has another value for ${printFieldPath(path)}`,
    );
  return { kind: 'instead', object: target, field: printFieldPath(path) };
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

function fromWorkloadReference(live: KubernetesObject, path: FieldPath, target: ObjectRef): Redirect {
  if (path[0] !== 'spec' || path[1] !== 'template') return { kind: 'same' };
  if (target.kind === 'Deployment' && groupOf(target.apiVersion) === 'apps')
    return { kind: 'instead', object: target, field: printFieldPath(path) };
  return refusal(live, target, 'its template is taken from there');
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

function fromAutoscaler(
  live: KubernetesObject,
  path: FieldPath,
  ref: ObjectRef,
  cluster: ClusterState,
): Redirect {
  const [top, field, ...rest] = path;
  const renamed: Readonly<Record<string, FieldPath>> = {
    maxReplicas: ['spec', 'maxReplicaCount'],
    minReplicas: ['spec', 'minReplicaCount'],
    behavior: ['spec', 'advanced', 'horizontalPodAutoscalerConfig', 'behavior'],
  };
  const to =
    top === 'spec' && typeof field === 'string' && Object.hasOwn(renamed, field) ? renamed[field] : undefined;
  return whereEqual(live, path, ref, liveObject(ref, cluster), to && [...to, ...rest], 'KEDA');
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

/** Where an operator's documented schema has a field of the workloads that it makes. */
type FieldOf = (
  path: FieldPath,
  owner: KubernetesObject,
  chain: readonly ObjectRef[],
) => FieldPath | undefined;

const DOCUMENTED: Readonly<Record<string, FieldOf>> = {
  'monitoring.coreos.com/Prometheus': ofContainer('prometheus'),
  'monitoring.coreos.com/PrometheusAgent': ofContainer('prometheus'),
  'monitoring.coreos.com/Alertmanager': ofContainer('alertmanager'),
  'monitoring.coreos.com/ThanosRuler': ofContainer('thanos-ruler'),
  [`${KNATIVE}/Service`]: ofRevision,
};

function fromOperator(
  live: KubernetesObject,
  path: FieldPath,
  { ref, object: owner }: Extract<Managed, { kind: 'custom-resource' }>,
  cluster: ClusterState,
): Redirect {
  const known = `${groupOf(ref.apiVersion)}/${ref.kind}`;
  const fieldOf = Object.hasOwn(DOCUMENTED, known) ? DOCUMENTED[known] : undefined;
  const to = owner && fieldOf?.(path, owner, cluster.ownerOf(live).chain);
  return whereEqual(live, path, ref, owner, to, 'its operator');
}

/**
 * The Prometheus operator's kinds have `image` and `resources` of their main container in their spec; what stands in
 * `containers` under the same name is merged over it (https://prometheus-operator.dev/docs/api-reference/api/).
 */
function ofContainer(name: string): FieldOf {
  const own = ['spec', 'template', 'spec', 'containers'] as const;
  return (path, owner) => {
    const isOverruled = recordsOf(recordAt(owner, 'spec')['containers']).some((one) => one['name'] === name);
    const item = path[own.length];
    const isOwn = own.every((segment, at) => path[at] === segment) && isItem(item, name);
    const [field, ...rest] = path.slice(own.length + 1);
    if (!isOwn || isOverruled || (field !== 'image' && field !== 'resources')) return undefined;
    return ['spec', field, ...rest];
  };
}

function isItem(segment: FieldSegment | undefined, name: string): boolean {
  return typeof segment === 'object' && segment.key === 'name' && segment.value === name;
}

/**
 * A Knative Service has the template of its revisions; only the latest follows it. Queue-proxy and probes are made up
 * (https://knative.dev/docs/serving/reference/serving-api/).
 */
function ofRevision(
  path: FieldPath,
  owner: KubernetesObject,
  chain: readonly ObjectRef[],
): FieldPath | undefined {
  const revision = chain.find(
    ({ kind, apiVersion }) => kind === 'Revision' && groupOf(apiVersion) === KNATIVE,
  );
  const latest = recordAt(owner, 'status')['latestCreatedRevisionName'];
  const isTemplate = path[0] === 'spec' && path[1] === 'template' && path[2] === 'spec';
  return isTemplate && revision !== undefined && revision.name === latest ? path : undefined;
}

/** Only where the owner is known to say the same there as the object that is made from it. */
function whereEqual(
  live: KubernetesObject,
  path: FieldPath,
  ref: ObjectRef,
  owner: KubernetesObject | undefined,
  to: FieldPath | undefined,
  writer: string,
): Redirect {
  const value = getField(live, path);
  if (owner && to && value !== undefined && getField(owner, to) === value)
    return { kind: 'instead', object: ref, field: printFieldPath(to) };
  return refusal(live, ref, `${writer} makes ${printFieldPath(path)}, and from which field is not certain`);
}

function ownerIn({ metadata }: KubernetesObject, group: string): OwnerReference | undefined {
  return recordsOf(metadata.ownerReferences).find(({ apiVersion }) => groupOf(String(apiVersion)) === group);
}

function refOfOwner({ apiVersion, kind, name }: OwnerReference, namespace: string | null): ObjectRef {
  return { apiVersion, kind, namespace, name };
}
