import { HOUR } from '../kubernetes/durations.ts';
import type { MetricSeries, Purpose } from '../model/cluster-state.ts';
import type { RecordedMetrics } from './recorded-metrics.ts';

/** How one purpose is asked for. */
interface PurposeQuery {
  /**
   * PromQL, in which each series also has these labels (`cluster="prod-eu"`). It lets through what may be worth a look, so that the
   * answer stays small in a large cluster.
   *
   * @param queries what is configured in place of series, by their names
   */
  readonly query: (matchers: Matchers, queries: Queries) => string;
  /** Hours of samples; 0 for the values of now. */
  readonly hours: number;
  /** The recorded metrics that answer it, by their names. */
  readonly recorded: RegExp;
}

const BY_CONTAINER = 'sum by (namespace,pod,container)';
const EACH_CONTAINER = 'max by (namespace,pod,container)';
const CONTAINERS = ['container!=""', 'container!="POD"'];

const EACH_AUTOSCALER = 'max by (namespace,horizontalpodautoscaler)';

type Matchers = readonly string[];
type Queries = Readonly<Record<string, string>>;

function series(metric: string, matchers: Matchers): string {
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(',')}}`;
}

/** Those of cAdvisor that are about containers, not about pods or slices. */
function containers(metric: string, matchers: Matchers): string {
  return series(metric, [...CONTAINERS, ...matchers]);
}

/**
 * The working set of each container, whatever runs and scrapes it has series of.
 *
 * @param of the function that is applied to it first
 */
function workingSet(matchers: Matchers, of: (series: string) => string = (series) => series): string {
  return `${EACH_CONTAINER} (${of(containers('container_memory_working_set_bytes', matchers))})`;
}

/** The memory limit of each container: of cAdvisor, or, since kube-prometheus drops that one, of kube-state-metrics. */
function memoryLimit(matchers: Matchers): string {
  const declared = series('kube_pod_container_resource_limits', ['resource="memory"', ...matchers]);
  const enforced = `${EACH_CONTAINER} (${containers('container_spec_memory_limit_bytes', matchers)} > 0)`;
  return `(${enforced} or ${EACH_CONTAINER} (${declared}))`;
}

/** The names under which services have their latency; the one that is configured, where one is. */
function latencies(matchers: Matchers, queries: Queries): string {
  const configured = LATENCY_NAMES.filter((name) => name in queries).map(
    (name) => `label_replace(${filledIn(queries[name]!, matchers)}, "__name__", "${name}", "", "")`,
  );
  if (configured.length > 0) return configured.join(' or ');
  return series('', ['__name__=~"http_(server_)?request_duration_seconds:p9[05]"', ...matchers]);
}

const LATENCY_NAMES = ['http_request_duration_seconds', 'http_server_request_duration_seconds'].flatMap(
  (name) => [`${name}:p95`, `${name}:p90`],
);

/** A configured query for some labels. */
export function filledIn(query: string, matchers: Matchers): string {
  return query.replaceAll('$labels', () => matchers.join(','));
}

/** Volumes that are full in four days at the pace of the last six hours. */
function filling(used: string, all: string, matchers: Matchers): string {
  return `predict_linear(${series(used, matchers)}[6h], 345600) > ${series(all, matchers)}`;
}

export const PURPOSES: Readonly<Record<Purpose, PurposeQuery>> = {
  'memory-near-limit': {
    query: (matchers) => `${workingSet(matchers)} > 0.85 * ${memoryLimit(matchers)}`,
    hours: 0,
    recorded: /^container_memory_working_set_bytes$/,
  },
  'memory-trend': {
    query: (matchers) =>
      `${workingSet(matchers, (series) => `predict_linear(${series}[6h], 86400)`)} > ${memoryLimit(matchers)}`,
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
  'maximum-reached': {
    query: (matchers) =>
      `${EACH_AUTOSCALER} (max_over_time(${series('kube_horizontalpodautoscaler_status_current_replicas', matchers)}[28h])) >= ${EACH_AUTOSCALER} (${series('kube_horizontalpodautoscaler_spec_max_replicas', matchers)})`,
    hours: 0,
    recorded: /^kube_horizontalpodautoscaler_status_current_replicas$/,
  },
  'service-latency': {
    query: latencies,
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
