import { DAY, HOUR } from '../kubernetes/durations.ts';
import { isRecord } from '../kubernetes/objects.ts';
import { maskedText } from '../untrusted/masked.ts';
import type { MetricRequest, MetricSeries } from '../model/cluster-state.ts';
import { mergedBy, summaryOf } from './recorded-summaries.ts';

/** Series by metric name. */
export type RecordedMetrics = ReadonlyMap<string, readonly MetricSeries[]>;

/**
 * The series of one Prometheus answer, `{"status":"success","data":{"resultType":"matrix"|"vector",…}}`; null when it is none.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
 *
 * @throws {TooManySamples}
 */
export function readSeries(answer: unknown): readonly MetricSeries[] | null {
  const data = isRecord(answer) && answer['status'] === 'success' ? answer['data'] : undefined;
  if (!isRecord(data) || !Array.isArray(data['result'])) return null;
  if (data['resultType'] !== 'matrix' && data['resultType'] !== 'vector') return null;
  const series = data['result'].filter(isRecord);
  const values = series.map((one) => (data['resultType'] === 'matrix' ? one['values'] : [one['value']]));
  const samples = values.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
  if (series.length > MOST_SERIES || samples > MOST_SAMPLES) throw new TooManySamples();
  return series.map((one, index) => ({
    labels: readLabels(one['metric']),
    samples: readSamples(values[index]),
  }));
}

/** Of one answer: a thousand pods with ten containers each. */
const MOST_SERIES = 10_000;
const MOST_SAMPLES = 5_000_000;

/** More than any rule ever asks for. */
export class TooManySamples extends Error {
  constructor() {
    super(`more than ${MOST_SERIES} series or ${MOST_SAMPLES} samples; none is used`);
    this.name = 'TooManySamples';
  }
}

/** Groups series by name; one that was recorded in several pieces becomes whole. Series without a name cannot be asked for. */
export function indexSeries(all: readonly MetricSeries[]): RecordedMetrics {
  const merged = new Map<string, MetricSeries>();
  for (const series of all) {
    const key = JSON.stringify(Object.entries(series.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = merged.get(key);
    merged.set(
      key,
      known ? { labels: known.labels, samples: mergeSamples(known.samples, series.samples) } : series,
    );
  }
  const index = new Map<string, MetricSeries[]>();
  for (const series of merged.values()) {
    const name = series.labels['__name__'];
    if (name !== undefined) index.set(name, [...(index.get(name) ?? []), series]);
  }
  return index;
}

/** What a query would have answered; null when the metric was not recorded at all, which says nothing about it. */
export function selectSeries(
  metrics: RecordedMetrics,
  request: MetricRequest,
  now: number,
): readonly MetricSeries[] | null {
  const named = metrics.get(request.metric);
  if (named === undefined) return null;
  const { hours, by, over, weeksAgo = 0 } = request;
  const shift = weeksAgo * 7 * DAY;
  const [from, to] = [now - shift - hours * HOUR, now - shift];
  const asked = Object.entries(request.labels);
  const isForeign = ({ labels }: MetricSeries): boolean =>
    'namespace' in request.labels && labels['exported_namespace'] !== undefined;
  const selected = named
    .filter((one) => asked.every(([label, value]) => one.labels[label] === value) && !isForeign(one))
    .map(({ labels, samples }) => ({ labels, samples: samples.filter(([at]) => at >= from && at <= to) }))
    .filter(({ samples }) => samples.length > 0)
    .map((one) =>
      shift === 0 ? one : { ...one, samples: one.samples.map(([at, value]) => [at + shift, value] as const) },
    );
  const merged = by === undefined ? selected : mergedBy(selected, by);
  return over === undefined ? merged : merged.map((one) => summaryOf(one, over, now));
}

function readLabels(metric: unknown): Readonly<Record<string, string>> {
  if (!isRecord(metric)) return {};
  return Object.fromEntries(
    Object.entries(metric)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .map(([name, value]) => [name.toWellFormed(), maskedText(value.toWellFormed())]),
  );
}

/** Seconds and numbers in quotes become milliseconds and numbers; what is not a finite number is no sample. */
function readSamples(values: unknown): MetricSeries['samples'] {
  if (!Array.isArray(values)) return [];
  return values
    .filter((pair): pair is [unknown, unknown] => Array.isArray(pair) && pair.length === 2)
    .map(([at, value]) => [Math.round(Number(at) * 1000), Number(value)] as const)
    .filter(([at, value]) => Math.abs(at) <= LAST_MOMENT && Number.isFinite(value))
    .sort(([a], [b]) => a - b);
}

/** Beyond it there is no `Date`. */
const LAST_MOMENT = 8.64e15;

function mergeSamples(a: MetricSeries['samples'], b: MetricSeries['samples']): MetricSeries['samples'] {
  return [...new Map([...a, ...b])].sort(([x], [y]) => x - y);
}
