import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkChain } from '../../src/store/check-chain.ts';
import { openStore, readAudit } from '../../src/store/sqlite.ts';
import { migrate, MIGRATIONS } from '../../src/store/migrations.ts';
import type { Tables } from '../../src/store/tables.ts';
import { NodeSqliteDialect } from '../../src/store/sqlite/dialect.ts';
import { SQLITE } from '../../src/store/sqlite/engine.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { OpenStore } from '../../src/store/store.ts';
import { madeFolder } from '../git/made-repository.ts';
import { all, saved } from './contract/open.ts';
import { CART, command, incident, OTHER, proposal, REPOSITORY, verification } from './records.ts';

const [VERSION_1, VERSION_3] = ['version-1.sql', 'version-3.sql'].map((name) =>
  readFileSync(join(import.meta.dirname, name), 'utf8'),
) as [string, string];

function fileIn(folder = madeFolder()): string {
  return join(folder, 'faultline.db');
}

async function opened(file: string): Promise<OpenStore> {
  const store = await openStore(file);
  onTestFinished(() => store.close());
  return store;
}

/** A file that this SQL makes. */
function fileOf(sql: string): string {
  const file = fileIn();
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
  return file;
}

async function problemOf(open: () => Promise<unknown>): Promise<string> {
  try {
    await open();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return `${(error as StoreError).problem}: ${(error as StoreError).message}`;
  }
  return 'none';
}

describe('a new file', () => {
  test('is made with its folders, for this user alone', async () => {
    const file = join(madeFolder(), 'state', 'faultline', 'faultline.db');
    await opened(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
  });

  test('writes ahead, and has the newest version', async () => {
    const file = fileIn();
    await opened(file);
    const database = new DatabaseSync(file);
    onTestFinished(() => database.close());
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
  });

  test('has everything when it is opened again', async () => {
    const file = fileIn();
    const store = await openStore(file);
    await saved(store, proposal());
    await store.audit.append('start', {}, 1_000);
    await store.close();
    const again = await opened(file);
    expect(await again.proposals.list()).toEqual([proposal()]);
    expect((await again.audit.head())?.sequence).toBe(1);
  });
});

describe.each([
  ['version 1', VERSION_1, 4],
  ['version 3', VERSION_3, 5],
])('a file of %s', (_version, sql, records) => {
  test('is opened with all that is in it', async () => {
    const store = await opened(fileOf(sql));
    expect(await store.incidents.list()).toEqual([incident()]);
    expect((await store.snoozes.active(CART, 8_000))?.by).toBe('ada');
    expect((await store.ignores.active(OTHER, ['a:event']))?.reason).toBe('a test');
    expect(await store.proposals.list()).toEqual([proposal()]);
    expect(await store.verifications.byFingerprint(CART)).toEqual([verification()]);
    expect(await store.handled.has('comment', '7')).toBe(true);
    expect(await store.cursors.get('comments acme/infra')).toBe('2026-01-02T00:00:00Z');
  });

  test('has an audit log that is intact and goes on', async () => {
    const { audit } = await opened(fileOf(sql));
    await audit.append('start', {}, 20_000);
    expect(await checkChain(audit.records(), await audit.anchors())).toMatchObject({
      intact: true,
      first: 2,
      records,
    });
  });

  test('has its audit log read without being brought up to date', async () => {
    const file = fileOf(sql);
    const before = readFileSync(file);
    expect(await readAudit(file, (audit) => all(audit.records()))).toHaveLength(records - 1);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('has what a new file has once it is opened', async () => {
    const [old, fresh] = [fileOf(sql), fileIn()];
    await (await openStore(old)).close();
    await (await openStore(fresh)).close();
    expect(layoutOf(old)).toEqual(layoutOf(fresh));
  });
});

test('a file of version 3 keeps its commands and markers', async () => {
  const store = await opened(fileOf(VERSION_3));
  expect(await store.commands.list(REPOSITORY)).toEqual([command('9/0', 1_000, { isTakenBack: true })]);
  expect((await store.markers.of(REPOSITORY, [12])).get(12)).toEqual(['two', 'one']);
});

/** Columns with types and keys, indexes and triggers, by name. */
function layoutOf(file: string): unknown {
  const database = new DatabaseSync(file);
  onTestFinished(() => database.close());
  const all = (sql: string) => database.prepare(sql).all();
  return {
    header: [all('PRAGMA application_id'), all('PRAGMA user_version')],
    tables: all(
      `SELECT t.name AS "table", t.strict, c.name, c.type, c.pk, c.pk > 0 OR c."notnull" AS filled
       FROM pragma_table_list t JOIN pragma_table_info(t.name) c
       WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.name`,
    ),
    others: all(
      `SELECT type, name, tbl_name FROM sqlite_schema
       WHERE type <> 'table' AND sql IS NOT NULL ORDER BY name`,
    ),
    triggers: all(`SELECT sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name`).map(({ sql }) =>
      String(sql).replace(/\s+/g, ' '),
    ),
  };
}

describe('migrations', () => {
  const steps = [
    'CREATE TABLE a (x)',
    'INSERT INTO a VALUES (1)',
    'ALTER TABLE a ADD COLUMN y DEFAULT 2',
  ].map((statement) => step(statement));

  function step(...statements: readonly string[]) {
    return async (database: Tables): Promise<void> => {
      for (const statement of statements) await sql.raw(statement).execute(database);
    };
  }

  function made() {
    const sqlite = new DatabaseSync(':memory:');
    const dialect = new NodeSqliteDialect(sqlite, new AsyncLocalStorage());
    const database: Tables = new Kysely({ dialect });
    const version = () => SQLITE.version(database);
    return { sqlite, version, migrateTo: (some: typeof steps) => migrate(database, SQLITE, some) };
  }

  test('run once each, from the version that a file has', async () => {
    const { sqlite, version, migrateTo } = made();
    await migrateTo(steps.slice(0, 2));
    await migrateTo(steps);
    await migrateTo(steps);
    expect(await version()).toBe(3);
    expect(sqlite.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: 2 }]);
  });

  test('that fail leave the file at the version before', async () => {
    const { sqlite, version, migrateTo } = made();
    const failing = step('INSERT INTO a VALUES (5)', 'INSERT INTO nowhere VALUES (1)');
    await expect(migrateTo([steps[0]!, failing])).rejects.toThrow(/nowhere/);
    expect(await version()).toBe(1);
    expect(sqlite.prepare('SELECT * FROM a').all()).toEqual([]);
  });
});

describe('a file that cannot be used', () => {
  test('because a newer program wrote it', async () => {
    const file = fileOf(VERSION_1);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const problem = /^newer: .*faultline\.db: version 99 .* knows versions up to \d+/;
    expect(await problemOf(() => openStore(file))).toMatch(problem);
    expect(await problemOf(() => readAudit(file, async () => 0))).toMatch(problem);
  });

  test('because it is damaged at its start', async () => {
    const file = fileIn(madeFolder({ 'faultline.db': 'no database\n'.repeat(100) }));
    expect(await problemOf(() => openStore(file))).toMatch(
      /^corrupt: .*faultline\.db: damaged.*move it away/,
    );
    expect(await problemOf(() => readAudit(file, async () => 0))).toMatch(/^corrupt: /);
  });

  test('because it is damaged in its middle', async () => {
    const file = fileOf(VERSION_1);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, 4_096 * 2, 4_096 * 6));
    expect(await problemOf(() => openStore(file))).toMatch(
      /^corrupt: .*faultline\.db: damaged.*move it away/,
    );
  });

  test('because it was cut short', async () => {
    const file = fileOf(VERSION_1);
    writeFileSync(file, readFileSync(file).subarray(0, 4_096 * 3));
    expect(await problemOf(() => openStore(file))).toMatch(/^corrupt: /);
  });

  test('because it is another program’s', async () => {
    const file = fileOf('CREATE TABLE theirs (x)');
    expect(await problemOf(() => openStore(file))).toMatch(/^foreign: .*not a store of Faultline/);
    expect(await problemOf(() => readAudit(file, async () => 0))).toMatch(/^foreign: /);
  });

  test('because it is a folder', async () => {
    expect(await problemOf(() => openStore(madeFolder()))).toMatch(/^unusable: .*unable to open/);
  });

  test('because it is not there to be read', async () => {
    expect(await problemOf(() => readAudit(fileIn(), async () => 0))).toMatch(/^missing: .*no such file/);
  });

  test('does not stay locked', async () => {
    const file = fileOf('CREATE TABLE theirs (x)');
    await problemOf(() => openStore(file));
    expect(await problemOf(() => openStore(file))).toMatch(/^foreign: /);
  });
});

describe('one writer', () => {
  test('keeps others out and says who it is', async () => {
    const file = fileIn();
    await opened(file);
    expect(await problemOf(() => openStore(file))).toMatch(
      new RegExp(`^in-use: .*faultline\\.db: another process \\(${process.pid}, since 20.*Z\\) uses it`),
    );
  });

  test('lets others read', async () => {
    const file = fileIn();
    const { audit } = await opened(file);
    await audit.append('start', {}, 1_000);
    const read = await readAudit(file, (reader) => all(reader.records()));
    expect(read).toEqual(await all(audit.records()));
  });

  test('is free when it is closed', async () => {
    const file = fileIn();
    await (await openStore(file)).close();
    expect(await problemOf(() => opened(file))).toBe('none');
  });
});
