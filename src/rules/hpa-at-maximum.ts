import type { ClusterState, MetricSeries } from '../model/cluster-state.ts';
import { describeDuration, HOUR } from '../kubernetes/durations.ts';
import { recordAt, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { prose } from '../untrusted/prose.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import {
  describeValue,
  podLabelsOf,
  ratioOf,
  readAutoscaler,
  worstMetric,
  type Autoscaler,
  type MetricReading,
} from '../facts/autoscaler.ts';
import { defaultMaximum } from './hpa-at-maximum/chosen.ts';
import { JUDGEMENTS, type Case } from './hpa-at-maximum/judgements.ts';
import { maximumField, raise } from './hpa-at-maximum/raise.ts';
import { effectOfReplicas, heldSince, latencyOf, loadOf, TOLERANCE } from '../witnesses/scaling-load.ts';
import type { Blame, Chart, ConfidencePart } from '../model/finding.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { defineRule } from './define-rule.ts';
import { CAUSES } from './hpa-at-maximum/causes.ts';
import { chartOf, concluded, confidenceInHistory, judge, type Conclusion } from './sizing/conclusion.ts';
import { authorshipOf } from '../witnesses/chosen-value.ts';
import { between, mergeSeries, type Samples } from '../witnesses/series.ts';

/**
 * A HorizontalPodAutoscaler that wants more replicas than it may have.
 *
 * What Kubernetes promises, and this rule relies on:
 * - `desiredReplicas = ceil(currentReplicas × currentMetricValue / desiredMetricValue)`, nothing is done within a tolerance
 *   of 10 %, and of several metrics the largest proposal counts
 *   (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details);
 * - the condition ScalingLimited has the reason TooManyReplicas while the proposal is above `maxReplicas`; ScalingActive is
 *   False when no metric could be read, and then nothing is known about the load
 *   (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions);
 * - a condition's `lastTransitionTime` is that of its status alone, so that only the metrics tell for how long
 *   (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/, status.conditions);
 * - KEDA writes the autoscaler of a ScaledObject, whose `maxReplicaCount` becomes `maxReplicas`
 *   (https://keda.sh/docs/latest/reference/scaledobject-spec/).
 */
export const hpaAtMaximum = defineRule({
  id: 'hpa-at-maximum',
  title: 'A HorizontalPodAutoscaler has been at its maximum for hours and would need more replicas',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details',
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions',
    'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/',
    'https://keda.sh/docs/latest/reference/scaledobject-spec/',
  ],
  reads: [
    'HorizontalPodAutoscaler',
    'Pod',
    'Event',
    'Node',
    'Deployment',
    'ResourceQuota',
    'ConfigMap',
    'ScaledObject.v1alpha1.keda.sh',
    'NodePool.karpenter.sh',
  ],
  on: 'HorizontalPodAutoscaler',
  causes: CAUSES,

  detect({ object, cluster }) {
    const autoscaler = readAutoscaler(object, cluster);
    if (!autoscaler || !isAtMaximum(autoscaler)) return null;
    const limited = autoscaler.conditions.find(({ type }) => type === 'ScalingLimited');
    const managed = autoscaler.manager.kind === 'keda' ? autoscaler.manager.object : undefined;
    return {
      autoscaler,
      ...(managed === undefined ? {} : { object: refOf(managed) }),
      seenOn: [autoscaler.ref],
      firstSeen: Math.min(parseTime(limited?.lastTransitionTime) ?? cluster.now, cluster.now),
      lastSeen: cluster.now,
      occurrences: 1,
    };
  },

  /** First what can be told from status and metrics, then the raise, which needs the history of the maximum too. */
  *investigate({ cluster }, ask, { autoscaler, firstSeen }) {
    const { namespace } = autoscaler.ref;
    const target = cluster.get(autoscaler.target.kind, namespace, autoscaler.target.name);
    const known = yield* gather(autoscaler, target, cluster, ask);
    const against = judge(JUDGEMENTS, known);
    const byDefault = yield* chosen(known, ask);
    // A key in the wrong place is wrong however long the maximum has been reached.
    const misplaced = byDefault?.blames?.some(({ field }) => field !== 'spec.scaleTargetRef.name');
    if (byDefault && (!against || (misplaced && against.cause !== 'no-room')))
      return report(firstSeen, known, byDefault, confidenceIn(known));
    if (against) return report(firstSeen, known, against, confidenceIn(known));
    const { object, path } = maximumField(known);
    const versions = (yield* ask.history(object, path)) ?? [];
    const authorship = authorshipOf(versions);
    const differs = typeof authorship.latest?.to === 'number' && authorship.latest.to > autoscaler.maximum;
    const difference = differs ? yield* ask.difference(object, path) : null;
    return report(firstSeen, known, raise(known, authorship, difference), [
      ...confidenceIn(known),
      ...confidenceInSize(known),
      confidenceInHistory('maximum', versions.length > 0),
    ]);
  },
});

/**
 * At the ceiling, with metrics that could be read. A fixed number of replicas is at its maximum by definition: that is
 * worth a word only while the metric is above its target.
 */
function isAtMaximum({
  object,
  current,
  desired,
  maximum,
  minimum,
  conditions,
  metrics,
}: Autoscaler): boolean {
  if (object.metadata.deletionTimestamp !== undefined || current === 0) return false;
  if (conditions.some(({ type, status }) => type === 'ScalingActive' && status === 'False')) return false;
  if (Math.max(current, desired) < maximum) return false;
  return minimum < maximum || metrics.some((metric) => (ratioOf(metric) ?? 0) > TOLERANCE);
}

/** What there is to say where KEDA made the autoscaler from a ScaledObject that sets no maximum. */
function* chosen(known: Case, ask: Ask): Asking<Conclusion | null> {
  const { manager } = known.autoscaler;
  const scaledObject = manager.kind === 'keda' ? manager.object : undefined;
  if (!scaledObject || recordAt(scaledObject, 'spec')['maxReplicaCount'] !== undefined) return null;
  return defaultMaximum(known, yield* ask.rendered(refOf(scaledObject)));
}

/** Series of kube-state-metrics. */
const REPLICAS = 'kube_horizontalpodautoscaler_status_current_replicas';
const TARGET_METRIC = 'kube_horizontalpodautoscaler_status_target_metric';
/** Recording rules for a service's latency at the 95th percentile, in seconds, labelled with namespace and service. */
const LATENCIES = ['http_request_duration_seconds:p95', 'http_server_request_duration_seconds:p95'];
const MOST_SERVICES = 2;

/** Names of the Services whose selector matches the target's pods. */
function servicesOf(
  target: KubernetesObject | undefined,
  namespace: string | null,
  cluster: ClusterState,
): readonly string[] {
  const labels = podLabelsOf(target);
  return cluster.list('Service', namespace).flatMap((service) => {
    const selector = Object.entries(recordAt(service, 'spec', 'selector'));
    const matches = selector.length > 0 && selector.every(([label, value]) => labels[label] === value);
    return matches ? [service.metadata.name] : [];
  });
}

function* gather(
  autoscaler: Autoscaler,
  target: KubernetesObject | undefined,
  cluster: ClusterState,
  ask: Ask,
): Asking<Case> {
  const { now } = cluster;
  const { maximum, ref } = autoscaler;
  const namespace = ref.namespace ?? '';
  const own = { namespace, horizontalpodautoscaler: ref.name };
  const latencies = servicesOf(target, ref.namespace, cluster)
    .slice(0, MOST_SERVICES)
    .flatMap((service) => LATENCIES.map((metric) => ({ metric, service })));
  const [measured, values, ...delays] = yield* ask.each([
    ask.metric({ metric: REPLICAS, labels: own, hours: 24 }),
    ask.metric({ metric: TARGET_METRIC, labels: own, hours: 24 }),
    ...latencies.map(({ metric, service }) =>
      ask.metric({ metric, labels: { namespace, service }, hours: 7 * 24 }),
    ),
  ]);
  const replicas = measured ? mergeSeries(measured) : null;
  const worst = worstMetric(autoscaler.metrics);
  const samples = worst ? samplesOf(worst, values ?? []) : [];
  const since = replicas && heldSince(replicas, maximum, now);
  const suffered =
    since === null
      ? []
      : latencies.flatMap((one, index) => {
          const found = latencyOf(mergeSeries(delays[index] ?? []), since, now);
          return found ? [{ ...found, ...one }] : [];
        });
  return {
    cluster,
    autoscaler,
    target,
    pods: target ? cluster.podsOf(cluster.ownerOf(target).ref) : [],
    replicas,
    since,
    metric: worst,
    load: worst ? loadOf(samples, worst.target, now) : null,
    effect: worst && replicas ? effectOfReplicas(replicas, samples, worst.target, maximum) : 'unknown',
    // Of several services, the one that suffers most: that is what more replicas would help.
    latency: suffered.toSorted((a, b) => b.now / b.baseline - a.now / a.baseline)[0] ?? null,
  };
}

const MEASURE_LABELS = { utilization: 'utilization', average: 'average', value: 'value' } as const;

/** kube-state-metrics has a series for each metric and each way it is measured. */
function samplesOf({ name, measure }: MetricReading, series: readonly MetricSeries[]): Samples {
  const own = series.filter(
    ({ labels }) =>
      labels['metric_name'] === name && labels['metric_target_type'] === MEASURE_LABELS[measure],
  );
  return mergeSeries(own);
}

function report(
  firstSeen: number,
  known: Case,
  conclusion: Conclusion,
  confidence: readonly ConfidencePart[],
) {
  return {
    ...concluded(conclusion, [...statusEvidence(known), ...metricEvidence(known)]),
    blames: conclusion.blames ?? maximumOf(known),
    confidence,
    chart: replicasOverTime(known),
    firstSeen: Math.min(firstSeen, known.since ?? firstSeen),
  };
}

/** The maximum's own line, where somebody wrote one. */
function maximumOf(known: Case): readonly Blame[] {
  const { object, path, value } = maximumField(known);
  return value === null || known.autoscaler.manager.kind === 'other' ? [] : [{ object, field: path }];
}

/** What the autoscaler says of itself. */
function statusEvidence({ cluster, autoscaler, metric }: Case): readonly Evidence[] {
  const { ref, current, maximum, minimum, conditions } = autoscaler;
  const replicas = `status.currentReplicas: ${current}, spec.minReplicas: ${minimum}, spec.maxReplicas: ${maximum}`;
  const evidence = [quoted('object', ref, cluster.now, replicas)];
  if (metric && metric.current !== null) {
    const value = describeValue(metric, metric.current);
    const text = `status.currentMetrics: ${metric.name} ${value}, target ${describeValue(metric, metric.target)}`;
    evidence.push(quoted('object', ref, cluster.now, text));
  }
  const limited = conditions.find(({ type }) => type === 'ScalingLimited');
  if (limited) {
    const text = `ScalingLimited: ${limited.status}, ${limited.reason ?? ''}: ${limited.message ?? ''}`;
    evidence.push(quoted('object', ref, parseTime(limited.lastTransitionTime), text));
  }
  return evidence;
}

/** What was measured over time. */
function metricEvidence({ cluster, autoscaler, metric, load, since, latency }: Case): readonly Evidence[] {
  const { now } = cluster;
  const evidence: Evidence[] = [];
  if (since !== null) {
    const text = `at ${autoscaler.maximum} replicas or more for ${describeDuration(now - since)}`;
    evidence.push(quoted('metric', REPLICAS, since, text));
  }
  if (metric && load) {
    const share = Math.round(load.above * 100);
    const text = `median of 2 hours: ${describeValue(metric, load.median)}, above the target of ${describeValue(metric, metric.target)} in ${share} % of the samples`;
    evidence.push(quoted('metric', TARGET_METRIC, now, text));
  }
  if (latency) {
    const text = `service ${latency.service}: ${latency.now.toPrecision(3)} s now, ${latency.baseline.toPrecision(3)} s before`;
    evidence.push(quoted('metric', latency.metric, now, text));
  }
  return evidence;
}

/** How sure it is that the autoscaler has been held back by its maximum. */
function confidenceIn({ load, since }: Case): readonly ConfidencePart[] {
  return [
    since === null
      ? { factor: 0.7, reason: prose`only the status says so: for how long is not known` }
      : { factor: 0.99, reason: prose`the replicas are measured` },
    load === null
      ? { factor: 0.9, reason: prose`the metric is known from the status alone` }
      : { factor: 0.99, reason: prose`the metric is measured over the window` },
  ];
}

/** How sure it is that more replicas are the answer. */
function confidenceInSize({ latency, effect }: Case): readonly ConfidencePart[] {
  return [
    latency === null
      ? { factor: 0.92, reason: prose`latency is not known, so whether users notice is not either` }
      : { factor: 1, reason: prose`latency is worse since the maximum was reached` },
    effect === 'moved'
      ? { factor: 1, reason: prose`the metric fell when replicas were added` }
      : { factor: 0.98, reason: prose`the samples do not show how the metric follows the replicas` },
  ];
}

const CHART_BEFORE = 6 * HOUR;

/** Replicas with the maximum, from some hours before it was reached. */
function replicasOverTime({ replicas, since, cluster, autoscaler }: Case): Chart | null {
  return chartOf(between(replicas ?? [], (since ?? cluster.now) - CHART_BEFORE, cluster.now), {
    title: `Replicas of ${autoscaler.target.name}`,
    unit: 'replicas',
    line: { label: 'maximum', value: autoscaler.maximum },
  });
}
