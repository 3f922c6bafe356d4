import pg from 'pg';
import { checkAddress } from './address.ts';

export interface PoolOptions {
  /** The schema that unqualified names are in. */
  readonly schema: string;
  /** Most connections at a time. */
  readonly most: number;
}

/** How long a statement may take, and how long an answer, in milliseconds: a connection that says nothing more is given up. */
const STATEMENT = 30_000;
const ANSWER = 35_000;
/** A process that is frozen in a transaction keeps the others waiting for so long, in milliseconds. */
const IDLE_IN_TRANSACTION = 15_000;
/** How long a transaction waits for those before it, in milliseconds. */
const LOCK = 25_000;
const CONNECT = 5_000;

/**
 * Connections to a database. Integers come back as numbers: none of ours is beyond 2^53. A password comes from the address, `PGPASSWORD`
 * or `PGPASSFILE`, and is never part of an error.
 */
export function newPool(address: string, { schema, most }: PoolOptions): pg.Pool {
  checkAddress(address);
  const pool = new pg.Pool({
    connectionString: address,
    application_name: 'faultline',
    max: most,
    connectionTimeoutMillis: CONNECT,
    statement_timeout: STATEMENT,
    query_timeout: ANSWER,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
    lock_timeout: LOCK,
    keepAlive: true,
    types: { getTypeParser: parserOf },
    onConnect: async (client) => {
      await client.query(`set search_path to ${pg.escapeIdentifier(schema)}`);
    },
  });
  // Who has a connection learns of its end by its own query; without a listener the process would end.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  pool.on('error', () => undefined);
  return pool;
}

/** One connection that is not shared, for locks that end with it. */
export function newClient(address: string): pg.Client {
  checkAddress(address);
  const client = new pg.Client({
    connectionString: address,
    application_name: 'faultline replica',
    connectionTimeoutMillis: CONNECT,
    keepAlive: true,
    types: { getTypeParser: parserOf },
  });
  client.on('error', () => undefined);
  return client;
}

const INT8 = 20;

function parserOf(type: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return type === INT8
    ? Number
    : (pg.types.getTypeParser(type, format as 'text') as (value: string) => unknown);
}
