import type { DatabaseSync } from 'node:sqlite';
import type {
  IncidentFilter,
  IncidentRecord,
  Incidents,
  RecordedDecision,
  Scan,
  ScanOutcome,
  SeenIncident,
} from '../store.ts';
import { Table } from './table.ts';
import { inTransaction } from './transaction.ts';

export class SqliteIncidents implements Incidents {
  readonly #database: DatabaseSync;
  readonly #table: Table<IncidentRecord>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#table = new Table<IncidentRecord>(database, 'incidents', {
      fingerprint: 'word',
      cluster: 'word',
      object: 'json',
      container: 'word',
      rule: 'word',
      cause: 'word',
      summary: 'text',
      firstSeen: 'word',
      lastSeen: 'word',
      occurrences: 'word',
      evidenceKinds: 'json',
      decision: 'json',
      state: 'word',
      episode: 'word',
      notSeenSince: 'word',
      recoveredAt: 'word',
    });
  }

  recordScan(scan: Scan): ScanOutcome {
    return inTransaction(this.#database, () => {
      const opened: string[] = [];
      const reopened: string[] = [];
      for (const seen of scan.incidents) {
        const known = this.get(seen.fingerprint);
        if (known === null) opened.push(seen.fingerprint);
        else if (known.state === 'recovered') reopened.push(seen.fingerprint);
        this.#table.save(seenAgain(scan.cluster, known, seen));
      }
      return { opened, reopened, disappeared: this.#noteUnseen(scan) };
    });
  }

  #noteUnseen(scan: Scan): readonly string[] {
    const seen = new Set(scan.incidents.map(({ fingerprint }) => fingerprint));
    const unseen = this.list({ cluster: scan.cluster, state: 'open' }).filter(
      (incident) =>
        incident.notSeenSince === null && !seen.has(incident.fingerprint) && scan.covers(incident),
    );
    for (const incident of unseen) this.#table.save({ ...incident, notSeenSince: scan.at });
    return unseen.map(({ fingerprint }) => fingerprint);
  }

  get(fingerprint: string): IncidentRecord | null {
    return this.#table.first('WHERE fingerprint = ?', fingerprint);
  }

  list({ cluster, state }: IncidentFilter = {}): readonly IncidentRecord[] {
    return this.#table.all(
      'WHERE cluster = coalesce(?, cluster) AND state = coalesce(?, state) ORDER BY lastSeen DESC, fingerprint',
      cluster ?? null,
      state ?? null,
    );
  }

  setDecision(fingerprint: string, decision: RecordedDecision): void {
    this.#change(fingerprint, { decision });
  }

  recover(fingerprint: string, at: number): void {
    this.#change(fingerprint, { state: 'recovered', recoveredAt: at });
  }

  /** What was forgotten meanwhile stays forgotten. */
  #change(fingerprint: string, change: Partial<IncidentRecord>): void {
    const known = this.get(fingerprint);
    if (known) this.#table.save({ ...known, ...change });
  }

  forgetBefore(time: number): number {
    return this.#table.remove('recoveredAt < ?1 OR (lastSeen < ?1 AND notSeenSince < ?1)', time);
  }
}

/** Within an episode the times only widen, and what was counted once stays counted although its objects may be gone. */
function seenAgain(cluster: string, known: IncidentRecord | null, seen: SeenIncident): IncidentRecord {
  const now = { ...seen, cluster, state: 'open', notSeenSince: null, recoveredAt: null } as const;
  if (known === null) return { ...now, episode: 1 };
  const decision = seen.decision ?? known.decision;
  if (known.state === 'recovered') return { ...now, decision, episode: known.episode + 1 };
  return {
    ...now,
    decision,
    episode: known.episode,
    firstSeen: Math.min(known.firstSeen, seen.firstSeen),
    lastSeen: Math.max(known.lastSeen, seen.lastSeen),
    occurrences: Math.max(known.occurrences, seen.occurrences),
  };
}
