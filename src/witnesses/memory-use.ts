import type { KilledContainer } from '../facts/kills.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { describeTime, HOUR, MINUTE } from '../kubernetes/durations.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import { describeBytes, MEBIBYTE } from '../kubernetes/quantities.ts';
import type { Ask } from '../model/ask.ts';
import type { MetricSeries } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Chart } from '../model/finding.ts';
import { prose } from '../untrusted/prose.ts';
import { hintsAtLeak, runsToTheLimit, shapeOf, type MemoryShape } from './leak.ts';
import { samplesByPod } from './pod-series.ts';
import { between, chartOf, maximumOf, quantileOf, stepOf, valuesOf, type Samples } from './series.ts';
import type { Statement } from './statement.ts';

/** The working set of the container, as far as it was measured. Sizes are bytes. */
export interface MemoryUse {
  /** The samples of each pod of the owner, those of the past included. */
  readonly byPod: ReadonlyMap<string, Samples>;
  /** Of the worst pod over seven days; null when not measured. */
  readonly p99: number | null;
  readonly maximum: number | null;
  readonly shape: MemoryShape;
  /** What was measured is too little to call it a leak, and looks like one. */
  readonly mayLeak: boolean;
}

const WORKING_SET = 'container_memory_working_set_bytes';

/** What {@link memoryUse} has to be told. */
export function askForMemoryUse({ workload, name }: ContainerFacts, ask: Ask) {
  const labels = { namespace: workload.ref.namespace ?? '', container: name };
  return {
    workingSet: ask.metric({ metric: WORKING_SET, labels, hours: 7 * 24 }),
    // The same again: a source that thins long ranges shows every minute of this one.
    latest: ask.metric({ metric: WORKING_SET, labels, hours: 6 }),
  };
}

type Answered = {
  readonly [Name in keyof ReturnType<typeof askForMemoryUse>]: readonly MetricSeries[] | null;
};

/**
 * @param limit bytes; Infinity without one
 * @param killed names of the pods that were killed at the limit: pods of the past may have run another version, so they alone show a leak
 */
export function memoryUse(
  owner: ObjectRef,
  killed: readonly string[],
  limit: number,
  { workingSet, latest }: Answered,
): MemoryUse {
  const overWeek = samplesByPod(owner, workingSet);
  const closely = samplesByPod(owner, latest);
  const values = [...overWeek.values()].map(valuesOf);
  const byPod = new Map(
    [...overWeek.keys(), ...closely.keys()].map((pod) => [pod, joined(overWeek.get(pod), closely.get(pod))]),
  );
  const runs = killed.flatMap((pod) => runsToTheLimit(byPod.get(pod) ?? [], limit));
  return {
    byPod,
    p99: values.length === 0 ? null : maximumOf(values.map((one) => quantileOf(one, 0.99))),
    maximum: values.length === 0 ? null : maximumOf(values.map(maximumOf)),
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

export function memoryUseEvidence({ p99, maximum, byPod }: MemoryUse, now: number): readonly Evidence[] {
  if (p99 === null || maximum === null) return [];
  const worst = byPod.size === 1 ? '' : ` (the worst of ${byPod.size} pods)`;
  const text = `P99 over 7 days ${describeBytes(p99)}, maximum ${describeBytes(maximum)}${worst}`;
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
