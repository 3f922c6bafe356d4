import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import type { MetricSeries, Summary } from '../model/cluster-state.ts';

type Samples = MetricSeries['samples'];

/** One series for each combination of these labels, with the highest value of each time. */
export function mergedBy(all: readonly MetricSeries[], by: readonly string[]): readonly MetricSeries[] {
  const groups = Map.groupBy(all, ({ labels }) => JSON.stringify(by.map((name) => labels[name] ?? null)));
  return [...groups.values()].map((ones) => ({
    labels: Object.fromEntries(
      by.flatMap((name) => {
        const value = ones[0]!.labels[name];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    samples: ones.length === 1 ? ones[0]!.samples : highest(ones.flatMap(({ samples }) => samples)),
  }));
}

function highest(samples: Samples): Samples {
  const byTime = new Map<number, number>();
  for (const [at, value] of samples) byTime.set(at, Math.max(value, byTime.get(at) ?? value));
  return [...byTime].sort(([a], [b]) => a - b);
}

/** The one value of a series that has samples. */
export function summaryOf({ labels, samples }: MetricSeries, over: Summary, now: number): MetricSeries {
  return { labels, samples: [[now, SUMMARIES[over](samples)]] };
}

const SUMMARIES: Readonly<Record<Summary, (samples: Samples) => number>> = {
  p99: (samples) => quantileOf(atSteps(samples), 0.99),
  maximum: (samples) => samples.reduce((most, [, value]) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  measured: (samples) => secondsOf(samples),
};

/**
 * At each whole step the newest sample since the step before, as a query shows them: where some hours were recorded more closely than
 * others, each hour counts the same.
 */
function atSteps(samples: Samples): Samples {
  const byStep = new Map(samples.map(([at, value]) => [Math.ceil(at / STEP) * STEP, value]));
  return [...byStep];
}

/** As Prometheus has it: between two values by the weight of the rank. */
function quantileOf(samples: Samples, quantile: number): number {
  const sorted = samples.map(([, value]) => value).sort((a, b) => a - b);
  const rank = quantile * (sorted.length - 1);
  const [lower, upper] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
  return lower + (upper - lower) * (rank - Math.floor(rank));
}

const STEP = 5 * MINUTE;

/** A recording may have a sample an hour: those are next to each other. */
const LONGEST_GAP = HOUR;

/** How long there were samples, gaps left out. */
function secondsOf(samples: Samples): number {
  const steps = samples.slice(1).map(([at], index) => at - samples[index]![0]);
  const measured = steps.filter((step) => step <= LONGEST_GAP).reduce((sum, step) => sum + step, 0);
  return Math.max(STEP, measured) / 1000;
}
