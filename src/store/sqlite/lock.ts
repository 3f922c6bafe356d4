import { DatabaseSync } from 'node:sqlite';
import { StoreError, withFile } from '../store-error.ts';
import { makeFolder, openForReading } from './open-database.ts';

export interface Lock {
  release(): void;
}

/** Result code of SQLite: another connection holds the lock. */
const SQLITE_BUSY = 5;

/**
 * Makes this process the only writer of a file. The lock is one of the operating system, on an empty file beside the store, by way
 * of a write transaction that never ends: when the process is killed it is free at once, and a process number that means
 * somebody else after a restart, as 1 does in every container, misleads nobody.
 *
 * @throws {StoreError} `in-use` when another process is the writer
 */
export function lockForWriting(file: string): Lock {
  makeFolder(file);
  const path = `${file}.lock`;
  const database = withFile(path, () => new DatabaseSync(path, { timeout: 0 }));
  try {
    withFile(path, () => database.exec('BEGIN IMMEDIATE'));
  } catch (error) {
    database.close();
    throw isBusy(error)
      ? new StoreError('in-use', `${file}: ${writerOf(file)} uses it`, { cause: error })
      : error;
  }
  return { release: () => database.close() };
}

/**
 * Records in the store which process writes to it, for the message that others get, and that it is open. The checkpoint brings this
 * into the file itself, so that a copy of the file alone shows it. It does not truncate the -wal, which would seem to be missing then.
 */
export function noteWriter(database: DatabaseSync, now: number): void {
  database
    .prepare('INSERT OR REPLACE INTO writer (one, pid, since, "open") VALUES (1, ?, ?, 1)')
    .run(process.pid, now);
  database.exec('PRAGMA wal_checkpoint(FULL)');
}

/** The file is whole without the files beside it once the database is closed after this. */
export function noteClosed(database: DatabaseSync): void {
  database.exec('UPDATE writer SET "open" = 0');
}

function writerOf(file: string): string {
  try {
    const database = openForReading(file);
    const writer = database.prepare('SELECT pid, since FROM writer').get();
    database.close();
    if (writer)
      return `another process (${writer['pid']}, since ${new Date(Number(writer['since'])).toISOString()})`;
  } catch {
    // Without a name, the refusal is as clear.
  }
  return 'another process';
}

function isBusy(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY;
}
