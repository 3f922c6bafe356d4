import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { MetricSeries } from '../model/cluster-state.ts';
import { ratesOf } from './cpu-use.ts';
import { episodeOf, type Episode } from './episodes.ts';
import { between, maximumOf, medianOf, mergeSeries, valuesOf, type Samples } from './series.ts';

/** A node that sends TCP segments again far more often than the others. */
export interface NodeRetransmits {
  readonly metric: string;
  readonly episode: Episode;
  /** The highest median of any other node in that time, and the node's own outside it; per second. */
  readonly others: number;
  readonly before: number;
  readonly samples: Samples;
}

/** Segments a second that a busy node may send again on a sound network. */
const LEAST = 2;
/** Every other node, and the node itself before, stay below this share. */
const SHARE = 0.25;
const SHORTEST = MINUTE;

/** Null where the node does not stand out, where it did so for less than a minute, and where too little was measured. */
export function retransmitsOf(
  series: readonly MetricSeries[],
  node: KubernetesObject,
  all: readonly KubernetesObject[],
  now: number,
): NodeRetransmits | null {
  const rates = new Map(all.map((one) => [one.metadata.name, ratesOn(series, one)]));
  const own = rates.get(node.metadata.name) ?? [];
  const rest = [...rates].filter(([name, samples]) => name !== node.metadata.name && samples.length > 0);
  const episode = episodeOf(own, LEAST, now);
  if (!episode || rest.length === 0 || episode.to - episode.from < SHORTEST) return null;
  const medians = rest.map(([, samples]) => valuesOf(between(samples, episode.from, episode.to)));
  if (medians.some((values) => values.length === 0)) return null;
  const others = maximumOf(medians.map(medianOf));
  const outside = valuesOf(
    between(own, now - HOUR, now).filter(([at]) => at < episode.from || at > episode.to),
  );
  const before = outside.length === 0 ? Number.POSITIVE_INFINITY : medianOf(outside);
  if (others > episode.median * SHARE || before > episode.median * SHARE) return null;
  const metric = series.find((one) => isOn(one, node))!.labels['__name__'] ?? 'node_netstat_Tcp_RetransSegs';
  return { metric, episode, others, before, samples: own };
}

function ratesOn(series: readonly MetricSeries[], node: KubernetesObject): Samples {
  const own = series.filter((one) => isOn(one, node));
  const [first] = own;
  if (!first) return [];
  const samples = mergeSeries(own);
  return /_?RetransSegs$/.test(first.labels['__name__'] ?? '') ? ratesOf(samples) : samples;
}

/** A series names its node, or the address that it was scraped at. */
function isOn({ labels }: MetricSeries, node: KubernetesObject): boolean {
  const addresses = recordsOf(recordAt(node, 'status')['addresses']).map(({ address }) => String(address));
  const host = (labels['instance'] ?? '').replace(/:\d+$/, '');
  return (
    [labels['node'], labels['nodename'], labels['kubernetes_node'], host].includes(node.metadata.name) ||
    (host !== '' && addresses.includes(host))
  );
}
