import type { ContainerFacts } from '../facts/subjects.ts';
import { DAY, HOUR } from '../kubernetes/durations.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { forecastOf, type Forecast } from './forecast.ts';
import { samplesByPod } from './pod-series.ts';
import { between, medianOf, quantileOf, slopeOf, valuesOf, type Samples } from './series.ts';

/** A container that has been close to its memory limit for days. Sizes are bytes, times milliseconds since the epoch. */
export interface Approach {
  readonly pod: string;
  readonly limit: number;
  readonly p99: number;
  /** Days in a row whose P99 is near the limit; 0 where it is only on the way there. */
  readonly days: number;
  readonly since: number;
  /** What it grows by a day. */
  readonly perDay: number;
  /** When it reaches the limit, where it climbs without a pause; null where it stays on one level. */
  readonly fullAt: number | null;
  /** How it has grown since it last fell; null where it did not grow steadily. */
  readonly forecast: Forecast | null;
  /** How many of the pods that were measured grow so. */
  readonly alike: number;
  readonly pods: number;
  readonly samples: Samples;
}

const WORKING_SET = 'container_memory_working_set_bytes';
/** What is measured of a container in one pod, whatever runs it had and whoever scraped it. */
const BY = ['namespace', 'pod', 'container'];
const NEAR = 0.9;
/** A day or one night is a peak. */
const LEAST_DAYS = 2;
/** Samples that a day needs. */
const LEAST_SAMPLES = 12;
/** It climbs when it grew by so much of the limit, in nearly each quarter of a day. */
const CLIMBED = 0.05;
const STEADILY = 0.8;
/** A climb from below is told when the limit is so close. */
const SOON = DAY;
const ON_THE_WAY = 0.6;

/** The pod that has been near its limit for longest; null where none is, or where it was not measured for days. */
export function* approach(
  { workload: { ref }, name, cluster }: ContainerFacts,
  limits: ReadonlyMap<string, number>,
  ask: Ask,
): Asking<Approach | null> {
  const { near, growing } = yield* ask.all({
    near: ask.candidates('memory-near-limit'),
    growing: ask.candidates('memory-trend'),
  });
  const isGrowing = growing?.some(
    ({ labels }) =>
      labels['namespace'] === ref.namespace &&
      labels['container'] === name &&
      limits.has(labels['pod'] ?? ''),
  );
  const isNear = near?.some(
    ({ labels, samples }) =>
      labels['namespace'] === ref.namespace &&
      labels['container'] === name &&
      (samples.at(-1)?.[1] ?? 0) >= 0.85 * (limits.get(labels['pod'] ?? '') ?? Number.POSITIVE_INFINITY),
  );
  if (isNear !== true && isGrowing !== true) return null;
  const labels = { namespace: ref.namespace ?? '', container: name };
  const byPod = samplesByPod(ref, yield* ask.metric({ metric: WORKING_SET, labels, hours: 7 * 24, by: BY }));
  const found = [...limits].flatMap(
    ([pod, limit]) => approachOf(pod, limit, byPod.get(pod) ?? [], cluster.now) ?? [],
  );
  const worst = found.toSorted(
    (a, b) => Math.min(b.days, 1) - Math.min(a.days, 1) || b.p99 / b.limit - a.p99 / a.limit,
  )[0];
  const alike = found.filter(({ forecast }) => forecast !== null).length;
  return worst ? { ...worst, alike, pods: [...limits.keys()].filter((pod) => byPod.has(pod)).length } : null;
}

function approachOf(
  pod: string,
  limit: number,
  samples: Samples,
  now: number,
): Omit<Approach, 'alike' | 'pods'> | null {
  let days = 0;
  for (; days < 7; days += 1) {
    const day = between(samples, now - (days + 1) * DAY, now - days * DAY);
    if (day.length < LEAST_SAMPLES || quantileOf(valuesOf(day), 0.99) < NEAR * limit) break;
  }
  const forecast = forecastOf(samples, limit, now);
  if (days < LEAST_DAYS) return forecast && onTheWay(pod, limit, samples, forecast, now);
  const since = now - days * DAY;
  const near = between(samples, since, now);
  const perDay = slopeOf(samples) * DAY;
  const left = limit - medianOf(valuesOf(near.slice(-LEAST_SAMPLES)));
  return {
    pod,
    limit,
    p99: quantileOf(valuesOf(near), 0.99),
    days,
    since,
    perDay,
    fullAt: climbs(samples, limit) && perDay > 0 ? now + (left / perDay) * DAY : null,
    forecast,
    samples,
  };
}

/** A climb that reaches the limit soon is told before it is near. */
function onTheWay(
  pod: string,
  limit: number,
  samples: Samples,
  forecast: Forecast,
  now: number,
): Omit<Approach, 'alike' | 'pods'> | null {
  if (forecast.reachesAt - now > SOON || forecast.value < ON_THE_WAY * limit) return null;
  const { measured, perHour, reachesAt } = forecast;
  const since = now - measured;
  const p99 = quantileOf(valuesOf(between(samples, since, now)), 0.99);
  return { pod, limit, p99, days: 0, since, perDay: 24 * perHour, fullAt: reachesAt, forecast, samples };
}

/** A use that swings with the day comes back to where it was; a leak does not. */
function climbs(samples: Samples, limit: number): boolean {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const medians: number[] = [];
  for (let from = first[0]; from < last[0]; from += 6 * HOUR) {
    const values = valuesOf(between(samples, from, from + 6 * HOUR));
    if (values.length > 0) medians.push(medianOf(values));
  }
  const steps = medians.slice(1).map((median, index) => median - medians[index]!);
  const up = steps.filter((step) => step > 0).length;
  return (
    steps.length >= 4 && up >= STEADILY * steps.length && medians.at(-1)! - medians[0]! >= CLIMBED * limit
  );
}
