import { HOUR } from '../kubernetes/durations.ts';
import type { MetricSeries, Purpose } from '../model/cluster-state.ts';
import type { RecordedMetrics } from './recorded-metrics.ts';

/** How one purpose is asked for. */
interface PurposeQuery {
  /**
   * PromQL, in which each series also has these labels (`cluster="prod-eu"`). It lets through what may be worth a look, so that the
   * answer stays small in a large cluster.
   */
  readonly query: (matchers: Matchers) => string;
  /** Hours of samples; 0 for the values of now. */
  readonly hours: number;
  /** The recorded metrics that answer it, by their names. */
  readonly recorded: RegExp;
}

const BY_CONTAINER = 'sum by (namespace,pod,container)';
const CONTAINERS = ['container!=""', 'container!="POD"'];

type Matchers = readonly string[];

function series(metric: string, matchers: Matchers): string {
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(',')}}`;
}

/** Those of cAdvisor that are about containers, not about pods or slices. */
function containers(metric: string, matchers: Matchers): string {
  return series(metric, [...CONTAINERS, ...matchers]);
}

/** Volumes that are full in four days at the pace of the last six hours. */
function filling(used: string, all: string, matchers: Matchers): string {
  return `predict_linear(${series(used, matchers)}[6h], 345600) > ${series(all, matchers)}`;
}

export const PURPOSES: Readonly<Record<Purpose, PurposeQuery>> = {
  'memory-near-limit': {
    query: (matchers) =>
      `${containers('container_memory_working_set_bytes', matchers)} > 0.85 * (${containers('container_spec_memory_limit_bytes', matchers)} > 0)`,
    hours: 0,
    recorded: /^container_memory_working_set_bytes$/,
  },
  'memory-trend': {
    query: (matchers) =>
      `predict_linear(${containers('container_memory_working_set_bytes', matchers)}[6h], 86400) > (${containers('container_spec_memory_limit_bytes', matchers)} > 0)`,
    hours: 0,
    recorded: /^container_memory_working_set_bytes$/,
  },
  'volumes-filling': {
    query: (matchers) =>
      `${filling('kubelet_volume_stats_used_bytes', 'kubelet_volume_stats_capacity_bytes', matchers)} or ${filling('kubelet_volume_stats_inodes_used', 'kubelet_volume_stats_inodes', matchers)}`,
    hours: 0,
    recorded: /^kubelet_volume_stats_(?:used_bytes|inodes_used)$/,
  },
  'cpu-throttled': {
    query: (matchers) =>
      `${BY_CONTAINER} (increase(${containers('container_cpu_cfs_throttled_periods_total', matchers)}[15m])) / ${BY_CONTAINER} (increase(${containers('container_cpu_cfs_periods_total', matchers)}[15m])) > 0.25`,
    hours: 0,
    recorded:
      /^(?:container_cpu_cfs_throttled_periods_total|container_cpu_usage_seconds_total|node_namespace_pod_container:container_cpu_usage_seconds_total:sum_(?:irate|rate5m))$/,
  },
  'service-latency': {
    query: (matchers) =>
      series('', ['__name__=~"http_(server_)?request_duration_seconds:p9[05]"', ...matchers]),
    hours: 1,
    // A recording has few series, whatever people call them: `p90latency`, `request_duration_seconds:p95`.
    recorded: /(?:latency|duration).*p\d\d|p\d\d.*(?:latency|duration)/i,
  },
  'node-retransmits': {
    query: (matchers) =>
      `sum by (instance,node) (rate(${series('node_netstat_Tcp_RetransSegs', matchers)}[2m]))`,
    hours: 1,
    recorded: /RetransSegs|tcp.?ret(?:r?an)s/i,
  },
};

/** What a recorded cluster has for a purpose; null when none of it was recorded. */
export function recordedFor(
  purpose: Purpose,
  metrics: RecordedMetrics,
  now: number,
): readonly MetricSeries[] | null {
  const { recorded, hours } = PURPOSES[purpose];
  const names = [...metrics.keys()].filter((name) => recorded.test(name));
  if (names.length === 0) return null;
  const from = hours === 0 ? Number.NEGATIVE_INFINITY : now - hours * HOUR;
  return names
    .flatMap((name) => metrics.get(name)!)
    .map(({ labels, samples }) => ({ labels, samples: samples.filter(([at]) => at >= from && at <= now) }))
    .filter(({ samples }) => samples.length > 0);
}
