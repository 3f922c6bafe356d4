import type { StatusSource } from '../../status-page/source.ts';
import type { IncidentDetail, Overview, ShownCluster } from '../../status-page/views.ts';
import type { ClusterScan, CommandRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Service } from '../service.ts';
import { diagnosedBy, incidentOf, incidentsNow } from './shown-incidents.ts';

export interface StatusParts {
  /** Asked each time: reloading the settings replaces it. Null until there is one. */
  readonly service: () => Service | null;
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What the status page shows, from the scans of this process and from the store. It asks nobody else. */
export class StatusViews implements StatusSource {
  readonly #parts: StatusParts;

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  async overview(): Promise<Overview> {
    const { store } = this.#parts;
    const now = this.#parts.now();
    const service = this.#parts.service();
    const scans = service?.scans ?? [];
    const names = (service?.clusters.all ?? []).map(({ name }) => name);
    return {
      now,
      incidents: await incidentsNow(store, { clusters: new Set(names), scans, now }),
      clusters: await this.#clusters(service, names),
    };
  }

  async incident(fingerprint: string): Promise<IncidentDetail | { readonly partOf: string } | null> {
    const { store } = this.#parts;
    const now = this.#parts.now();
    const scans = this.#parts.service()?.scans ?? [];
    const diagnosed = diagnosedBy(scans);
    const here = diagnosed.get(fingerprint);
    const whole = [...diagnosed.values()].find(({ result }) =>
      result.incident.includes.includes(fingerprint),
    );
    if (here === undefined && whole !== undefined) return { partOf: whole.result.incident.fingerprint };
    const record = await store.incidents.get(fingerprint);
    if (record === null) return null;
    const proposals = await store.proposals.byFingerprint(fingerprint);
    const repositories = new Set(proposals.map(({ repository }) => repository));
    const commands: CommandRecord[] = [];
    for (const repository of repositories)
      commands.push(
        ...(await store.commands.list(repository)).filter((one) => one.fingerprints.includes(fingerprint)),
      );
    return {
      now,
      incident: await incidentOf(store, record, { scans, now }),
      result: here?.result ?? null,
      record,
      proposals,
      verifications: await store.verifications.byFingerprint(fingerprint),
      commands,
      audit: [],
    };
  }

  async #clusters(service: Service | null, names: readonly string[]): Promise<readonly ShownCluster[]> {
    if (service === null) return [];
    const scans: ClusterScan[] = [];
    for (const { host } of service.scans)
      scans.push(...(await this.#parts.store.scans.list(host.repository)));
    return names.map((name) => {
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
}
