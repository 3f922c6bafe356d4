import type { Kysely } from 'kysely';
import { recordOf, save } from '../rows.ts';
import type { Schema } from '../schema.ts';
import type { IncidentRecord, RecordedDecision, Scan, ScanOutcome, SeenIncident } from '../records.ts';
import type { Incidents } from '../store.ts';
import { inTransaction } from '../transaction.ts';

export class SqlIncidents implements Incidents {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  recordScan(scan: Scan): Promise<ScanOutcome> {
    return inTransaction(this.#database, async (database) => {
      const known = new Map(
        (await listed(database, scan.cluster)).map((incident) => [incident.fingerprint, incident]),
      );
      const opened: string[] = [];
      for (const seen of scan.incidents) {
        const before = known.get(seen.fingerprint) ?? (await found(database, seen.fingerprint));
        if (before === null) opened.push(seen.fingerprint);
        await save(database, 'incidents', seenAgain(scan, before, seen));
      }
      const seen = new Set(scan.incidents.map(({ fingerprint }) => fingerprint));
      const unseen = [...known.values()].filter(
        (incident) =>
          incident.notSeenSince === null && !seen.has(incident.fingerprint) && scan.covers(incident),
      );
      for (const incident of unseen)
        await save(database, 'incidents', { ...incident, notSeenSince: scan.at });
      return { opened, disappeared: unseen.map(({ fingerprint }) => fingerprint) };
    });
  }

  get(fingerprint: string): Promise<IncidentRecord | null> {
    return found(this.#database, fingerprint);
  }

  list(): Promise<readonly IncidentRecord[]> {
    return listed(this.#database);
  }
}

async function found(database: Kysely<Schema>, fingerprint: string): Promise<IncidentRecord | null> {
  const row = await database
    .selectFrom('incidents')
    .selectAll()
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst();
  return row ? recordOf('incidents', row) : null;
}

async function listed(database: Kysely<Schema>, cluster?: string): Promise<readonly IncidentRecord[]> {
  const rows = await database
    .selectFrom('incidents')
    .selectAll()
    .$if(cluster !== undefined, (query) => query.where('cluster', '=', cluster!))
    .orderBy('lastSeen', 'desc')
    .orderBy('fingerprint')
    .execute();
  return rows.map((row) => recordOf('incidents', row));
}

/** The times only widen, and what was counted once stays counted although its objects may be gone. */
function seenAgain(
  { cluster, repositories = [] }: Scan,
  known: IncidentRecord | null,
  seen: SeenIncident,
): IncidentRecord {
  const now = { ...seen, cluster, notSeenSince: null };
  if (known === null) return now;
  return {
    ...now,
    decision: standing(known.decision, seen.decision, repositories),
    firstSeen: Math.min(known.firstSeen, seen.firstSeen),
    lastSeen: Math.max(known.lastSeen, seen.lastSeen),
    occurrences: Math.max(known.occurrences, seen.occurrences),
  };
}

/** A repository that can do nothing about an incident does not take back what another one decided, which is still served. */
function standing(
  known: RecordedDecision | null,
  seen: RecordedDecision | null,
  repositories: readonly string[],
): RecordedDecision | null {
  if (seen === null) return known;
  const by = known?.repository;
  const isOthers = by !== undefined && by !== seen.repository && repositories.includes(by);
  return isOthers && known!.action !== 'decline' && seen.action === 'decline' ? known : seen;
}
