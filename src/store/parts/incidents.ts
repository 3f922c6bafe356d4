import type { Kysely } from 'kysely';
import { recordOf, saveAll } from '../rows.ts';
import type { Schema } from '../schema.ts';
import { afterSeen, afterUnseen } from '../episodes.ts';
import type { Gone, IncidentRecord, RecordedDecision, Scan, ScanOutcome } from '../records.ts';
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
      const changed = new Map<string, IncidentRecord>();
      const opened: string[] = [];
      const returned: string[] = [];
      const gone: Gone[] = [];
      const decided: string[] = [];
      for (const seen of scan.incidents) {
        const { fingerprint } = seen;
        const before =
          changed.get(fingerprint) ?? known.get(fingerprint) ?? (await found(database, fingerprint));
        const next = afterSeen(scan, before, seen);
        if (next.kind === 'opened') opened.push(fingerprint);
        if (next.isBack) returned.push(fingerprint);
        if (next.gone !== null) gone.push(next.gone);
        if (next.kind === 'opened' || isDecidedAnew(before, next.record)) decided.push(fingerprint);
        changed.set(fingerprint, next.record);
        known.delete(fingerprint);
      }
      for (const before of known.values()) {
        const next = afterUnseen(scan, before);
        if (next.gone !== null) gone.push(next.gone);
        if (next.record !== before) changed.set(before.fingerprint, next.record);
      }
      await saveAll(database, 'incidents', [...changed.values()]);
      return { opened, gone, returned, decided };
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

/** Reasons have numbers in them that change from scan to scan. */
function isDecidedAnew(before: IncidentRecord | null, next: IncidentRecord): boolean {
  const said = (decision: RecordedDecision | null | undefined): string =>
    JSON.stringify([decision?.action, decision?.draft, decision?.code ?? null, decision?.repository]);
  return said(before?.decision) !== said(next.decision);
}
