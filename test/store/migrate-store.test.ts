import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { checkChain } from '../../src/store/check-chain.ts';
import { migrateStore } from '../../src/store/migrate-store.ts';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { openStore } from '../../src/store/sqlite.ts';
import type { OpenStore, Store } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { faultline } from '../commands/command-line.ts';
import { madeFolder } from '../git/made-repository.ts';
import { needsPostgres } from '../needs.ts';
import {
  findPostgres,
  freshSchema,
  PASSWORD,
  startPostgres,
  type PostgresServer,
} from '../postgres/server.ts';
import { filled } from './contract/audit-log.ts';
import { all, saved } from './contract/open.ts';
import { CART, command, proposal, REPOSITORY, verification } from './records.ts';

let server: PostgresServer;
beforeAll(async () => {
  if (findPostgres() !== null) server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop(), 60_000);

const pgTest = needsPostgres();

/** A file with something in most tables, and an audit log of which one record is retired. */
async function madeFile(): Promise<string> {
  const file = join(madeFolder(), 'faultline.db');
  const store = await openStore(file);
  await (await filled(store.audit)).retire(1_500, 9_000);
  await store.audit.noteAnchor('acme/infra#12', (await store.audit.head())!);
  await saved(store, proposal());
  await store.verifications.save(verification());
  await store.commands.save(command('comment 7/0', 1_000));
  for (let n = 0; n < 450; n += 1) await store.handled.add('comment', `comment ${n}`, n);
  await store.snoozes.set({
    fingerprint: CART,
    until: 9_000,
    by: 'ada',
    reason: 'token=abcdef0123456789',
    at: 1,
  });
  await store.cursors.set('comments acme/infra', '1');
  await store.close();
  return file;
}

/** What a store answers, as far as {@link madeFile} filled it. */
async function answersOf(store: Store): Promise<unknown> {
  return {
    proposals: await store.proposals.list(),
    verifications: await store.verifications.byFingerprint(CART),
    commands: await store.commands.list(REPOSITORY),
    handled: [await store.handled.has('comment', 'comment 449'), await store.handled.has('comment', 'none')],
    snoozes: await store.snoozes.list(0),
    cursor: await store.cursors.get('comments acme/infra'),
    audit: (await all(store.audit.records())).slice(0, 5),
    anchors: await store.audit.anchors(),
  };
}

async function opened(open: Promise<OpenStore>): Promise<OpenStore> {
  const store = await open;
  onTestFinished(() => store.close());
  return store;
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (found: unknown) => found,
  );
  expect(error).toBeInstanceOf(StoreError);
  return (error as StoreError).problem;
}

pgTest('all that a file has is in the database, with an audit log that goes on', async () => {
  const [file, schema] = [await madeFile(), freshSchema()];
  const { rows, audit } = await migrateStore(file, server.address, 10_000, { schema });
  expect(rows).toMatchObject({
    proposals: 1,
    verifications: 1,
    handled: 450,
    anchors: 1,
    audit: 5,
    alerts: 0,
  });
  expect(audit).toMatchObject({ intact: true, records: 5, first: 2 });
  const copy = await opened(openPostgresStore(server.address, { schema }));
  expect(await answersOf(copy)).toEqual(await answersOf(await opened(openStore(file))));
  expect((await all(copy.audit.records())).at(-1)).toMatchObject({ sequence: 7, kind: 'start', at: 10_000 });
  await copy.audit.append('scan', {}, 11_000);
  expect(await checkChain(copy.audit.records(), await copy.audit.anchors())).toMatchObject({
    intact: true,
    records: 7,
  });
});

pgTest('the command says what was copied, for programs', async () => {
  const file = await madeFile();
  const { status, stdout } = await faultline(
    'store',
    'migrate',
    file,
    '--to',
    server.address,
    '--output',
    'json',
  );
  expect({ status, ...JSON.parse(stdout) }).toEqual({
    status: 0,
    version: 1,
    store: file,
    database: expect.not.stringContaining(PASSWORD) as string,
    rows: expect.objectContaining({ handled: 450 }) as object,
    audit: {
      records: expect.any(Number) as number,
      head: expect.stringMatching(/^\d+:[0-9a-f]+$/) as string,
    },
  });
});

pgTest('the database is guarded again afterwards', async () => {
  const [file, schema] = [await madeFile(), freshSchema()];
  await migrateStore(file, server.address, 10_000, { schema });
  await expect(server.query(`delete from ${schema}.audit where sequence = 3`)).rejects.toThrow(
    /only when a checkpoint vouches/,
  );
  await expect(server.query(`update ${schema}.audit set at = 1`)).rejects.toThrow(/never changed/);
});

pgTest('a database with records is refused, and stays as it is', async () => {
  const [file, schema] = [await madeFile(), freshSchema()];
  const store = await opened(openPostgresStore(server.address, { schema }));
  await store.cursors.set('a', 'b');
  expect(await problemOf(migrateStore(file, server.address, 10_000, { schema }))).toBe('exists');
  expect(await store.audit.head()).toBeNull();
  expect(await store.proposals.list()).toEqual([]);
  // The same file a second time, too.
  const other = freshSchema();
  await migrateStore(file, server.address, 10_000, { schema: other });
  expect(await problemOf(migrateStore(file, server.address, 10_000, { schema: other }))).toBe('exists');
});

pgTest('a file that is in use, not there, or whose audit log is broken is refused', async () => {
  const [file, schema] = [await madeFile(), freshSchema()];
  const broken = join(madeFolder(), 'broken.db');
  copyFileSync(file, broken);
  const database = new DatabaseSync(broken);
  database.exec(`DROP TRIGGER auditStays; UPDATE audit SET payload = '{}' WHERE sequence = 3`);
  database.close();
  expect(await problemOf(migrateStore(broken, server.address, 1, { schema }))).toBe('corrupt');
  expect(await problemOf(migrateStore(`${file}.none`, server.address, 1, { schema }))).toBe('missing');
  await opened(openStore(file));
  expect(await problemOf(migrateStore(file, server.address, 1, { schema }))).toBe('in-use');
});

pgTest('a migration that breaks off leaves nothing, and the next one succeeds', async () => {
  const [file, schema] = [await madeFile(), freshSchema()];
  await (await openPostgresStore(server.address, { schema })).close();
  // The last table is refused, after all others were copied.
  await server.query(
    `create function ${schema}.breaks() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$`,
  );
  await server.query(
    `create constraint trigger breaks after insert on ${schema}.anchors deferrable initially deferred for each row execute function ${schema}.breaks()`,
  );
  await expect(migrateStore(file, server.address, 10_000, { schema })).rejects.toThrow(/the disk is full/);
  const [{ count }] = (await server.query(`select count(*) from ${schema}.handled`)) as [{ count: string }];
  expect(Number(count)).toBe(0);
  await server.query(`drop trigger breaks on ${schema}.anchors`);
  expect((await migrateStore(file, server.address, 10_000, { schema })).rows).toMatchObject({ audit: 5 });
});
