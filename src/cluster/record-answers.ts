import { DAY } from '../kubernetes/durations.ts';
import type {
  ClusterSource,
  ContainerUsage,
  LogRequest,
  MetricRequest,
  MetricSeries,
  Purpose,
} from '../model/cluster-state.ts';
import type { MaskedText } from '../untrusted/masked.ts';

/** A source that keeps the metrics and passes on the logs which it answered with. */
export interface KeepingSource {
  readonly source: ClusterSource;
  /** Each series with a name once, over the longest time asked for. */
  series(): readonly MetricSeries[];
  /** False where there is no such log; asks for one that nobody has asked for yet. */
  hasLog(request: LogRequest): Promise<boolean>;
  /** What each purpose was answered with, also when that is nothing. */
  candidates(): ReadonlyMap<Purpose, readonly MetricSeries[]>;
  /** What pods use, of those that somebody asked about. */
  usage(): readonly UsageOfPod[];
}

export interface UsageOfPod {
  readonly namespace: string;
  readonly pod: string;
  readonly containers: readonly ContainerUsage[];
}

/**
 * Passes everything on to `source`. Of one metric asked for several spans only the longest answer is kept: samples of two steps in one
 * series would shift its percentiles.
 */
export function keepingAnswers(
  source: ClusterSource,
  onLog: (request: LogRequest, text: MaskedText) => Promise<void>,
): KeepingSource {
  const kept = new Map<string, { readonly hours: number; readonly series: MetricSeries }>();
  const found = new Map<Purpose, readonly MetricSeries[]>();
  const used = new Map<string, UsageOfPod>();
  const logs = new Map<string, boolean>();
  const readLog = async (request: LogRequest): Promise<MaskedText | null> => {
    const text = await source.log(request);
    if (text !== null) await onLog(request, text);
    logs.set(logKey(request), text !== null);
    return text;
  };
  const keep = ({ hours, weeksAgo = 0 }: MetricRequest, { labels, samples }: MetricSeries): void => {
    // What a query computes has no name, and a recording is asked by name.
    if (labels['__name__'] === undefined) return;
    const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([weeksAgo, sorted]);
    if (hours <= (kept.get(key)?.hours ?? -1)) return;
    const own = samples.map(([at, value]) => [at - weeksAgo * 7 * DAY, value] as const);
    kept.set(key, { hours, series: { labels, samples: own } });
  };
  return {
    source: {
      ...source,
      log: readLog,
      metric: async (request: MetricRequest, now) => {
        const answer = await source.metric(request, now);
        const { by, over, ...plain } = request;
        // Of what the server computes, a recording needs the samples.
        const samples = by === undefined && over === undefined ? answer : await source.metric(plain, now);
        for (const series of samples ?? []) keep(plain, series);
        return answer;
      },
      candidates: async (purpose, now) => {
        const answer = (await source.candidates?.(purpose, now)) ?? null;
        if (answer !== null) found.set(purpose, answer);
        return answer;
      },
      usage: async (namespace, pod) => {
        const containers = (await source.usage?.(namespace, pod)) ?? null;
        if (containers !== null) used.set(`${namespace}/${pod}`, { namespace, pod, containers });
        return containers;
      },
    },
    hasLog: async (request) => logs.get(logKey(request)) ?? (await readLog(request)) !== null,
    series: () => [...kept.values()].map(({ series }) => series),
    candidates: () => found,
    usage: () => [...used.values()],
  };
}

function logKey({ namespace, pod, container, previous }: LogRequest): string {
  return JSON.stringify([namespace, pod, container, previous]);
}
