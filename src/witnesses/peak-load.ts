import type { Autoscaler, MetricReading } from '../facts/autoscaler.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { MetricSeries } from '../model/cluster-state.ts';
import { dailyPeaks, type Peak } from './daily-peaks.ts';
import { REPLICAS, samplesOf, TARGET_METRIC } from './scaling-load.ts';
import { between, medianOf, mergeSeries, valuesOf, type Samples } from './series.ts';

/** What was measured of an autoscaler at its daily peaks. */
export interface PeakLoad {
  /** The newest first. */
  readonly peaks: readonly Peak[];
  readonly replicas: Samples;
  /** The series of the replicas. */
  readonly metric: string;
  /** Of the metric that asked for most; null where none was measured at each of the peaks. */
  readonly load: { readonly metric: MetricReading; readonly lowest: number; readonly series: string } | null;
}

const WEEK = 7 * 24;
/** Samples that a peak needs. */
const LEAST = 3;

/** The peaks at which it reached its maximum; null where it did not, or was not measured. */
export function* peakLoad(
  { ref, maximum, metrics }: Autoscaler,
  now: number,
  ask: Ask,
): Asking<PeakLoad | null> {
  const own = { namespace: ref.namespace ?? '', horizontalpodautoscaler: ref.name };
  const isOwn = ({ labels }: MetricSeries): boolean =>
    labels['namespace'] === own.namespace &&
    labels['horizontalpodautoscaler'] === own.horizontalpodautoscaler;
  const candidates = yield* ask.candidates('maximum-reached');
  if (!candidates?.some(isOwn)) return null;
  const { measured, targets } = yield* ask.all({
    measured: ask.metric({ metric: REPLICAS, labels: own, hours: WEEK }),
    targets: ask.metric({ metric: TARGET_METRIC, labels: own, hours: WEEK }),
  });
  const replicas = mergeSeries(measured ?? []);
  const peaks = dailyPeaks(replicas, maximum, now);
  if (peaks.length === 0) return null;
  const loads = metrics.flatMap((metric) => {
    const samples = samplesOf(metric, targets ?? []);
    const medians = peaks.map(({ from, to }) => valuesOf(between(samples, from, to)));
    if (metric.target <= 0 || medians.some((values) => values.length < LEAST)) return [];
    return [{ metric, lowest: Math.min(...medians.map(medianOf)), series: TARGET_METRIC }];
  });
  const load = loads.toSorted((a, b) => b.lowest / b.metric.target - a.lowest / a.metric.target)[0];
  return { peaks, replicas, metric: REPLICAS, load: load ?? null };
}
