import type { ClientBase } from 'pg';

/** A replica as the others know it. */
export interface KnownReplica {
  readonly id: string;
  /** Milliseconds since its last beat. */
  readonly age: number;
  /** Of its tasks' workers. */
  readonly pools: readonly string[];
}

/** Where replicas tell that they live, and what they hold. All times are those of the database. */
export class LeaseTables {
  readonly #replicas: string;
  readonly #leases: string;
  readonly #schema: string;

  constructor(schema: string) {
    this.#schema = schema;
    this.#replicas = `"${schema}".replicas`;
    this.#leases = `"${schema}".leases`;
  }

  /** Makes the tables where there are none; their schema is there. */
  async prepare(client: ClientBase): Promise<void> {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(1179404364, hashtext($1))', [this.#schema]);
    await client.query(
      `create table if not exists ${this.#replicas} (
         id text primary key, pid integer not null, beat timestamptz not null, pools text[] not null
       )`,
    );
    await client.query(
      `create table if not exists ${this.#leases} (name text primary key, holder text not null, since timestamptz not null)`,
    );
    await client.query('commit');
  }

  async beat(client: ClientBase, id: string, pools: readonly string[]): Promise<readonly KnownReplica[]> {
    await client.query(
      `insert into ${this.#replicas} (id, pid, beat, pools) values ($1, pg_backend_pid(), clock_timestamp(), $2)
       on conflict (id) do update set pid = excluded.pid, beat = excluded.beat, pools = excluded.pools`,
      [id, pools],
    );
    const { rows } = await client.query<KnownReplica>(
      `select id, pools, (extract(epoch from clock_timestamp() - beat) * 1000)::float8 as age from ${this.#replicas}`,
    );
    return rows;
  }

  /**
   * Ends the connections of replicas that have been silent for so long, in milliseconds, and with them their locks: where a cable is cut, the
   * database notices late. Forgets those that have been so for a minute.
   */
  async endSilent(client: ClientBase, silence: number): Promise<void> {
    await client.query(
      `select pg_terminate_backend(replicas.pid) from ${this.#replicas} as replicas
       join pg_stat_activity as activity on activity.pid = replicas.pid and activity.application_name = 'faultline replica'
         and activity.datname = current_database() and activity.backend_start <= replicas.beat
       where beat < clock_timestamp() - $1 * interval '1 millisecond'`,
      [silence],
    );
    await client.query(`delete from ${this.#replicas} where beat < clock_timestamp() - interval '1 minute'`);
  }

  /** By name, who holds what, or did last and has not let it go. */
  async holders(client: ClientBase): Promise<ReadonlyMap<string, string>> {
    const { rows } = await client.query<{ name: string; holder: string }>(
      `select name, holder from ${this.#leases}`,
    );
    return new Map(rows.map(({ name, holder }) => [name, holder]));
  }

  async hold(client: ClientBase, name: string, id: string): Promise<void> {
    await client.query(
      `insert into ${this.#leases} (name, holder, since) values ($1, $2, clock_timestamp())
       on conflict (name) do update set holder = excluded.holder, since = excluded.since`,
      [name, id],
    );
  }

  async letGo(client: ClientBase, name: string, id: string): Promise<void> {
    await client.query(`delete from ${this.#leases} where name = $1 and holder = $2`, [name, id]);
  }

  async leave(client: ClientBase, id: string): Promise<void> {
    await client.query(`delete from ${this.#leases} where holder = $1`, [id]);
    await client.query(`delete from ${this.#replicas} where id = $1`, [id]);
  }

  /** Locks all of these, or none. They end with the connection. */
  async lock(client: ClientBase, locks: readonly string[]): Promise<boolean> {
    const { rows } = await client.query<{ name: string; isHad: boolean }>(
      `select name, pg_try_advisory_lock(${KEY}) as "isHad" from unnest($1::text[]) as name`,
      [locks.map((one) => `${this.#schema} ${one}`)],
    );
    if (rows.every(({ isHad }) => isHad)) return true;
    const had = rows.filter(({ isHad }) => isHad).map(({ name }) => name);
    await client.query(`select pg_advisory_unlock(${KEY}) from unnest($1::text[]) as name`, [had]);
    return false;
  }

  async unlock(client: ClientBase, locks: readonly string[]): Promise<void> {
    await client.query(`select pg_advisory_unlock(${KEY}) from unnest($1::text[]) as name`, [
      locks.map((one) => `${this.#schema} ${one}`),
    ]);
  }
}

const KEY = 'hashtextextended(name, 1179404367)';
