import { endOf, isAbout } from '../alerts/noted.ts';
import type { AlertEntry } from '../dashboard/dashboard.ts';
import { SOURCE_NAMES } from '../model/received-alert.ts';
import type { Store } from '../store/store.ts';
import type { RepositoryScan } from './scan.ts';

/** Alerts that fire about these clusters and that no incident there explains, as far as they were looked up before the scan. */
export async function unexplainedAlerts(
  { alerts }: Pick<Store, 'alerts'>,
  scans: readonly RepositoryScan[],
  now: number,
): Promise<readonly AlertEntry[]> {
  const found: AlertEntry[] = [];
  for (const { cluster, at, report } of scans)
    for (const alert of await alerts.list(cluster)) {
      const { state, resolvedAt, startsAt, receivedAt, source, title, about, why } = alert;
      const isFiring = resolvedAt === null && endOf(alert) > now;
      if (!isFiring || state === 'pending' || receivedAt > at) continue;
      if (report.results.some(({ incident }) => isAbout(alert, incident))) continue;
      found.push({ source: SOURCE_NAMES[source], cluster, title, since: startsAt ?? receivedAt, about, why });
    }
  return found;
}
