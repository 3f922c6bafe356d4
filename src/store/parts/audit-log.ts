import type { Kysely } from 'kysely';
import {
  anchorOf,
  auditHash,
  NO_RECORD,
  type AuditAnchor,
  type AuditKind,
  type AuditLog,
  type AuditPayload,
  type AuditReader,
  type AuditRecord,
  type CheckpointPayload,
} from '../audit.ts';
import { asJson, canonicalJson } from '../canonical-json.ts';
import { maskedJson } from '../masked.ts';
import type { Schema } from '../schema.ts';
import { inTransaction } from '../transaction.ts';

/** The place of a record in the chain; `hash` is the whole one. */
type Link = Pick<AuditRecord, 'sequence' | 'hash'>;

/** So many records are read at a time. */
const PAGE = 500;

export class SqlAuditReader implements AuditReader {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async head(): Promise<AuditAnchor | null> {
    const last = await lastOf(this.#database);
    return last && anchorOf(last);
  }

  records(since?: number): AsyncIterable<AuditRecord> {
    return this.#records(0, since);
  }

  recordsAfter(sequence: number): AsyncIterable<AuditRecord> {
    return this.#records(sequence);
  }

  async *#records(behind: number, since = Number.MIN_SAFE_INTEGER): AsyncIterable<AuditRecord> {
    let after = behind;
    for (;;) {
      const page = await this.#database
        .selectFrom('audit')
        .select(['sequence', 'at', 'kind', 'payload', 'previous', 'hash'])
        .where('sequence', '>', after)
        .where('at', '>=', since)
        .orderBy('sequence')
        .limit(PAGE)
        .execute();
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)!.sequence;
    }
  }

  async anchors(): Promise<readonly AuditAnchor[]> {
    return this.#database
      .selectFrom('anchors')
      .select(['sequence', 'hash'])
      .orderBy('sequence')
      .orderBy('place')
      .execute();
  }
}

export class SqlAuditLog extends SqlAuditReader implements AuditLog {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    super(database);
    this.#database = database;
  }

  append(kind: Exclude<AuditKind, 'checkpoint'>, payload: AuditPayload, at: number): Promise<AuditRecord> {
    const text = canonicalJson(maskedJson(asJson(payload)));
    return inTransaction(this.#database, (database) => append(database, kind, text, at));
  }

  async noteAnchor(place: string, { sequence, hash }: AuditAnchor): Promise<void> {
    await this.#database
      .insertInto('anchors')
      .values({ place, sequence, hash })
      .onConflict((conflict) =>
        conflict.column('place').doUpdateSet({ sequence, hash }).where('anchors.sequence', '<', sequence),
      )
      .execute();
  }

  retire(time: number, now: number): Promise<number> {
    return inTransaction(this.#database, async (database) => {
      const last = await lastBefore(database, time);
      if (last === null) return 0;
      const { removed } = await database
        .selectFrom('audit')
        .select(({ fn }) => fn.countAll<number>().as('removed'))
        .where('sequence', '<=', last.sequence)
        .executeTakeFirstOrThrow();
      const checkpoint: CheckpointPayload = {
        through: last.sequence,
        hash: last.hash,
        removed: Number(removed),
        before: time,
      };
      await append(database, 'checkpoint', canonicalJson(checkpoint), now);
      await database.deleteFrom('audit').where('sequence', '<=', last.sequence).execute();
      return checkpoint.removed;
    });
  }
}

async function append(
  database: Kysely<Schema>,
  kind: AuditKind,
  payload: string,
  at: number,
): Promise<AuditRecord> {
  const last = await lastOf(database);
  const unhashed = {
    sequence: (last?.sequence ?? 0) + 1,
    at,
    kind,
    payload,
    previous: last?.hash ?? NO_RECORD,
  };
  const record = { ...unhashed, hash: auditHash(unhashed) };
  await database.insertInto('audit').values(record).execute();
  return record;
}

async function lastOf(database: Kysely<Schema>): Promise<Link | null> {
  const last = await database
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? null;
}

/** The last record that is older than `time` and has only older ones before it; clocks go back sometimes. */
async function lastBefore(database: Kysely<Schema>, time: number): Promise<Link | null> {
  const younger = await database
    .selectFrom('audit')
    .select('sequence')
    .where('at', '>=', time)
    .orderBy('sequence')
    .limit(1)
    .executeTakeFirst();
  if (!younger) return lastOf(database);
  const last = await database
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .where('sequence', '<', younger.sequence)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? null;
}
