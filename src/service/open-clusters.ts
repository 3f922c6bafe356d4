import type { WatchedCluster } from './clusters.ts';
import { LiveCluster } from './live-cluster.ts';
import { RecordedCluster } from './recorded-cluster.ts';
import type { ClusterSettings } from './settings.ts';

/** The cluster that some settings name; nothing is read yet. */
export function watchedCluster({ name, source, repositories }: ClusterSettings): WatchedCluster {
  return source.kind === 'live'
    ? new LiveCluster({ ...source, name, repositories })
    : new RecordedCluster(name, source.path, repositories);
}
