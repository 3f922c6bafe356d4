import type { MetricSeries } from '../model/cluster-state.ts';
import { episodeOf, type Episode } from './episodes.ts';
import { quantileOf, valuesOf } from './series.ts';
import { keyOf } from './service-calls.ts';

/** The latency of a Service over the last hour, in whatever unit it was measured. */
export interface ServiceLatency {
  readonly key: string;
  readonly metric: string;
  /** What a quarter of the samples stay below: the time before, or after. */
  readonly baseline: number;
  /** The stretch in which requests took many times as long; null where there is none. */
  readonly slow: Episode | null;
}

/** So many times the baseline is no noise of a percentile. */
const MANY_TIMES = 5;

/** Of each Service that had requests, by its key: the highest percentile that was measured. */
export function latenciesOf(
  series: readonly MetricSeries[],
  now: number,
): ReadonlyMap<string, ServiceLatency> {
  const known = byAnswer.get(series);
  if (known?.now === now) return known.latencies;
  const found = new Map<string, { readonly percentile: number; readonly latency: ServiceLatency }>();
  for (const { labels, samples } of series) {
    const { namespace, service, __name__: metric = '' } = labels;
    if (namespace === undefined || service === undefined) continue;
    const requests = samples.filter(([, value]) => value > 0);
    // A Service without requests has no latency, and says nothing.
    if (requests.length < samples.length / 2 || requests.length < 10) continue;
    const percentile = Number(/p(\d\d)/i.exec(metric)?.[1] ?? 0);
    const key = keyOf({ namespace, name: service });
    if ((found.get(key)?.percentile ?? -1) >= percentile) continue;
    const baseline = quantileOf(valuesOf(requests), 0.25);
    const slow = episodeOf(requests, MANY_TIMES * baseline, now);
    found.set(key, { percentile, latency: { key, metric, baseline, slow } });
  }
  const latencies = new Map([...found].map(([key, { latency }]) => [key, latency]));
  byAnswer.set(series, { now, latencies });
  return latencies;
}

/** Every workload asks at the same moment. */
const byAnswer = new WeakMap<
  readonly MetricSeries[],
  { readonly now: number; readonly latencies: ReadonlyMap<string, ServiceLatency> }
>();
