import {
  describeMetric,
  TOLERANCE,
  worstMetric,
  type Autoscaler,
  type MetricReading,
} from '../facts/autoscaler.ts';
import { describeDuration, HOUR, MINUTE } from '../kubernetes/durations.ts';
import { recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterState, MetricSeries } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Chart } from '../model/finding.ts';
import { between, chartOf, medianOf, mergeSeries, stepOf, valuesOf, type Samples } from './series.ts';

/** What was measured of an autoscaler and of the services in front of its pods. */
export interface ScalingLoad {
  /** null: not measured. */
  readonly replicas: Samples | null;
  /** Since when the replicas are at the maximum: see {@link heldSince}; where they are not measured, since when every reading showed it. */
  readonly since: number | null;
  /** The metric that asks for most. */
  readonly metric: MetricReading | undefined;
  readonly load: Load | null;
  readonly effect: 'moved' | 'unmoved' | 'unknown';
  /** Of several services the one that suffers most: that is what more replicas would help. */
  readonly latency: (Latency & { readonly metric: string; readonly service: string }) | null;
}

/** Series of kube-state-metrics. */
export const REPLICAS = 'kube_horizontalpodautoscaler_status_current_replicas';
export const TARGET_METRIC = 'kube_horizontalpodautoscaler_status_target_metric';
/** Recording rules for a service's latency at the 95th percentile, in seconds, labelled with namespace and service. */
export const LATENCIES = ['http_request_duration_seconds:p95', 'http_server_request_duration_seconds:p95'];
const MOST_SERVICES = 2;

export function* scalingLoad(
  { object, maximum, ref, metrics }: Autoscaler,
  target: KubernetesObject | undefined,
  cluster: ClusterState,
  ask: Ask,
): Asking<ScalingLoad> {
  const { now } = cluster;
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
  const metric = worstMetric(metrics);
  const samples = metric ? samplesOf(metric, values ?? []) : [];
  const since = isMeasured(replicas)
    ? heldSince(replicas, maximum, now)
    : seenSince(object, maximum, cluster);
  const suffered =
    since === null
      ? []
      : latencies.flatMap((one, index) => {
          const found = latencyOf(mergeSeries(delays[index] ?? []), since, now);
          return found ? [{ ...found, ...one }] : [];
        });
  return {
    replicas,
    since,
    metric,
    load: metric ? loadOf(samples, metric.target, now) : null,
    effect: metric && replicas ? effectOfReplicas(replicas, samples, metric.target, maximum) : 'unknown',
    latency: suffered.toSorted((a, b) => b.now / b.baseline - a.now / a.baseline)[0] ?? null,
  };
}

/** Whether the replicas were measured: else only what readings of the cluster showed is known. */
export function isMeasured(replicas: Samples | null): replicas is Samples {
  return replicas !== null && replicas.length > 0;
}

/** A shorter time is that of a few readings, which say no more than one. */
const SEEN_FOR = 5 * MINUTE;

function seenSince(
  { metadata: { uid } }: KubernetesObject,
  maximum: number,
  cluster: ClusterState,
): number | null {
  const pin = uid === undefined ? null : (cluster.remembered?.pin(uid) ?? null);
  return pin?.maximum === maximum && cluster.now - pin.since >= SEEN_FOR ? pin.since : null;
}

/** Names of the Services whose selector matches the target's pods. */
export function servicesOf(
  target: KubernetesObject | undefined,
  namespace: string | null,
  cluster: ClusterState,
): readonly string[] {
  const labels = recordAt(target, 'spec', 'template', 'metadata', 'labels');
  return cluster.list('Service', namespace).flatMap((service) => {
    const selector = Object.entries(recordAt(service, 'spec', 'selector'));
    const matches = selector.length > 0 && selector.every(([label, value]) => labels[label] === value);
    return matches ? [service.metadata.name] : [];
  });
}

/** kube-state-metrics has a series for each metric and each way it is measured. */
export function samplesOf({ name, measure }: MetricReading, series: readonly MetricSeries[]): Samples {
  const own = series.filter(
    ({ labels }) => labels['metric_name'] === name && labels['metric_target_type'] === measure,
  );
  return mergeSeries(own);
}

export function scalingEvidence(
  { object, maximum }: Autoscaler,
  { replicas, metric, load, since, latency }: ScalingLoad,
  now: number,
): readonly Evidence[] {
  const evidence: Evidence[] = [];
  if (since !== null) {
    const text = `at ${maximum} replicas or more for ${describeDuration(now - since)}`;
    evidence.push(
      isMeasured(replicas)
        ? quoted('metric', REPLICAS, since, text)
        : quoted('object', object, since, `${text}, and asking for more, whenever Faultline read it`),
    );
  }
  if (metric && load) {
    const share = Math.round(load.above * 100);
    const text = `median of 2 hours: ${describeMetric(metric, load.median)}, above the target of ${describeMetric(metric, metric.target)} in ${share} % of the samples`;
    evidence.push(quoted('metric', TARGET_METRIC, now, text));
  }
  if (latency) {
    const text = `service ${latency.service}: ${latency.now.toPrecision(3)} s now, ${latency.baseline.toPrecision(3)} s before`;
    evidence.push(quoted('metric', latency.metric, now, text));
  }
  return evidence;
}

const CHART_BEFORE = 6 * HOUR;

/** Replicas with the maximum, from some hours before it was reached. */
export function replicasChart(
  { target, maximum }: Autoscaler,
  { replicas, since }: ScalingLoad,
  now: number,
): Chart | null {
  return chartOf(between(replicas ?? [], (since ?? now) - CHART_BEFORE, now), {
    title: `Replicas of ${target.name}`,
    unit: 'replicas',
    line: { label: 'maximum', value: maximum },
  });
}

/** Below this a maximum that is reached is a peak of the day. */
export const LONG_ENOUGH = 2 * HOUR;

/** Latency is worse when it is this many times its baseline. */
export const WORSE = 1.4;

const HEADROOM = 1.3;
/** Replicas have grown when there were this many times fewer before. */
const GREW = 1.5;
/** A metric within a tenth of what it was has not moved. */
const UNMOVED = 0.1;

/**
 * `ceil(replicas × metric / target × 1.3)`: the replicas that would bring the metric to its target now (the autoscaler's
 * own formula), and 30 % for what comes. 8 replicas at 92 % for 70 % become 14. Never less than one more.
 */
export function nextMaximum(replicas: number, ratio: number): number {
  return Math.max(replicas + 1, Math.ceil(replicas * ratio * HEADROOM - 1e-9));
}

/**
 * Since when the replicas are at the maximum without a break, as far back as the samples go: milliseconds since the epoch.
 * null when they are not, or when the samples end too early or have a gap: a missing sample is no sample at the maximum.
 */
export function heldSince(replicas: Samples, maximum: number, now: number): number | null {
  const gap = Math.max(15 * MINUTE, 3 * stepOf(replicas));
  let since: number | null = null;
  let later = now;
  for (const [at, value] of replicas.toReversed()) {
    if (later - at > gap || value < maximum) break;
    since = at;
    later = at;
  }
  return since;
}

/** A metric over the last two hours. */
export interface Load {
  /** The median: what a stable load is, whatever single samples do. */
  readonly median: number;
  /** Share of the samples above the target, 0 to 1. */
  readonly above: number;
}

/** null without at least five samples. */
export function loadOf(metric: Samples, target: number, now: number): Load | null {
  const values = valuesOf(between(metric, now - LONG_ENOUGH, now));
  if (values.length < 5) return null;
  return { median: medianOf(values), above: values.filter((value) => value > target).length / values.length };
}

/**
 * Whether more replicas brought the metric down. Compared are samples above the target with at most two thirds of the
 * maximum, and samples at the maximum. `unmoved`: the medians are within a tenth of each other although the replicas
 * grew by half or more; a load that is spread over the pods would have fallen. `unknown`: too few samples of either.
 */
export function effectOfReplicas(
  replicas: Samples,
  metric: Samples,
  target: number,
  maximum: number,
): 'moved' | 'unmoved' | 'unknown' {
  const few: number[] = [];
  const most: number[] = [];
  let index = -1;
  for (const [at, value] of metric) {
    while (index + 1 < replicas.length && replicas[index + 1]![0] <= at) index += 1;
    const count = replicas[index]?.[1];
    if (count === undefined) continue;
    if (count >= maximum) most.push(value);
    else if (count * GREW <= maximum && value > target * TOLERANCE) few.push(value);
  }
  if (few.length < 3 || most.length < 3) return 'unknown';
  return Math.abs(medianOf(most) / medianOf(few) - 1) <= UNMOVED ? 'unmoved' : 'moved';
}

/** Latency in the last two hours and before the maximum was reached. */
export interface Latency {
  readonly now: number;
  readonly baseline: number;
}

/** Medians of both; null when either has fewer than five samples. */
export function latencyOf(samples: Samples, since: number, now: number): Latency | null {
  const before = valuesOf(samples.filter(([at]) => at < since));
  const lately = valuesOf(between(samples, Math.max(since, now - LONG_ENOUGH), now));
  return before.length < 5 || lately.length < 5
    ? null
    : { now: medianOf(lately), baseline: medianOf(before) };
}
