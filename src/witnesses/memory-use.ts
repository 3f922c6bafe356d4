import type { KilledContainer } from '../facts/kills.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { DAY, describeDuration, describeTime, HOUR, MINUTE } from '../kubernetes/durations.ts';
import { describeBytes, MEBIBYTE } from '../kubernetes/quantities.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { MetricSeries, Summary } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Chart } from '../model/finding.ts';
import { prose } from '../untrusted/prose.ts';
import { hintsAtLeak, runsToTheLimit, shapeOf, type MemoryShape } from './leak.ts';
import { samplesByPod } from './pod-series.ts';
import { between, chartOf, maximumOf, mergeSeries, stepOf, valuesOf, type Samples } from './series.ts';
import type { Statement } from './statement.ts';

/** The working set of the container, as far as it was measured. Sizes are bytes. */
export interface MemoryUse {
  /** Pods of the owner that were measured, those of the past and of other revisions included. */
  readonly pods: number;
  /** Of the worst pod over seven days; null when not measured. */
  readonly p99: number | null;
  readonly maximum: number | null;
  /** Milliseconds of these days in which the pod that was measured longest was measured. */
  readonly measured: number;
  /** The samples of each pod that was asked about. */
  readonly byPod: ReadonlyMap<string, Samples>;
  readonly shape: MemoryShape;
  /** What was measured is too little to call it a leak, and looks like one. */
  readonly mayLeak: boolean;
}

const WORKING_SET = 'container_memory_working_set_bytes';
const WEEK = 7 * 24;
/** What is measured of a container in one pod, whatever runs it had and whoever scraped it. */
const BY = ['namespace', 'pod', 'container'];
/** Pods whose samples are read: each has a week of them. */
const MOST_PODS = 8;

/**
 * What the pods of a workload used: percentiles of all of them, computed where the samples are, and the samples of those that were killed.
 *
 * @param killed names of the pods that were killed at the limit, the worst first: pods of the past may have run another version, so they
 * alone show a leak
 * @param limit bytes; Infinity without one
 */
export function* memoryUse(
  { workload: { ref }, name }: { readonly workload: Pick<WorkloadFacts, 'ref'>; readonly name: string },
  killed: readonly string[],
  limit: number,
  ask: Ask,
): Asking<MemoryUse> {
  const labels = { namespace: ref.namespace ?? '', container: name };
  const summary = (over: Summary) => ask.metric({ metric: WORKING_SET, labels, hours: WEEK, by: BY, over });
  const shown = killed.slice(0, MOST_PODS);
  const samplesOver = (hours: number) =>
    shown.map((pod) => ask.metric({ metric: WORKING_SET, labels: { ...labels, pod }, hours, by: BY }));
  const [p99, maximum, measured, ...samples] = yield* ask.each([
    summary('p99'),
    summary('maximum'),
    summary('measured'),
    ...samplesOver(WEEK),
    // The same again: a source that thins long ranges shows every minute of this one.
    ...samplesOver(6),
  ]);
  const highest = (answer: readonly MetricSeries[] | null | undefined): number | null => {
    const values = [...samplesByPod(ref, answer ?? null).values()].flatMap(valuesOf);
    return values.length === 0 ? null : maximumOf(values);
  };
  const byPod = new Map(
    shown.flatMap((pod, index) => {
      const [coarse, fine] = [samples[index], samples[index + shown.length]].map((one) =>
        mergeSeries(one ?? []),
      );
      const all = joined(coarse, fine);
      return all.length === 0 ? [] : [[pod, all] as const];
    }),
  );
  const runs = [...byPod.values()].flatMap((one) => runsToTheLimit(one, limit));
  return {
    pods: samplesByPod(ref, p99 ?? null).size,
    p99: highest(p99),
    maximum: highest(maximum),
    measured: 1000 * (highest(measured) ?? 0),
    byPod,
    shape: shapeOf(runs),
    mayLeak: hintsAtLeak(runs, limit),
  };
}

/** The coarse samples up to where the fine ones begin, then those. */
function joined(coarse: Samples = [], fine: Samples = []): Samples {
  const from = fine[0]?.[0] ?? Number.POSITIVE_INFINITY;
  return [...coarse.filter(([at]) => at < from), ...fine];
}

/** A peak below this share of the limit says that the limit was not reached. */
const FAR_BELOW = 0.6;
/** A peak above this share explains a kill without a single large allocation. */
export const NEAR = 0.9;

/** The highest use before a kill, in words, with what it means where it is far below the limit. */
export interface PeakUse {
  readonly peak: string;
  /** It came so close to the limit that no single large allocation is needed to explain the kill. */
  readonly isNear: boolean;
  readonly farBelow: Statement | null;
}

/**
 * The peak of all killed instances. Instances that lived less than three samples say nothing: they may have died in between. null where none
 * was measured.
 *
 * @param limit bytes; `written` is the same as it is written
 */
export function peakBeforeKills(
  { byPod }: MemoryUse,
  killed: readonly KilledContainer[],
  { limit, written, now }: { readonly limit: number; readonly written: string; readonly now: number },
): PeakUse | null {
  const peaks = killed.flatMap(({ pod, kills }) => {
    const { at, startedAt } = kills[0]!;
    const lived = between(byPod.get(pod.metadata.name) ?? [], startedAt ?? at - 60 * MINUTE, at);
    const measured = lived.length >= 3 && at - lived.at(-1)![0] <= 3 * stepOf(lived);
    return measured ? [{ at, bytes: maximumOf(valuesOf(lived)) }] : [];
  });
  if (peaks.length === 0) return null;
  const highest = maximumOf(peaks.map(({ bytes }) => bytes));
  const peak = describeBytes(highest);
  if (highest >= FAR_BELOW * limit) return { peak, isNear: highest >= NEAR * limit, farBelow: null };
  const text = `highest value before a kill: ${peak}, limit ${written}`;
  return {
    peak,
    isNear: false,
    farBelow: {
      says: prose`The working set before each kill stayed below ${100 * FAR_BELOW} % of the limit (${peak} at most), so a limit that is a little too small is not the reason: the node was short of memory, or one allocation was larger than everything else together.`,
      evidence: [quoted('metric', WORKING_SET, now, text)],
      advice: [
        prose`Look for a single large request at ${describeTime(peaks[0]!.at)}, and at the memory of the node at that time.`,
      ],
    },
  };
}

/** What is measured for so long counts as measured all the time. */
const NEARLY_ALL = 6 * DAY;

export function memoryUseEvidence(
  { p99, maximum, pods, measured }: MemoryUse,
  now: number,
): readonly Evidence[] {
  if (p99 === null || maximum === null) return [];
  const remarks = [
    ...(pods === 1 ? [] : [`the worst of ${pods} pods`]),
    ...(measured >= NEARLY_ALL
      ? []
      : [`measured for ${describeDuration(Math.max(1, Math.round(measured / HOUR)) * HOUR)}`]),
  ];
  const told = remarks.length === 0 ? '' : ` (${remarks.join(', ')})`;
  const text = `P99 over 7 days ${describeBytes(p99)}, maximum ${describeBytes(maximum)}${told}`;
  return [quoted('metric', WORKING_SET, now, text)];
}

const CHART_SPAN = 6 * HOUR;

/** The working set of the first of these pods that was measured, over the last six hours, with the limit. */
export function memoryUseChart(
  { byPod }: MemoryUse,
  pods: readonly string[],
  limit: number,
  now: number,
): Chart | null {
  const pod = pods.find((name) => byPod.has(name));
  if (pod === undefined) return null;
  const line = Number.isFinite(limit) ? { label: 'memory limit', value: inMebibytes(limit) } : null;
  const samples = between(byPod.get(pod)!, now - CHART_SPAN, now);
  return chartOf(samples, { title: `Working set of ${pod}`, unit: 'MiB', line }, inMebibytes);
}

function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}
