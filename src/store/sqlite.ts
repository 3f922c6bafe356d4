import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { AuditReader } from './audit.ts';
import { migrate } from './migrations.ts';
import { SqlAuditReader } from './parts/audit-log.ts';
import type { Schema } from './schema.ts';
import { OpenSqlStore, type Scope } from './sql-store.ts';
import { NodeSqliteDialect } from './sqlite/dialect.ts';
import { SQLITE } from './sqlite/engine.ts';
import { lockForWriting, noteClosed, noteWriter } from './sqlite/lock.ts';
import { MEMORY, openForReading, openForWriting } from './sqlite/open-database.ts';
import type { OpenStore } from './store.ts';
import { StoreError, usingFile } from './store-error.ts';
import type { StoreOptions } from './store-options.ts';
import { writesIn } from './writes-in.ts';

/**
 * Opens the one file that everything is kept in, and makes it where there is none. As long as it is open, this process is the only
 * one that writes to it.
 *
 * @throws {StoreError} when another process has it open, or it is damaged, newer than this program or not ours
 */
export function openStore(file: string, options: StoreOptions = {}): Promise<OpenStore> {
  return lockedStore(file, () => openForWriting(file), options);
}

/**
 * Opens a file that was copied without its -wal, with what is in it, and records in the audit log that its end may be missing.
 *
 * @throws {StoreError} as {@link openStore}, and `missing` when there is no such file
 */
export async function recoverStore(file: string, now: number): Promise<void> {
  if (!existsSync(file)) throw new StoreError('missing', `${file}: there is no such file`);
  const store = await lockedStore(file, () => openForWriting(file, { acceptLoss: true }));
  try {
    await store.audit.append(
      'start',
      { recovered: 'the file was copied without its -wal; later records may be missing' },
      now,
    );
  } finally {
    await store.close();
  }
}

async function lockedStore(
  file: string,
  open: () => DatabaseSync,
  options: StoreOptions = {},
): Promise<OpenStore> {
  const lock = lockForWriting(file);
  try {
    return await storeOn(open(), file, () => lock.release(), options);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Runs what reads all tables of a file that is there, which is brought up to date before; nobody else writes to it meanwhile. @throws {StoreError} */
export async function withTables<T>(
  file: string,
  work: (database: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  if (!existsSync(file)) throw new StoreError('missing', `${file}: there is no such file`);
  const lock = lockForWriting(file);
  try {
    const sqlite = openForWriting(file);
    const dialect = new NodeSqliteDialect(sqlite, new AsyncLocalStorage<Scope>(), () => noteClosed(sqlite));
    const database = new Kysely<Schema>({ dialect });
    try {
      await usingFile(file, () => migrate(database, SQLITE));
      return await work(database);
    } finally {
      await database.destroy();
    }
  } finally {
    lock.release();
  }
}

/** A store that is gone when it is closed. */
export function openMemoryStore(): Promise<OpenStore> {
  return storeOn(openForWriting(MEMORY), MEMORY, () => undefined);
}

async function storeOn(
  sqlite: DatabaseSync,
  file: string,
  release: () => void,
  { onWrite }: StoreOptions = {},
): Promise<OpenStore> {
  const scopes = new AsyncLocalStorage<Scope>();
  const dialect = new NodeSqliteDialect(sqlite, scopes, () => noteClosed(sqlite));
  const database = new Kysely<Schema>({ dialect, ...(onWrite && { log: writesIn(onWrite) }) });
  try {
    await usingFile(file, async () => {
      await migrate(database, SQLITE);
      noteWriter(sqlite, Date.now());
    });
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return new OpenSqlStore({ database, scopes }, async () => {
    await database.destroy();
    release();
  });
}

/**
 * The audit log of a file as it is now, to be read, also while another process writes to the file.
 *
 * @throws {StoreError} when the file is not there, is damaged, newer than this program or not ours; by `read` too
 */
export async function readAudit<T>(file: string, read: (audit: AuditReader) => Promise<T>): Promise<T> {
  const sqlite = openForReading(file);
  const dialect = new NodeSqliteDialect(sqlite, new AsyncLocalStorage<Scope>());
  const database = new Kysely<Schema>({ dialect });
  try {
    return await usingFile(file, () =>
      // In a transaction, so that what is appended or retired meanwhile does not tear what is read.
      database
        .transaction()
        .setAccessMode('read only')
        .execute((part) => read(new SqlAuditReader(part))),
    );
  } finally {
    sqlite.close();
  }
}
