import type { ContainerFacts } from '../facts/subjects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { MetricSeries } from '../model/cluster-state.ts';
import { cpuUse, ratesOf } from './cpu-use.ts';
import { episodeOf, longEpisodeOf, type Episode } from './episodes.ts';
import { samplesByPod } from './pod-series.ts';
import { between, type Samples } from './series.ts';

/** A pod with the processor time that its container may take, in cores. */
export interface Limited {
  readonly pod: string;
  readonly limit: number;
  /** Samples before this are of its start. */
  readonly since: number;
}

/** A container that was held at its CPU limit. */
export interface Throttling extends Limited {
  readonly metric: string;
  readonly episode: Episode;
  /** The share of its periods that were throttled; null where only its use was measured. */
  readonly ratio: number | null;
  /** Cores; null where the share is known. */
  readonly use: number | null;
  readonly chart: Samples;
}

const PERIODS = 'container_cpu_cfs_periods_total';
const THROTTLED = 'container_cpu_cfs_throttled_periods_total';
/** As the alert CPUThrottlingHigh of kubernetes-mixin has it. */
const MUCH = 0.25;
/** A rate over a minute or two rarely shows the last fifth of a limit. */
const NEARLY = 0.8;
const HOURS = 6;

/** The pod that was held back most: by the periods that the kernel counts, or, where they were not measured, by its use. */
export function* throttling(
  { workload: { ref }, name, cluster }: ContainerFacts,
  pods: readonly Limited[],
  ask: Ask,
): Asking<Throttling | null> {
  const candidates = yield* ask.candidates('cpu-throttled');
  if (!candidates?.some((one) => isOfAny(one, ref.namespace, name, pods))) return null;
  const labels = { namespace: ref.namespace ?? '', container: name };
  const { periods, throttled } = yield* ask.all({
    periods: ask.metric({ metric: PERIODS, labels, hours: HOURS }),
    throttled: ask.metric({ metric: THROTTLED, labels, hours: HOURS }),
  });
  const counted = samplesByPod(ref, periods);
  const held = samplesByPod(ref, throttled);
  const use = counted.size > 0 ? null : yield* cpuUse(ask, ref, name, HOURS);
  const found = pods.flatMap((pod): readonly Throttling[] => {
    const shares = shareOf(counted.get(pod.pod) ?? [], held.get(pod.pod) ?? []);
    const samples = (counted.size > 0 ? shares : (use?.byPod.get(pod.pod) ?? [])).filter(
      ([at]) => at >= pod.since,
    );
    const level = counted.size > 0 ? MUCH : NEARLY * pod.limit;
    const episode = longEpisodeOf(samples, level, cluster.now) ?? episodeOf(samples, level, cluster.now);
    if (!episode) return [];
    const chart = between(samples, episode.from - (episode.to - episode.from), cluster.now);
    const isCounted = counted.size > 0;
    return [
      {
        ...pod,
        episode,
        metric: isCounted ? THROTTLED : use!.metric,
        ratio: isCounted ? episode.median : null,
        use: isCounted ? null : episode.median,
        chart,
      },
    ];
  });
  return found.toSorted((a, b) => b.episode.to - b.episode.from - (a.episode.to - a.episode.from))[0] ?? null;
}

function isOfAny(
  { labels }: MetricSeries,
  namespace: string | null,
  container: string,
  pods: readonly Limited[],
): boolean {
  return (
    labels['namespace'] === namespace &&
    labels['container'] === container &&
    pods.some(({ pod }) => pod === labels['pod'])
  );
}

/** Of two counters that are scraped together: what one grew by, as a share of the other. */
function shareOf(all: Samples, some: Samples): Samples {
  const rates = new Map(ratesOf(some));
  return ratesOf(all).flatMap(([at, rate]) => {
    const part = rates.get(at);
    return part === undefined || rate <= 0 ? [] : [[at, Math.min(1, part / rate)] as const];
  });
}
