import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  anchorOf,
  auditHash,
  NO_RECORD,
  type AuditAnchor,
  type AuditKind,
  type AuditLog,
  type AuditPayload,
  type AuditRecord,
  type CheckpointPayload,
} from '../audit.ts';
import { asJson, canonicalJson } from '../canonical-json.ts';
import { maskedJson } from '../masked.ts';
import { inTransaction } from './transaction.ts';

/** What can be read of an audit log while another process writes to it. */
export type AuditReader = Pick<AuditLog, 'head' | 'records' | 'anchors'>;

/** Where a record stands in the chain; `hash` is the whole one. */
type Link = Pick<AuditRecord, 'sequence' | 'hash'>;

export class SqliteAuditReader implements AuditReader {
  readonly #database: DatabaseSync;
  readonly #last: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#last = database.prepare('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1');
  }

  head(): AuditAnchor | null {
    const last = this.last();
    return last && anchorOf(last);
  }

  protected last(): Link | null {
    return linkOf(this.#last.get());
  }

  *records(since = -Infinity): Iterable<AuditRecord> {
    // A statement of its own each time: two readers do not disturb each other.
    const rows = this.#database.prepare('SELECT * FROM audit WHERE at >= ? ORDER BY sequence');
    for (const { sequence, at, kind, payload, previous, hash } of rows.iterate(since))
      yield { sequence, at, kind, payload, previous, hash } as unknown as AuditRecord;
  }

  anchors(): readonly AuditAnchor[] {
    return this.#database
      .prepare('SELECT sequence, hash FROM anchors ORDER BY sequence')
      .all()
      .map((row) => linkOf(row)!);
  }
}

export class SqliteAuditLog extends SqliteAuditReader implements AuditLog {
  readonly #database: DatabaseSync;
  readonly #append: StatementSync;

  constructor(database: DatabaseSync) {
    super(database);
    this.#database = database;
    this.#append = database.prepare(
      'INSERT INTO audit (sequence, at, kind, payload, previous, hash) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  append(kind: Exclude<AuditKind, 'checkpoint'>, payload: AuditPayload, at: number): AuditRecord {
    return this.#write(kind, canonicalJson(maskedJson(asJson(payload))), at);
  }

  #write(kind: AuditKind, payload: string, at: number): AuditRecord {
    return inTransaction(this.#database, () => {
      const last = this.last();
      const record = {
        sequence: (last?.sequence ?? 0) + 1,
        at,
        kind,
        payload,
        previous: last?.hash ?? NO_RECORD,
      };
      const hash = auditHash(record);
      this.#append.run(record.sequence, at, kind, payload, record.previous, hash);
      return { ...record, hash };
    });
  }

  noteAnchor(place: string, { sequence, hash }: AuditAnchor): void {
    this.#database
      .prepare(
        `INSERT INTO anchors (place, sequence, hash) VALUES (?, ?, ?)
         ON CONFLICT (place) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
         WHERE excluded.sequence > anchors.sequence`,
      )
      .run(place, sequence, hash);
  }

  retire(time: number, now: number): number {
    return inTransaction(this.#database, () => {
      const last = this.#lastBefore(time);
      if (last === null) return 0;
      const removed = Number(
        this.#database.prepare('SELECT count(*) AS n FROM audit WHERE sequence <= ?').get(last.sequence)![
          'n'
        ],
      );
      const checkpoint: CheckpointPayload = {
        through: last.sequence,
        hash: last.hash,
        removed,
        before: time,
      };
      this.#write('checkpoint', canonicalJson(checkpoint), now);
      this.#database.prepare('DELETE FROM audit WHERE sequence <= ?').run(last.sequence);
      return removed;
    });
  }

  /** The last record that is older than `time` and has only older ones before it; clocks go back sometimes. */
  #lastBefore(time: number): Link | null {
    const row = this.#database
      .prepare(
        `SELECT sequence, hash FROM audit
         WHERE sequence < coalesce((SELECT min(sequence) FROM audit WHERE at >= ?), 9223372036854775807)
         ORDER BY sequence DESC LIMIT 1`,
      )
      .get(time);
    return linkOf(row);
  }
}

function linkOf(row: Readonly<Record<string, unknown>> | undefined): Link | null {
  return row ? { sequence: row['sequence'] as number, hash: row['hash'] as string } : null;
}
