import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { SqliteAuditLog, SqliteAuditReader, type AuditReader } from './sqlite/audit-log.ts';
import { SqliteCursors, SqliteHandled, SqliteIssues, SqliteWrites } from './sqlite/bookkeeping.ts';
import { SqliteCommands, SqliteMarkers } from './sqlite/commands.ts';
import { SqliteIncidents } from './sqlite/incidents.ts';
import { lockForWriting, noteClosed, noteWriter, type Lock } from './sqlite/lock.ts';
import { openForReading, openForWriting } from './sqlite/open-database.ts';
import { renameRepository } from './sqlite/rename-repository.ts';
import { SqliteProposals } from './sqlite/proposals.ts';
import { SqliteIgnores, SqliteSnoozes } from './sqlite/silences.ts';
import { inTransaction } from './sqlite/transaction.ts';
import { SqliteVerifications } from './sqlite/verifications.ts';
import type { Store } from './store.ts';
import { StoreError, withFile } from './store-error.ts';

/**
 * Opens the one file that everything is kept in, and makes it where there is none. As long as it is open, this process is the only
 * one that writes to it.
 *
 * @throws {StoreError} when another process has it open, or it is damaged, newer than this program or not ours
 */
export function openStore(file: string): Store {
  return lockedStore(file, () => openForWriting(file));
}

/**
 * Opens a file that was copied without its -wal, with what is in it, and records in the audit log that its end may be missing.
 *
 * @throws {StoreError} as {@link openStore}, and `missing` when there is no such file
 */
export function recoverStore(file: string, now: number): void {
  if (!existsSync(file)) throw new StoreError('missing', `${file}: there is no such file`);
  const store = lockedStore(file, () => openForWriting(file, { acceptLoss: true }));
  try {
    store.audit.append(
      'start',
      { recovered: 'the file was copied without its -wal; later records may be missing' },
      now,
    );
  } finally {
    store.close();
  }
}

function lockedStore(file: string, open: () => DatabaseSync): Store {
  const lock = lockForWriting(file);
  try {
    const database = open();
    noteWriter(database, Date.now());
    return new SqliteStore(database, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A store that is gone when it is closed. */
export function openMemoryStore(): Store {
  return new SqliteStore(openForWriting(':memory:'), { release: () => undefined });
}

/**
 * The audit log of a file, to be read, also while another process writes to the file.
 *
 * @throws {StoreError} when the file is not there, is damaged, newer than this program or not ours; by `read` too
 */
export function readAudit<T>(file: string, read: (audit: AuditReader) => T): T {
  const database = openForReading(file);
  try {
    return withFile(file, () => read(new SqliteAuditReader(database)));
  } finally {
    database.close();
  }
}

class SqliteStore implements Store {
  readonly incidents: SqliteIncidents;
  readonly snoozes: SqliteSnoozes;
  readonly ignores: SqliteIgnores;
  readonly proposals: SqliteProposals;
  readonly verifications: SqliteVerifications;
  readonly writes: SqliteWrites;
  readonly handled: SqliteHandled;
  readonly cursors: SqliteCursors;
  readonly issues: SqliteIssues;
  readonly commands: SqliteCommands;
  readonly markers: SqliteMarkers;
  readonly audit: SqliteAuditLog;
  readonly #database: DatabaseSync;
  readonly #lock: Lock;

  constructor(database: DatabaseSync, lock: Lock) {
    this.#database = database;
    this.#lock = lock;
    this.incidents = new SqliteIncidents(database);
    this.snoozes = new SqliteSnoozes(database);
    this.ignores = new SqliteIgnores(database);
    this.proposals = new SqliteProposals(database);
    this.verifications = new SqliteVerifications(database);
    this.writes = new SqliteWrites(database);
    this.handled = new SqliteHandled(database);
    this.cursors = new SqliteCursors(database);
    this.issues = new SqliteIssues(database);
    this.commands = new SqliteCommands(database);
    this.markers = new SqliteMarkers(database);
    this.audit = new SqliteAuditLog(database);
  }

  transaction<T>(work: () => T): T {
    return inTransaction(this.#database, work);
  }

  forgetBefore(time: number): number {
    const parts = [
      this.incidents,
      this.snoozes,
      this.proposals,
      this.verifications,
      this.writes,
      this.handled,
      this.commands,
    ];
    return this.transaction(() => parts.reduce((sum, part) => sum + part.forgetBefore(time), 0));
  }

  renameRepository(from: string, to: string): void {
    renameRepository(this.#database, from, to);
  }

  close(): void {
    noteClosed(this.#database);
    this.#database.close();
    this.#lock.release();
  }
}
