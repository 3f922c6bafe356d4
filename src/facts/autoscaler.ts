import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { recordAt, recordsOf, refOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { conditionsOf, parseTime, type Condition } from '../kubernetes/workloads.ts';
import { quoted, type Evidence } from '../model/evidence.ts';

/** A HorizontalPodAutoscaler as the rule reads it, whatever its version. */
export interface Autoscaler {
  readonly object: KubernetesObject;
  readonly ref: ObjectRef;
  /** 1 unless told otherwise, as the API server has it. */
  readonly minimum: number;
  readonly maximum: number;
  readonly current: number;
  readonly desired: number;
  readonly target: ObjectRef;
  readonly metrics: readonly MetricReading[];
  readonly conditions: readonly Condition[];
  /** The condition ScalingLimited. */
  readonly limited: Condition | undefined;
  readonly manager: Manager;
}

/** One metric of the specification, with the value that the status has for it. */
export interface MetricReading {
  /** `cpu`, `http_requests`, `s0-rabbitmq-orders`. */
  readonly name: string;
  readonly source: 'Resource' | 'ContainerResource' | 'Pods' | 'Object' | 'External';
  /** Percent of the requests, an average over the pods, or one value for all of them. */
  readonly measure: 'utilization' | 'average' | 'value';
  readonly target: number;
  /** null: the status does not have it. */
  readonly current: number | null;
}

/** Who writes the autoscaler's specification. */
export type Manager =
  | { readonly kind: 'manifest' }
  /** KEDA makes the autoscaler from a ScaledObject; its maximum is the field `spec.maxReplicaCount` there. */
  | { readonly kind: 'keda'; readonly name: string; readonly object: KubernetesObject | undefined }
  | { readonly kind: 'other'; readonly ref: ObjectRef };

/** The autoscaler of an object; null when its status does not say how many replicas there are. */
export function readAutoscaler(object: KubernetesObject, cluster: ClusterState): Autoscaler | null {
  const spec = recordAt(object, 'spec');
  const status = recordAt(object, 'status');
  const maximum = spec['maxReplicas'];
  const current = status['currentReplicas'];
  if (typeof maximum !== 'number' || typeof current !== 'number') return null;
  const ref = refOf(object);
  const target = recordAt(spec, 'scaleTargetRef');
  const conditions = autoscalerConditions(object);
  return {
    object,
    ref,
    minimum: numberOr(spec['minReplicas'], 1),
    maximum,
    current,
    desired: numberOr(status['desiredReplicas'], current),
    target: {
      apiVersion: String(target['apiVersion'] ?? ''),
      kind: String(target['kind'] ?? ''),
      namespace: ref.namespace,
      name: String(target['name'] ?? ''),
    },
    metrics: [...cpuOfFirstVersion(spec, status), ...metricsOf(spec, status)],
    conditions,
    limited: conditions.find(({ type }) => type === 'ScalingLimited'),
    manager: managerOf(object, cluster),
  };
}

/** Kinds with a scale subresource whose objects are read. */
export const SCALED_KINDS = ['Deployment', 'StatefulSet', 'Rollout', 'ReplicaSet'] as const;

/** What an autoscaler scales; undefined where there is none, or its kind is not read. */
export function targetIn(
  cluster: ClusterState,
  { kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>,
): ClusterObject | undefined {
  return SCALED_KINDS.some((one) => one === kind) ? cluster.get(kind, namespace, name) : undefined;
}

/** How far a metric is above its target: 1 at the target; null when it is not known. */
export function ratioOf({ current, target }: MetricReading): number | null {
  return current === null || target <= 0 ? null : current / target;
}

/**
 * The autoscaler does nothing while the metric is within a tenth of its target.
 * Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details (tolerance)
 */
export const TOLERANCE = 1.1;

/** At its maximum, and asking for more by its own word; a metric whose value is known has to say so too, since the word lasts some minutes longer. */
export function isHeldBack({ object, conditions, limited, metrics, ...replicas }: Autoscaler): boolean {
  const { current, desired, maximum } = replicas;
  if (object.metadata.deletionTimestamp !== undefined || current === 0) return false;
  if (conditions.some(({ type, status }) => type === 'ScalingActive' && status === 'False')) return false;
  if (Math.max(current, desired) < maximum) return false;
  if (limited?.status !== 'True' || limited.reason !== 'TooManyReplicas') return false;
  const ratios = metrics.flatMap((metric) => ratioOf(metric) ?? []);
  return ratios.length === 0 || Math.max(...ratios) > TOLERANCE;
}

/** The metric that asks for most replicas: the autoscaler follows the largest proposal. */
export function worstMetric(metrics: readonly MetricReading[]): MetricReading | undefined {
  return metrics.toSorted((a, b) => (ratioOf(b) ?? 0) - (ratioOf(a) ?? 0))[0];
}

/** `92 %`, or the plain number of a metric that has no unit of its own. */
export function describeMetric({ measure }: MetricReading, value: number): string {
  return measure === 'utilization' ? `${Math.round(value)} %` : String(Number(value.toPrecision(4)));
}

function cpuOfFirstVersion(
  spec: Readonly<Record<string, unknown>>,
  status: Readonly<Record<string, unknown>>,
): readonly MetricReading[] {
  const target = spec['targetCPUUtilizationPercentage'];
  if (typeof target !== 'number') return [];
  const current = status['currentCPUUtilizationPercentage'];
  return [
    {
      name: 'cpu',
      source: 'Resource',
      measure: 'utilization',
      target,
      current: typeof current === 'number' ? current : null,
    },
  ];
}

const SOURCES = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
} as const;

function metricsOf(
  spec: Readonly<Record<string, unknown>>,
  status: Readonly<Record<string, unknown>>,
): readonly MetricReading[] {
  const now = recordsOf(status['currentMetrics']);
  return recordsOf(spec['metrics']).flatMap((metric): readonly MetricReading[] => {
    const source = metric['type'] as keyof typeof SOURCES;
    const field = SOURCES[source];
    if (field === undefined) return [];
    const wanted = recordAt(metric, field);
    const found = now.find(
      (one) => one['type'] === source && identity(recordAt(one, field)) === identity(wanted),
    );
    const target = valueOf(recordAt(wanted, 'target'));
    if (target === null) return [];
    const current = found && valueOf(recordAt(found, field, 'current'), target.measure);
    return [
      {
        name: nameOf(wanted),
        source,
        measure: target.measure,
        target: target.value,
        current: current?.value ?? null,
      },
    ];
  });
}

function nameOf(source: Readonly<Record<string, unknown>>): string {
  return String(source['name'] ?? recordAt(source, 'metric')['name'] ?? '');
}

function identity(source: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([
    nameOf(source),
    source['container'] ?? null,
    recordAt(source, 'describedObject')['name'] ?? null,
  ]);
}

const MEASURES = { utilization: 'averageUtilization', average: 'averageValue', value: 'value' } as const;

/** The one measure that a target gives, or the given measure of a status that has several. */
function valueOf(
  amounts: Readonly<Record<string, unknown>>,
  wanted?: MetricReading['measure'],
): { readonly measure: MetricReading['measure']; readonly value: number } | null {
  const measures = wanted ? [wanted] : (Object.keys(MEASURES) as MetricReading['measure'][]);
  for (const measure of measures) {
    const value = parseQuantity(amounts[MEASURES[measure]]);
    if (value !== null) return { measure, value };
  }
  return null;
}

/** Its conditions, those of `autoscaling/v1` included. */
export function autoscalerConditions(object: KubernetesObject): readonly Condition[] {
  return [...conditionsOf(object), ...annotatedConditions(object)];
}

/** `autoscaling/v1` keeps the conditions in an annotation. */
function annotatedConditions({ metadata }: KubernetesObject): readonly Condition[] {
  const text = metadata.annotations?.['autoscaling.alpha.kubernetes.io/conditions'];
  if (text === undefined) return [];
  try {
    return recordsOf(JSON.parse(text)) as readonly unknown[] as readonly Condition[];
  } catch {
    return [];
  }
}

const KEDA_LABEL = 'scaledobject.keda.sh/name';

function managerOf(object: KubernetesObject, cluster: ClusterState): Manager {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller !== false);
  const scaledObject = owner?.kind === 'ScaledObject' ? owner.name : object.metadata.labels?.[KEDA_LABEL];
  if (scaledObject !== undefined) {
    const found = cluster.get('ScaledObject', object.metadata.namespace ?? null, scaledObject);
    return { kind: 'keda', name: scaledObject, object: found };
  }
  if (!owner) return { kind: 'manifest' };
  return { kind: 'other', ref: { ...owner, namespace: object.metadata.namespace ?? null } };
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** What the autoscaler's own status says of its replicas, of a metric, and of what limits it. */
export function statusEvidence(
  { ref, current, maximum, minimum, limited }: Autoscaler,
  metric: MetricReading | undefined,
  now: number,
): readonly Evidence[] {
  const replicas = `status.currentReplicas: ${current}, spec.minReplicas: ${minimum}, spec.maxReplicas: ${maximum}`;
  const evidence = [quoted('object', ref, now, replicas)];
  if (metric && metric.current !== null) {
    const text = `status.currentMetrics: ${metric.name} ${describeMetric(metric, metric.current)}, target ${describeMetric(metric, metric.target)}`;
    evidence.push(quoted('object', ref, now, text));
  }
  if (limited) {
    const text = `ScalingLimited: ${limited.status}, ${limited.reason ?? ''}: ${limited.message ?? ''}`;
    evidence.push(quoted('object', ref, parseTime(limited.lastTransitionTime), text));
  }
  return evidence;
}

/** The field that decides on the maximum: KEDA's, where it writes the autoscaler; `value` is null where nobody wrote it. */
export function maximumField({ manager, ref, maximum }: Autoscaler): {
  readonly object: ObjectRef;
  readonly path: string;
  readonly value: number | null;
} {
  if (manager.kind !== 'keda' || !manager.object)
    return { object: ref, path: 'spec.maxReplicas', value: maximum };
  const value = recordAt(manager.object, 'spec')['maxReplicaCount'];
  return {
    object: refOf(manager.object),
    path: 'spec.maxReplicaCount',
    value: typeof value === 'number' ? value : null,
  };
}
