import type { Outcome } from '../lifecycle/outcome.ts';
import { abstained } from '../model/abstained.ts';
import type { IncidentResult } from '../model/report.ts';
import type { Metrics } from './metrics.ts';
import type { RecordedScan } from './observer.ts';

const ACTIONS = ['monitor', 'propose', 'auto-fix', 'escalate', 'decline'] as const;

/** Puts incidents, decisions and pull requests into the metrics. It remembers as many incidents as the clusters show now. */
export class IncidentMetrics {
  readonly #metrics: Metrics;
  /** By cluster: the decision on each fingerprint. */
  readonly #decided = new Map<string, ReadonlyMap<string, string>>();
  /** By cluster and fingerprint, when incidents without a pull request were recorded first. */
  readonly #opened = new Map<string, Map<string, number>>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  recorded({ cluster, at, decided, opened }: RecordedScan): void {
    // What the first scan finds may have begun long before anybody watched.
    const isFirst = !this.#decided.has(cluster);
    const since = this.#opened.get(cluster) ?? new Map<string, number>();
    const isNew = new Set(opened);
    for (const { incident } of decided) {
      const { fingerprint, finding } = incident;
      if (!isNew.has(fingerprint)) continue;
      since.set(fingerprint, at);
      if (!isFirst) this.#metrics.signalToIncident.observe(Math.max(0, at - finding.lastSeen) / 1000);
    }
    const seen = new Map(decided.map((result) => [result.incident.fingerprint, result]));
    for (const fingerprint of since.keys()) if (!seen.has(fingerprint)) since.delete(fingerprint);
    this.#opened.set(cluster, since);
    this.#count(cluster, seen);
  }

  #count(cluster: string, seen: ReadonlyMap<string, IncidentResult>): void {
    const { incidents, decisions, abstentions } = this.#metrics;
    const before = this.#decided.get(cluster);
    const now = new Map<string, string>();
    for (const [fingerprint, result] of seen) {
      const { action } = result.decision;
      const reason = abstained(result);
      const said = `${action} ${reason ?? ''}`;
      now.set(fingerprint, said);
      if (before?.get(fingerprint) === said) continue;
      decisions.inc({ action });
      if (reason !== null) abstentions.inc({ reason });
    }
    this.#decided.set(cluster, now);
    for (const action of ACTIONS) {
      const count = [...seen.values()].filter(({ decision }) => decision.action === action).length;
      incidents.set({ cluster, action }, count);
    }
  }

  /** @param at milliseconds since the epoch */
  acted(cluster: string, outcomes: readonly Outcome[], at: number): void {
    const since = this.#opened.get(cluster);
    for (const { kind, fingerprints } of outcomes) {
      if (kind === 'unchanged') continue;
      this.#metrics.outcomes.inc({ outcome: kind });
      const times = fingerprints.flatMap((fingerprint) => since?.get(fingerprint) ?? []);
      if (kind !== 'opened' || times.length === 0) continue;
      this.#metrics.incidentToPullRequest.observe((at - Math.min(...times)) / 1000);
      for (const fingerprint of fingerprints) since?.delete(fingerprint);
    }
  }

  /** Forgets a cluster that the settings no longer name. */
  forget(cluster: string): void {
    this.#decided.delete(cluster);
    this.#opened.delete(cluster);
    for (const action of ACTIONS) this.#metrics.incidents.remove({ cluster, action });
  }
}
