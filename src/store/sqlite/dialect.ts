import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import type { Scopes } from '../sql-store.ts';

/** Kysely on `node:sqlite`: one connection, which one query or transaction has at a time. */
export class NodeSqliteDialect implements Dialect {
  readonly #driver: SqliteDriver;

  /** @param closing called before the database is closed, when nothing is under way */
  constructor(database: DatabaseSync, scopes: Scopes, closing: () => void = () => {}) {
    this.#driver = new SqliteDriver(database, scopes, closing);
  }

  createDriver(): Driver {
    return this.#driver;
  }

  createAdapter(): SqliteAdapter {
    return new Adapter();
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createIntrospector(database: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(database);
  }
}

class Adapter extends SqliteAdapter {
  /** There is one, and the driver hands it out: Kysely's own queue would come before the check for a query that waits for itself. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class SqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #scopes: Scopes;
  readonly #closing: () => void;
  readonly #connection: SqliteConnection;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  constructor(database: DatabaseSync, scopes: Scopes, closing: () => void) {
    this.#database = database;
    this.#scopes = scopes;
    this.#closing = closing;
    this.#connection = new SqliteConnection(database);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#scopes.getStore()?.isOver === false)
      throw new TypeError('inside a transaction, only the store that it hands to its work can be used');
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    return this.#connection;
  }

  /** Hands it over to who waits the longest. */
  async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isTaken = false;
  }

  async beginTransaction(connection: DatabaseConnection, { accessMode }: TransactionSettings): Promise<void> {
    // IMMEDIATE: a transaction that starts by reading cannot wait for the write lock later.
    await run(connection, accessMode === 'read only' ? 'begin' : 'begin immediate');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await run(connection, 'commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // After a full disk and the like, SQLite has rolled back already.
    if (this.#database.isTransaction) await run(connection, 'rollback');
  }

  /** Waits for the query or the transaction that is under way. */
  async destroy(): Promise<void> {
    await this.acquireConnection();
    try {
      this.#closing();
    } finally {
      this.#database.close();
      await this.releaseConnection();
    }
  }
}

async function run(connection: DatabaseConnection, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement));
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const statement = this.#database.prepare(sql);
    const values = parameters as readonly SQLInputValue[];
    if (statement.columns().length > 0) return { rows: statement.all(...values) as R[] };
    const { changes } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('nothing is streamed: a stream would keep the one connection from all others');
  }
}
