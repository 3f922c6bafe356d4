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
  type FieldPath,
  type FieldSegment,
  getField,
  parseFieldPath,
  printFieldPath,
  fieldNamed,
} from '../kubernetes/field-path.ts';
import {
  describeRef,
  groupOf,
  type KubernetesObject,
  type ObjectRef,
  recordAt,
  recordsOf,
  refOf,
  sameObject,
} from '../kubernetes/objects.ts';
import { type Declined, declined } from '../model/declined.ts';
import { KNATIVE, type Managed, managedBy } from './managers.ts';

export type Redirect =
  | { readonly kind: 'same' }
  | { readonly kind: 'instead'; readonly object: ObjectRef; readonly field: string }
  | Declined;

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

function fromWorkloadReference(live: KubernetesObject, path: FieldPath, target: ObjectRef): Redirect {
  if (path[0] !== 'spec' || path[1] !== 'template') return { kind: 'same' };
  if (target.kind === 'Deployment' && groupOf(target.apiVersion) === 'apps')
    return { kind: 'instead', object: target, field: printFieldPath(path) };
  return refusal(live, target, 'its template is taken from there');
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
