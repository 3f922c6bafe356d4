import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkChain } from '../../src/store/check-chain.ts';
import { openStore, readAudit } from '../../src/store/sqlite.ts';
import { migrate, MIGRATIONS, versionOf } from '../../src/store/sqlite/migrations.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { Store } from '../../src/store/store.ts';
import { madeFolder } from '../git/made-repository.ts';
import { CART, incident, OTHER, proposal, REPOSITORY, verification } from './records.ts';

const VERSION_1 = readFileSync(join(import.meta.dirname, 'version-1.sql'), 'utf8');

function fileIn(folder = madeFolder()): string {
  return join(folder, 'faultline.db');
}

function opened(file: string): Store {
  const store = openStore(file);
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

function problemOf(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return `${(error as StoreError).problem}: ${(error as StoreError).message}`;
  }
  return 'none';
}

describe('a new file', () => {
  test('is made with its folders, for this user alone', () => {
    const file = join(madeFolder(), 'state', 'faultline', 'faultline.db');
    opened(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
  });

  test('writes ahead, and has the newest version', () => {
    const file = fileIn();
    opened(file);
    const database = new DatabaseSync(file);
    onTestFinished(() => database.close());
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(versionOf(database)).toBe(MIGRATIONS.length);
  });

  test('has everything when it is opened again', () => {
    const file = fileIn();
    const store = openStore(file);
    store.proposals.save(proposal());
    store.audit.append('start', {}, 1_000);
    store.close();
    const again = opened(file);
    expect(again.proposals.list()).toEqual([proposal()]);
    expect(again.audit.head()?.sequence).toBe(1);
  });
});

describe('a file of version 1', () => {
  test('is opened with all that is in it', () => {
    const store = opened(fileOf(VERSION_1));
    expect(store.incidents.list()).toEqual([incident()]);
    expect(store.snoozes.active(CART, 8_000)?.by).toBe('ada');
    expect(store.ignores.active(OTHER, ['a:event'])?.reason).toBe('a test');
    expect(store.proposals.list()).toEqual([proposal()]);
    expect(store.verifications.pending()).toEqual([verification()]);
    expect(store.writes.count({ since: 0 })).toBe(1);
    expect(store.handled.has('comment', '7')).toBe(true);
    expect(store.cursors.get('comments acme/infra')?.etag).toBe('W/"1"');
    expect(store.issues.get(REPOSITORY, 'dashboard')).toBe(3);
  });

  test('has an audit log that is intact and goes on', () => {
    const { audit } = opened(fileOf(VERSION_1));
    audit.append('start', {}, 10_000);
    expect(checkChain(audit.records(), audit.anchors())).toMatchObject({
      intact: true,
      first: 2,
      records: 4,
    });
  });

  test('is what the first migration makes', () => {
    const schemaOf = (sql: string): unknown => {
      const database = new DatabaseSync(':memory:');
      database.exec(sql);
      const rows = database
        .prepare('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name')
        .all();
      return rows.map(({ name, sql: text }) => [name, String(text).replace(/\s+/g, ' ')]);
    };
    expect(schemaOf(MIGRATIONS[0]!)).toEqual(schemaOf(VERSION_1));
  });
});

describe('migrations', () => {
  const steps = ['CREATE TABLE a (x)', 'INSERT INTO a VALUES (1)', 'ALTER TABLE a ADD COLUMN y DEFAULT 2'];

  test('run once each, from the version that a file has', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, steps.slice(0, 2));
    migrate(database, steps);
    migrate(database, steps);
    expect(versionOf(database)).toBe(3);
    expect(database.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: 2 }]);
  });

  test('that fail leave the file at the version before', () => {
    const database = new DatabaseSync(':memory:');
    const failing = 'INSERT INTO a VALUES (5); INSERT INTO nowhere VALUES (1)';
    expect(() => migrate(database, [steps[0]!, failing])).toThrow(/nowhere/);
    expect(versionOf(database)).toBe(1);
    expect(database.prepare('SELECT * FROM a').all()).toEqual([]);
  });
});

describe('a file that cannot be used', () => {
  test('because a newer program wrote it', () => {
    const file = fileOf(VERSION_1);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const problem = /^newer: .*faultline\.db: version 99 .* knows versions up to \d+/;
    expect(problemOf(() => openStore(file))).toMatch(problem);
    expect(problemOf(() => readAudit(file, () => 0))).toMatch(problem);
  });

  test('because it is damaged at its start', () => {
    const file = fileIn(madeFolder({ 'faultline.db': 'no database\n'.repeat(100) }));
    expect(problemOf(() => openStore(file))).toMatch(/^corrupt: .*faultline\.db: damaged.*move it away/);
    expect(problemOf(() => readAudit(file, () => 0))).toMatch(/^corrupt: /);
  });

  test('because it is damaged in its middle', () => {
    const file = fileOf(VERSION_1);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, 4_096 * 2, 4_096 * 6));
    expect(problemOf(() => openStore(file))).toMatch(/^corrupt: .*faultline\.db: damaged.*move it away/);
  });

  test('because it was cut short', () => {
    const file = fileOf(VERSION_1);
    writeFileSync(file, readFileSync(file).subarray(0, 4_096 * 3));
    expect(problemOf(() => openStore(file))).toMatch(/^corrupt: /);
  });

  test('because it is another program’s', () => {
    const file = fileOf('CREATE TABLE theirs (x)');
    expect(problemOf(() => openStore(file))).toMatch(/^foreign: .*no store of Faultline/);
    expect(problemOf(() => readAudit(file, () => 0))).toMatch(/^foreign: /);
  });

  test('because it is a folder', () => {
    expect(problemOf(() => openStore(madeFolder()))).toMatch(/^unusable: .*unable to open/);
  });

  test('because it is not there to be read', () => {
    expect(problemOf(() => readAudit(fileIn(), () => 0))).toMatch(/^missing: .*no such file/);
  });

  test('does not stay locked', () => {
    const file = fileOf('CREATE TABLE theirs (x)');
    problemOf(() => openStore(file));
    expect(problemOf(() => openStore(file))).toMatch(/^foreign: /);
  });
});

describe('one writer', () => {
  test('keeps others out and says who it is', () => {
    const file = fileIn();
    opened(file);
    expect(problemOf(() => openStore(file))).toMatch(
      new RegExp(`^in-use: .*faultline\\.db: another process \\(${process.pid}, since 20.*Z\\) uses it`),
    );
  });

  test('lets others read', () => {
    const file = fileIn();
    const { audit } = opened(file);
    audit.append('start', {}, 1_000);
    expect(readAudit(file, (reader) => [...reader.records()])).toEqual([...audit.records()]);
  });

  test('is free when it is closed', () => {
    const file = fileIn();
    openStore(file).close();
    expect(problemOf(() => opened(file))).toBe('none');
  });
});
