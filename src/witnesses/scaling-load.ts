import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { between, medianOf, stepOf, valuesOf, type Samples } from './series.ts';

/** Below this a maximum that is reached is a peak of the day. */
export const LONG_ENOUGH = 2 * HOUR;

/**
 * The autoscaler does nothing while the metric is within a tenth of its target.
 * Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details (tolerance)
 */
export const TOLERANCE = 1.1;

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
