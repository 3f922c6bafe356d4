import { DAY, HOUR } from '../kubernetes/durations.ts';
import { between, maximumOf, medianOf, quantileOf, slopeOf, valuesOf, type Samples } from './series.ts';

/** A value that grows towards a ceiling. Times are milliseconds since the epoch. */
export interface Forecast {
  readonly perHour: number;
  /** The value of the line now. */
  readonly value: number;
  readonly reachesAt: number;
  /** How long it was measured without a fall, in milliseconds. */
  readonly measured: number;
}

/** Growth is told from a warm-up only when it lasts. */
const LEAST_MEASURED = 12 * HOUR;
const LEAST_HOURS = 10;
/** A program that starts fills its caches. */
const WARM_UP = HOUR;
/** A fall by so much of the ceiling ends what grew before it: a restart, a collection, a clean-up. */
const FALL = 0.05;
/** It grew by so much of the ceiling, and by so many times what the samples scatter around the line. */
const GREW = 0.05;
const CLEAR = 6;
/** Of the hours, so many are above the hour before. */
const STEADY = 0.7;
/** What slows down to less than this share of its pace levels off. */
const KEPT_PACE = 0.6;
const FARTHEST = 4 * DAY;

/**
 * When a growing value reaches its ceiling, by a robust line through what was measured since it last fell; null where it does not grow
 * steadily, levels off, was measured too briefly, or gets there later than it was measured for: then nobody knows.
 */
export function forecastOf(samples: Samples, ceiling: number, now: number): Forecast | null {
  const hours = hourly(samples, now);
  const since = lastFall(hours, ceiling);
  const grown = hours.slice(since).filter(([at]) => at >= hours[since]![0] + WARM_UP);
  const [first, last] = [grown[0], grown.at(-1)];
  if (!first || !last || grown.length < LEAST_HOURS || now - last[0] > 2 * HOUR) return null;
  const measured = last[0] - first[0];
  const slope = slopeOf(grown);
  if (measured < LEAST_MEASURED || slope <= 0) return null;
  const growth = slope * measured;
  const scatter = scatterOf(grown, slope);
  if (growth < GREW * ceiling || growth < CLEAR * scatter) return null;
  if (!isSteady(grown) || slopeOf(lastThird(grown)) < KEPT_PACE * slope) return null;
  const value = medianOf(grown.map(([at, one]) => one + slope * (now - at)));
  if (value >= ceiling) return null;
  const left = (ceiling - value) / slope;
  if (left > Math.min(measured, FARTHEST)) return null;
  return { perHour: slope * HOUR, value, reachesAt: now + left, measured };
}

/** The median of each hour that has samples. */
function hourly(samples: Samples, now: number): Samples {
  const byHour = Map.groupBy(between(samples, Number.NEGATIVE_INFINITY, now), ([at]) =>
    Math.floor(at / HOUR),
  );
  return [...byHour.values()].map((ones) => [ones.at(-1)![0], medianOf(valuesOf(ones))] as const);
}

/** Where the last stretch without a fall, or without a gap, begins. */
function lastFall(hours: Samples, ceiling: number): number {
  const gap = 3 * HOUR;
  return hours.findLastIndex(
    ([at, value], index) =>
      index === 0 || value < hours[index - 1]![1] - FALL * ceiling || at - hours[index - 1]![0] > gap,
  );
}

/** The usual distance of a sample from the line: the median. */
function scatterOf(samples: Samples, slope: number): number {
  const heights = samples.map(([at, value]) => value - slope * at);
  const middle = medianOf(heights);
  return medianOf(heights.map((height) => Math.abs(height - middle)));
}

/** Most hours are above the one before, and no hour falls back by a quarter of what was gained: a saw-tooth does. */
function isSteady(hours: Samples): boolean {
  const values = valuesOf(hours);
  const up = values.filter((value, index) => index > 0 && value > values[index - 1]!).length;
  const gained = quantileOf(values, 1) - values[0]!;
  let highest = Number.NEGATIVE_INFINITY;
  const falls = values.map((value) => (highest = Math.max(highest, value)) - value);
  return up >= STEADY * (values.length - 1) && maximumOf(falls) <= gained / 4;
}

function lastThird(samples: Samples): Samples {
  return samples.slice(-Math.ceil(samples.length / 3));
}
