import type { KindHealth } from '../../cluster/watching/followed-kind.ts';
import type { ClusterDetail, ShownCluster, ShownIncident, ShownKind } from '../../status-page/views.ts';
import { sectionOf } from '../../status-page/worst-first.ts';
import type { ClusterScan } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { LiveCluster } from '../live-cluster.ts';
import { RecordedCluster } from '../recorded-cluster.ts';
import type { ShownService } from './shown-service.ts';
import type { ClusterSettings } from '../settings.ts';

/** When each cluster was scanned last, and what kept it from being scanned. */
export async function shownClusters(
  service: ShownService,
  store: Pick<Store, 'scans'>,
): Promise<readonly ShownCluster[]> {
  const scans: ClusterScan[] = [];
  for (const { host } of service.scans) scans.push(...(await store.scans.list(host.repository)));
  return service.clusters.all.map(({ name }) => {
    const own = scans.filter(({ cluster }) => cluster === name);
    const times = own.flatMap(({ scannedAt }) => scannedAt ?? []);
    const away = service.clusters.problemOf(name);
    return {
      name,
      scannedAt: times.length === 0 ? null : Math.max(...times),
      problem: away ?? own.find(({ problem }) => problem !== null)?.problem ?? null,
      isAway: away !== null,
    };
  });
}

/** The same with their health. @param settings null where the process has none */
export function clusterDetails(
  service: ShownService,
  shown: readonly ShownCluster[],
  incidents: readonly ShownIncident[],
  settings: readonly ClusterSettings[] | null,
): readonly ClusterDetail[] {
  return shown.map((cluster) => {
    const { name } = cluster;
    const watched = service.clusters.all.find((one) => one.name === name)!;
    const live = watched instanceof LiveCluster ? watched : null;
    const health = live?.health() ?? null;
    const state = service.clusters.latest(name)?.state ?? null;
    return {
      ...cluster,
      source: sourceOf(
        settings?.find((one) => one.name === name),
        live !== null,
      ),
      isWatched: !(watched instanceof RecordedCluster),
      repositories: watched.repositories,
      version: state?.versions.kubernetes ?? null,
      objects: health?.objects ?? null,
      lag: health?.lag ?? null,
      kinds: (live?.kinds() ?? []).flatMap(shownKind),
      problems: state?.problems ?? [],
      failing: incidents.filter((one) => one.cluster === name && sectionOf(one) === 'failing').length,
    };
  });
}

function sourceOf(settings: ClusterSettings | undefined, isLive: boolean): string {
  if (settings?.source.kind === 'live') return `context ${settings.source.context}`;
  return isLive ? 'live' : 'a recording';
}

function shownKind({ resource, namespace, status }: KindHealth): readonly ShownKind[] {
  return status === 'watching' ? [] : [{ resource, namespace, status }];
}
