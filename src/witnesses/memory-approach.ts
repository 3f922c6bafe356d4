import type { ContainerFacts } from '../facts/subjects.ts';
import { DAY, HOUR } from '../kubernetes/durations.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { samplesByPod } from './pod-series.ts';
import { between, medianOf, quantileOf, slopeOf, valuesOf, type Samples } from './series.ts';

/** A container that has been close to its memory limit for days. Sizes are bytes, times milliseconds since the epoch. */
export interface Approach {
  readonly pod: string;
  readonly limit: number;
  readonly p99: number;
  /** Days in a row whose P99 is near the limit. */
  readonly days: number;
  readonly since: number;
  /** What it grows by a day. */
  readonly perDay: number;
  /** When it reaches the limit, where it climbs without a pause; null where it stays on one level. */
  readonly fullAt: number | null;
  readonly samples: Samples;
}

const WORKING_SET = 'container_memory_working_set_bytes';
const NEAR = 0.9;
/** A day or one night is a peak. */
const LEAST_DAYS = 2;
/** Samples that a day needs. */
const LEAST_SAMPLES = 12;
/** It climbs when it grew by so much of the limit, in nearly each quarter of a day. */
const CLIMBED = 0.05;
const STEADILY = 0.8;

/** The pod that has been near its limit for longest; null where none is, or where it was not measured for days. */
export function* approach(
  { workload: { ref }, name, cluster }: ContainerFacts,
  limits: ReadonlyMap<string, number>,
  ask: Ask,
): Asking<Approach | null> {
  const candidates = yield* ask.candidates('memory-near-limit');
  const isOne = candidates?.some(
    ({ labels, samples }) =>
      labels['namespace'] === ref.namespace &&
      labels['container'] === name &&
      (samples.at(-1)?.[1] ?? 0) >= 0.85 * (limits.get(labels['pod'] ?? '') ?? Number.POSITIVE_INFINITY),
  );
  if (isOne !== true) return null;
  const labels = { namespace: ref.namespace ?? '', container: name };
  const byPod = samplesByPod(ref, yield* ask.metric({ metric: WORKING_SET, labels, hours: 7 * 24 }));
  const found = [...limits].flatMap(
    ([pod, limit]) => approachOf(pod, limit, byPod.get(pod) ?? [], cluster.now) ?? [],
  );
  return found.toSorted((a, b) => b.p99 / b.limit - a.p99 / a.limit)[0] ?? null;
}

function approachOf(pod: string, limit: number, samples: Samples, now: number): Approach | null {
  let days = 0;
  for (; days < 7; days += 1) {
    const day = between(samples, now - (days + 1) * DAY, now - days * DAY);
    if (day.length < LEAST_SAMPLES || quantileOf(valuesOf(day), 0.99) < NEAR * limit) break;
  }
  if (days < LEAST_DAYS) return null;
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
    samples,
  };
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
