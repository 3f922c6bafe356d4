import { setTimeout } from 'node:timers/promises';
import {
  type CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Scopes } from '../sql-store.ts';
import { WRITE_LOCK } from './engine.ts';

/** Kysely on a pool of connections. What writes runs one after the other, whichever process it comes from, as in a file. */
export class PostgresDialect implements Dialect {
  readonly #driver: PostgresDriver;

  constructor(pool: Pool, scopes: Scopes) {
    this.#driver = new PostgresDriver(pool, scopes);
  }

  createDriver(): Driver {
    return this.#driver;
  }

  createAdapter(): PostgresAdapter {
    return new PostgresAdapter();
  }

  createQueryCompiler(): PostgresQueryCompiler {
    return new PostgresQueryCompiler();
  }

  createIntrospector(database: Kysely<unknown>): PostgresIntrospector {
    return new PostgresIntrospector(database);
  }
}

/** How long a call waits for a database that cannot be reached for now, as while it restarts, in milliseconds. */
const PATIENCE = 15_000;

class PostgresDriver implements Driver {
  readonly #pool: Pool;
  readonly #scopes: Scopes;
  #isClosed = false;

  constructor(pool: Pool, scopes: Scopes) {
    this.#pool = pool;
    this.#scopes = scopes;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#scopes.getStore()?.isOver === false)
      throw new TypeError('inside a transaction, only the store that it hands to its work can be used');
    const started = performance.now();
    for (let pause = 50; ; pause = Math.min(2 * pause, 1_000)) {
      try {
        return new PostgresConnection(await this.#pool.connect());
      } catch (error) {
        const isOver = this.#isClosed || performance.now() - started > PATIENCE;
        if (isOver || !isPassing(error)) throw error;
        await setTimeout(pause);
      }
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as PostgresConnection).release();
  }

  async beginTransaction(connection: DatabaseConnection, { accessMode }: TransactionSettings): Promise<void> {
    await (connection as PostgresConnection).begin(accessMode === 'read only');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PostgresConnection).end('commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as PostgresConnection).end('rollback');
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.end();
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  #isInTransaction = false;
  #isBroken = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#run<R>(query.sql, query.parameters);
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('nothing is streamed: a stream would keep a connection from all others');
  }

  async begin(isReadOnly: boolean): Promise<void> {
    this.#isInTransaction = true;
    // What only reads sees one moment, and waits for nobody. What writes has the lock before it reads.
    await this.#client
      .query(
        isReadOnly
          ? 'start transaction isolation level repeatable read read only'
          : `begin; select ${WRITE_LOCK}`,
      )
      .catch((error: unknown) => this.#failed(error));
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    this.#isInTransaction = false;
    // A transaction in which something failed is rolled back by a commit, which says so.
    const { command } = await this.#client.query(how).catch((error: unknown) => this.#failed(error));
    if (how === 'commit' && command !== 'COMMIT') throw new Error('the transaction was rolled back');
  }

  /** A connection on which anything but a refusal of the database came up is not used again. */
  release(): void {
    this.#client.release(this.#isBroken || this.#isInTransaction);
  }

  async #run<R>(text: string, parameters: readonly unknown[] = []): Promise<QueryResult<R>> {
    const { rows, rowCount, command } = await this.#client
      .query(text, parameters.map(storable))
      .catch((error: unknown) => this.#failed(error));
    const isChange = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
    return { rows: rows as R[], ...(isChange && { numAffectedRows: BigInt(rowCount ?? 0) }) };
  }

  #failed(error: unknown): never {
    const severity = (error as { readonly severity?: unknown } | null)?.severity;
    if (severity !== 'ERROR') this.#isBroken = true;
    throw error;
  }
}

/** PostgreSQL keeps no NUL in a text. */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value;
}

/** What a database says, or the system says of it, while it starts, stops or cannot be reached. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string') return /timeout|terminated|ended/i.test(error.message);
  // https://www.postgresql.org/docs/current/errcodes-appendix.html: cannot connect now, shut down, too many connections.
  return /^(?:ECONN|EHOST|ENET|ETIMEDOUT|EPIPE|EAI_AGAIN|57P0|08|53300)/.test(code);
}
