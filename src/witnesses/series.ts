import type { MetricSeries } from '../model/cluster-state.ts';
import type { Chart } from '../model/finding.ts';

/** Samples of one series: milliseconds since the epoch and the value, oldest first. */
export type Samples = readonly (readonly [number, number])[];

/** Samples with a time from `from` to `to`, both included. */
export function between(samples: Samples, from: number, to: number): Samples {
  return samples.filter(([at]) => at >= from && at <= to);
}

export function valuesOf(samples: Samples): readonly number[] {
  return samples.map(([, value]) => value);
}

/**
 * The value that the share `quantile` (0 to 1) of all values does not exceed, by the nearest rank: always one of the
 * values. NaN without values.
 */
export function quantileOf(values: readonly number[], quantile: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!;
}

/** The middle value; the mean of the two middle ones when there is an even number. NaN without values. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function maximumOf(values: readonly number[]): number {
  return values.reduce((greatest, value) => Math.max(greatest, value), Number.NEGATIVE_INFINITY);
}

/** The usual time between two samples, in milliseconds: the median, so that gaps do not count. Infinity below two samples. */
export function stepOf(samples: Samples): number {
  if (samples.length < 2) return Number.POSITIVE_INFINITY;
  return medianOf(samples.slice(1).map(([at], index) => at - samples[index]![0]));
}

/**
 * The Theil–Sen slope, per millisecond: the median slope of all pairs. Up to 29 % of the samples may be outliers
 * without moving it much. Long series are thinned to 120 samples, which keeps this at 7,140 pairs.
 * Source: https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator
 */
export function slopeOf(samples: Samples): number {
  const thinned = thin(samples, 120);
  const slopes: number[] = [];
  for (const [index, [at, value]] of thinned.entries()) {
    for (const [later, laterValue] of thinned.slice(index + 1))
      if (later > at) slopes.push((laterValue - value) / (later - at));
  }
  return slopes.length === 0 ? 0 : medianOf(slopes);
}

/** Every n-th sample, so that at most `most` are left. */
function thin(samples: Samples, most: number): Samples {
  const every = Math.ceil(samples.length / most);
  return every <= 1 ? samples : samples.filter((_, index) => index % every === 0);
}

const MOST_POINTS = 60;

/** The outline of some samples, each value as `shown`; null where they are too few for a line. */
export function chartOf(
  samples: Samples,
  legend: Omit<Chart, 'points'>,
  shown: (value: number) => number = (value) => value,
): Chart | null {
  if (samples.length < 2) return null;
  const points = outlineOf(samples, MOST_POINTS).map(([at, value]) => [at, shown(value)] as const);
  return { ...legend, points };
}

/**
 * For a chart: at most `most` samples. Of each stretch the one that is farthest from the point before is kept, so that
 * both peaks and falls stay visible.
 */
export function outlineOf(samples: Samples, most: number): Samples {
  const size = Math.max(1, Math.ceil(samples.length / most));
  const outline: (readonly [number, number])[] = [];
  for (let start = 0; start < samples.length; start += size) {
    const before = outline.at(-1)?.[1] ?? 0;
    const far = (value: number): number => Math.abs(value - before);
    outline.push(
      samples
        .slice(start, start + size)
        .reduce((kept, sample) => (far(sample[1]) > far(kept[1]) ? sample : kept)),
    );
  }
  return outline;
}

/**
 * The samples of all series in one, by time, without those that are no number: a container has a series for each of its runs. Of
 * several at one time the highest counts: two Prometheus may scrape the same.
 */
export function mergeSeries(series: readonly MetricSeries[]): Samples {
  const samples = series.flatMap((one) => one.samples).filter(([, value]) => Number.isFinite(value));
  if (series.length === 1) return samples;
  const byTime = new Map<number, number>();
  for (const [at, value] of samples) byTime.set(at, Math.max(value, byTime.get(at) ?? value));
  return [...byTime].sort(([a], [b]) => a - b);
}
