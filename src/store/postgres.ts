import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { Kysely } from 'kysely';
import type { Pool } from 'pg';
import type { AuditReader } from './audit.ts';
import { migrate, MIGRATIONS } from './migrations.ts';
import { SqlAuditReader } from './parts/audit-log.ts';
import { shownPlace } from './postgres/address.ts';
import { isPassing, PostgresDialect } from './postgres/dialect.ts';
import { lockWrites, POSTGRES, VERSION_TABLE } from './postgres/engine.ts';
import { newPool } from './postgres/pool.ts';
import type { Schema } from './schema.ts';
import { OpenSqlStore, type Scope, type Scopes } from './sql-store.ts';
import type { OpenStore } from './store.ts';
import { StoreError } from './store-error.ts';
import type { StoreOptions } from './store-options.ts';
import { writesIn } from './writes-in.ts';

export interface PostgresOptions extends StoreOptions {
  /** Where the tables are. Default: `faultline`. */
  readonly schema?: string;
}

export const SCHEMA = 'faultline';
const CONNECTIONS = 10;
/** Milliseconds. */
const LAST_QUERIES = 1_000;

/**
 * Opens the store in a PostgreSQL database, and makes its tables where there are none. Several processes may have it open at a time.
 *
 * @param address `postgres://user:password@host:5432/database`
 * @throws {StoreError} when it cannot be reached within 15 seconds, refuses, or is newer than this program
 */
export async function openPostgresStore(address: string, options: PostgresOptions = {}): Promise<OpenStore> {
  const { database, scopes } = await opened(address, options);
  // A query that has no answer yet does not keep the process.
  return new OpenSqlStore({ database, scopes }, () =>
    Promise.race([database.destroy(), setTimeout(LAST_QUERIES, undefined, { ref: false })]),
  );
}

/** Runs what works on all tables of a database, which are made where there are none. @throws {StoreError} */
export async function withPostgresTables<T>(
  address: string,
  options: PostgresOptions,
  work: (database: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  const { database } = await opened(address, options);
  try {
    return await meaning(address, () => work(database));
  } finally {
    await database.destroy();
  }
}

async function opened(
  address: string,
  { schema = SCHEMA, onWrite }: PostgresOptions,
): Promise<{ readonly database: Kysely<Schema>; readonly scopes: Scopes }> {
  const pool = newPool(address, { schema, most: CONNECTIONS });
  const scopes = new AsyncLocalStorage<Scope>();
  const dialect = new PostgresDialect(pool, scopes);
  const database = new Kysely<Schema>({ dialect, ...(onWrite && { log: writesIn(onWrite) }) });
  try {
    await meaning(address, async () => {
      // The first connection waits for a database that is just starting.
      await database.connection().execute(async () => undefined);
      await prepare(pool, schema);
      // All steps in one transaction: several processes may start at once.
      await database.transaction().execute(async (part) => {
        await migrate(part, POSTGRES);
        await lockWrites(part);
      });
      await checkVersion(database, address);
    });
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { database, scopes };
}

/** The audit log of a database as it is now, to be read. @throws {StoreError} as {@link openPostgresStore}, and `missing` */
export async function readPostgresAudit<T>(
  address: string,
  read: (audit: AuditReader) => Promise<T>,
  { schema = SCHEMA }: Pick<PostgresOptions, 'schema'> = {},
): Promise<T> {
  const pool = newPool(address, { schema, most: 1 });
  const dialect = new PostgresDialect(pool, new AsyncLocalStorage<Scope>());
  const database = new Kysely<Schema>({ dialect });
  try {
    return await meaning(address, async () => {
      await database.connection().execute(async () => undefined);
      if (!(await isThere(pool, schema)))
        throw new StoreError('missing', `${shownPlace(address)}: there is no store of Faultline in it`);
      await checkVersion(database, address);
      return database
        .transaction()
        .setAccessMode('read only')
        .execute((part) => read(new SqlAuditReader(part)));
    });
  } finally {
    await pool.end();
  }
}

/** The schema and the table of the version. A role that may make no schema uses one that is there. */
async function prepare(pool: Pool, schema: string): Promise<void> {
  const client = await pool.connect();
  try {
    // Two processes that make the same thing at once would get in each other's way.
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(1179404364, hashtext($1))', [schema]);
    const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
    if (rows.length === 0) await client.query(`create schema ${client.escapeIdentifier(schema)}`);
    await client.query(VERSION_TABLE);
    await client.query('commit');
  } finally {
    // A transaction that failed ends with its connection.
    client.release(true);
  }
}

async function isThere(pool: Pool, schema: string): Promise<boolean> {
  const name = '"storeVersion"';
  const { rows } = await pool.query('select to_regclass($1) as found', [`"${schema}".${name}`]);
  return rows[0].found !== null;
}

async function checkVersion(database: Kysely<Schema>, address: string): Promise<void> {
  const version = await POSTGRES.version(database);
  if (version > MIGRATIONS.length)
    throw new StoreError(
      'newer',
      `${shownPlace(address)}: version ${version} was written by a newer Faultline; this one knows versions up to ${MIGRATIONS.length}. ` +
        'Use the newer one.',
    );
}

/** Codes of the system for a server that is not there. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/** What the database or the system says of it, with the place and without what is secret. */
async function meaning<T>(address: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError || !(error instanceof Error)) throw error;
    const { code, message } = error as Error & { readonly code?: unknown };
    if (typeof code !== 'string' && !isPassing(error)) throw error;
    const problem = isPassing(error) || UNREACHABLE.has(String(code)) ? 'unreachable' : 'unusable';
    throw new StoreError(problem, `${shownPlace(address)}: ${message || String(code)}`, { cause: error });
  }
}
