import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { checkChain } from '../../src/store/check-chain.ts';
import { openPostgresStore, readPostgresAudit } from '../../src/store/postgres.ts';
import type { OpenStore } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { needsPostgres } from '../needs.ts';
import {
  findPostgres,
  freshSchema,
  PASSWORD,
  startPostgres,
  type PostgresServer,
} from '../postgres/server.ts';
import { storeContract } from './contract.ts';
import { filled } from './contract/audit-log.ts';
import { all } from './contract/open.ts';

let server: PostgresServer;
beforeAll(async () => {
  if (findPostgres() !== null) server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop(), 60_000);

/** Emptied each time, which is faster than a new one. */
const EMPTIED = freshSchema();

async function openNew(): Promise<OpenStore> {
  const store = await openPostgresStore(server.address, { schema: EMPTIED });
  await server.query(
    `do $$ declare name text; begin
       set local session_replication_role = replica;
       for name in select tablename from pg_tables where schemaname = '${EMPTIED}' and tablename <> 'storeVersion' loop
         execute format('delete from %I.%I', '${EMPTIED}', name);
       end loop;
     end $$`,
  );
  return store;
}

const pgTest = needsPostgres();
if (findPostgres() === null) pgTest('keeps the contract of a store', () => undefined);
else storeContract('in PostgreSQL', openNew);

async function opened(schema: string): Promise<OpenStore> {
  const store = await openPostgresStore(server.address, { schema });
  onTestFinished(() => store.close());
  return store;
}

describe('the database refuses', () => {
  const columns = '(sequence, at, kind, payload, previous, hash)';

  pgTest.for([
    ['a change', `UPDATE audit SET payload = '{}' WHERE sequence = 3`, /never changed/],
    ['a change of the order', 'UPDATE audit SET sequence = 9 WHERE sequence = 3', /never changed/],
    ['a removal', 'DELETE FROM audit WHERE sequence = 3', /only when a checkpoint vouches/],
    ['the removal of everything', 'DELETE FROM audit', /only when a checkpoint vouches/],
    ['a truncation', 'TRUNCATE audit', /never changed/],
    [
      'a replacement',
      `INSERT INTO audit SELECT sequence, at, kind, '{}', previous, hash FROM audit WHERE sequence = 3
       ON CONFLICT (sequence) DO UPDATE SET payload = '{}'`,
      /grows at its end only|never changed/,
    ],
    [
      'a record in a gap',
      `INSERT INTO audit SELECT 1, at, kind, payload, previous, hash FROM audit WHERE sequence = 3`,
      /grows at its end only/,
    ],
    [
      'a record that follows another one than the last',
      `INSERT INTO audit ${columns} VALUES (7, 0, 'scan', '{}', 'x', 'y')`,
      /grows at its end only/,
    ],
    [
      'a checkpoint of a record that is not there',
      `INSERT INTO audit ${columns} SELECT 7, 0, 'checkpoint', '{"through":4,"hash":"x"}', hash, 'y' FROM audit WHERE sequence = 6`,
      /names a record that is not there/,
    ],
  ] as const)('%s', async ([, sql, message]) => {
    const schema = freshSchema();
    const store = await opened(schema);
    await (await filled(store.audit)).retire(1_500, 9_000);
    const inSchema = sql.replaceAll(/\b(UPDATE|INTO|FROM|TRUNCATE) audit/g, `$1 ${schema}.audit`);
    await server.query(`alter role faultline set search_path to ${schema}`);
    await expect(server.query(inSchema)).rejects.toThrow(message);
    expect(await all(store.audit.records())).toHaveLength(5);
  });
});

describe('several stores on one database', () => {
  pgTest('write one chain, whoever writes at once', async () => {
    const schema = freshSchema();
    // All of them make the tables at once.
    const stores = await Promise.all([1, 2, 3].map(() => opened(schema)));
    await Promise.all(
      stores.flatMap((store, writer) =>
        Array.from({ length: 20 }, (_, n) =>
          n % 2 === 0
            ? store.audit.append('scan', { writer, n }, n)
            : store.transaction(async ({ audit, cursors }) => {
                const count = Number((await cursors.get('count')) ?? 0);
                await audit.append('command', { writer, n }, n);
                await cursors.set('count', String(count + 1));
              }),
        ),
      ),
    );
    expect(await checkChain(stores[0]!.audit.records())).toMatchObject({ intact: true, records: 60 });
    expect(await stores[1]!.cursors.get('count')).toBe('30');
  });

  pgTest('go on when the database restarts', async () => {
    const schema = freshSchema();
    const [one, other] = [await opened(schema), await opened(schema)];
    await one.audit.append('start', {}, 1);
    const restarted = server.restart('immediate', 300);
    // Calls wait for it.
    await other.cursors.set('a', 'b').catch(() => undefined);
    await restarted;
    await one.audit.append('scan', {}, 2);
    await other.audit.append('scan', {}, 3);
    expect(await checkChain(other.audit.records())).toMatchObject({ intact: true, records: 3 });
  });

  pgTest('lose nothing of a transaction whose connection is cut, and write nothing of it', async () => {
    const schema = freshSchema();
    const store = await opened(schema);
    const cut = store.transaction(async (part) => {
      await part.handled.add('comment', '1', 0);
      await server.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'faultline' and state like 'idle in transaction%'`,
      );
      await part.audit.append('command', {}, 0);
    });
    await expect(cut).rejects.toThrow(/terminat|not queryable/i);
    expect(await store.handled.has('comment', '1')).toBe(false);
    expect(await store.audit.head()).toBeNull();
    await store.audit.append('start', {}, 1);
  });
});

describe('opening', () => {
  const problemOf = async (work: () => Promise<unknown>): Promise<StoreError> => {
    const error = await work().then(
      () => null,
      (found: unknown) => found,
    );
    expect(error).toBeInstanceOf(StoreError);
    return error as StoreError;
  };

  pgTest('refuses what a newer Faultline wrote', async () => {
    const schema = freshSchema();
    const store = await openPostgresStore(server.address, { schema });
    await store.close();
    await server.query(`update ${schema}."storeVersion" set version = 999`);
    expect(await problemOf(() => openPostgresStore(server.address, { schema }))).toMatchObject({
      problem: 'newer',
    });
  });

  pgTest('reads the audit log of a store that is there, and of no other', async () => {
    const schema = freshSchema();
    const read = () => readPostgresAudit(server.address, (audit) => audit.head(), { schema });
    expect(await problemOf(read)).toMatchObject({ problem: 'missing' });
    await (await opened(schema)).audit.append('start', {}, 1);
    expect(await read()).toMatchObject({ sequence: 1 });
  });

  pgTest('says where, and never the password', async () => {
    const error = await problemOf(() => openPostgresStore(`${server.address}-nowhere`));
    expect(error.message).toBe(
      `postgres://127.0.0.1:${server.port}/postgres-nowhere: database "postgres-nowhere" does not exist`,
    );
    expect(server.address).toContain(PASSWORD);
    const odd = await problemOf(() => openPostgresStore(`postgres://faultline:${PASSWORD}@:x/y`));
    expect(odd.message).toMatch(/expected postgres:\/\/user:password@host/);
    for (const one of [error, odd]) expect(`${one.stack} ${JSON.stringify(one)}`).not.toContain(PASSWORD);
  });
});
