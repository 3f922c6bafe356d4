import { DAY } from '../../kubernetes/durations.ts';
import type { GitHubLimit } from '../../model/github-limit.ts';
import type { BlameAnswer, BlameQuestion } from '../../status-page/blame-page.ts';
import type { StatusSource } from '../../status-page/source.ts';
import type {
  ClustersView,
  ConfigurationView,
  DecisionsView,
  IncidentDetail,
  Overview,
  RepositoriesView,
  WorthView,
} from '../../status-page/views.ts';
import type { CommandRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { Settings } from '../settings.ts';
import { auditOf, worthSince } from './audit-of.ts';
import { clusterDetails, shownClusters } from './shown-clusters.ts';
import { blameViews } from './blame-views.ts';
import { diagnosedBy, incidentOf, incidentsNow } from './shown-incidents.ts';
import { repositoryConfigurations, repositoryDetails } from './shown-repositories.ts';
import type { ShownService } from './shown-service.ts';
import { serviceSettings } from './shown-settings.ts';

export interface StatusParts {
  /** Asked each time: reloading the settings replaces it. Null until there is one. */
  readonly service: () => ShownService | null;
  readonly store: Store;
  /** Those in force; null where the process has none. */
  readonly settings: () => Settings | null;
  /** What GitHub lets the App ask, as it said last. */
  readonly limits: () => readonly GitHubLimit[];
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
      clusters: service === null ? [] : await shownClusters(service, store),
    };
  }

  async clusters(): Promise<ClustersView> {
    const { now, incidents, clusters } = await this.overview();
    const service = this.#parts.service();
    const settings = this.#parts.settings()?.clusters ?? null;
    return { now, clusters: service === null ? [] : clusterDetails(service, clusters, incidents, settings) };
  }

  async repositories(): Promise<RepositoriesView> {
    const { store, limits } = this.#parts;
    const scans = this.#parts.service()?.scans ?? [];
    return { now: this.#parts.now(), repositories: await repositoryDetails(scans, store), limits: limits() };
  }

  async decisions(): Promise<DecisionsView> {
    const { store } = this.#parts;
    const now = this.#parts.now();
    const decisions = (await store.incidents.list()).flatMap((incident) => {
      const { fingerprint, cluster, object, rule, cause, decision, lastSeen, notSeenSince } = incident;
      if (decision === null) return [];
      return [
        { fingerprint, cluster, object, rule, cause, decision, lastSeen, isNow: notSeenSince === null },
      ];
    });
    return { now, decisions };
  }

  async worth(days: number): Promise<WorthView> {
    const now = this.#parts.now();
    return { now, report: await worthSince(this.#parts.store, now - days * DAY) };
  }

  async configuration(): Promise<ConfigurationView> {
    const settings = this.#parts.settings();
    return {
      now: this.#parts.now(),
      repositories: repositoryConfigurations(this.#parts.service()?.scans ?? []),
      service: settings === null ? [] : serviceSettings(settings),
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
      audit: await auditOf(store, fingerprint, record.firstSeen),
    };
  }

  async blame(question: BlameQuestion): Promise<readonly BlameAnswer[]> {
    return blameViews(this.#parts.service()?.scans ?? [], question);
  }
}
