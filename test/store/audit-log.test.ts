import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AuditLog, AuditRecord } from '../../src/store/audit.ts';
import { anchorOf, auditHash, NO_RECORD } from '../../src/store/audit.ts';
import { checkChain } from '../../src/store/check-chain.ts';
import { openMemoryStore, openStore } from '../../src/store/sqlite.ts';
import { madeFolder } from '../git/made-repository.ts';

function openAudit(): AuditLog {
  const store = openMemoryStore();
  onTestFinished(() => store.close());
  return store.audit;
}

/** A log of five records at 1,000 to 5,000. */
function filled(audit: AuditLog): AuditLog {
  for (let n = 1; n <= 5; n++) audit.append('scan', { n }, n * 1_000);
  return audit;
}

function sequences(records: Iterable<AuditRecord>): readonly number[] {
  return [...records].map(({ sequence }) => sequence);
}

describe('the log', () => {
  test('chains its records', () => {
    const audit = openAudit();
    expect(audit.head()).toBeNull();
    const first = audit.append('start', { version: '0.1.0' }, 1_000);
    const second = audit.append('command', { command: '/rca status', by: 'ada' }, 2_000);
    expect(first).toEqual({
      sequence: 1,
      at: 1_000,
      kind: 'start',
      payload: '{"version":"0.1.0"}',
      previous: NO_RECORD,
      hash: auditHash(first),
    });
    expect(second).toMatchObject({
      sequence: 2,
      previous: first.hash,
      payload: '{"by":"ada","command":"/rca status"}',
    });
    expect(audit.head()).toEqual({ sequence: 2, hash: second.hash.slice(0, 32) });
    expect([...audit.records()]).toEqual([first, second]);
  });

  test('tells what was written from a time on', () => {
    expect(sequences(filled(openAudit()).records(3_001))).toEqual([4, 5]);
  });

  test('masks what it is given', () => {
    const change = { field: 'spec.env[name=DB_PASSWORD].value', before: 'correct-horse-7', after: 'shop' };
    const { payload } = openAudit().append(
      'proposal',
      { apiKey: 'k3yk3yk3yk3yk3yk3yk3yk3y', changes: [change], note: 'a\u202eb' },
      0,
    );
    expect(JSON.parse(payload)).toEqual({
      apiKey: '***',
      changes: [{ ...change, before: '***', after: expect.any(String) }],
      note: 'ab',
    });
  });

  test('keeps hashes as they are', () => {
    const payload = {
      commit: 'c0ffee'.repeat(7).slice(0, 40),
      fingerprint: 'a1b2c3d4e5f60718',
      sha256: '9f'.repeat(32),
    };
    expect(JSON.parse(openAudit().append('commit', payload, 0).payload)).toEqual(payload);
  });

  test('remembers the newest anchor of each place', () => {
    const audit = openAudit();
    const [first, second] = [anchorOf(audit.append('scan', {}, 0)), anchorOf(audit.append('scan', {}, 0))];
    audit.noteAnchor('acme/infra#12', second);
    audit.noteAnchor('acme/infra#12', first);
    audit.noteAnchor('acme/infra#13', first);
    expect(audit.anchors()).toEqual([first, second]);
  });
});

describe('retirement', () => {
  test('removes what is old and leaves a checkpoint that vouches for it', () => {
    const audit = filled(openAudit());
    const [, , third] = [...audit.records()];
    expect(audit.retire(3_001, 9_000)).toBe(3);
    expect(sequences(audit.records())).toEqual([4, 5, 6]);
    const checkpoint = [...audit.records()].at(-1)!;
    expect(checkpoint).toMatchObject({ kind: 'checkpoint', at: 9_000 });
    expect(JSON.parse(checkpoint.payload)).toEqual({
      through: 3,
      hash: third!.hash,
      removed: 3,
      before: 3_001,
    });
    expect(checkChain(audit.records())).toMatchObject({ intact: true, first: 4 });
  });

  test('does nothing where nothing is old', () => {
    const audit = filled(openAudit());
    expect(audit.retire(1_000, 9_000)).toBe(0);
    expect(audit.head()?.sequence).toBe(5);
  });

  test('may take all there is, and go on', () => {
    const audit = filled(openAudit());
    expect(audit.retire(6_000, 9_000)).toBe(5);
    audit.append('scan', {}, 10_000);
    expect(checkChain(audit.records())).toMatchObject({ intact: true, records: 2, first: 6 });
    expect(audit.retire(9_500, 11_000)).toBe(1);
    expect(checkChain(audit.records())).toMatchObject({ intact: true, records: 2, first: 7 });
  });

  test('stops at the first record that is younger, although the clock went back', () => {
    const audit = openAudit();
    for (const at of [1_000, 5_000, 2_000]) audit.append('scan', {}, at);
    expect(audit.retire(3_000, 9_000)).toBe(1);
    expect(sequences(audit.records())).toEqual([2, 3, 4]);
  });
});

describe('the file refuses', () => {
  /** Another program that opens the file of a log of five, of which one is retired. */
  function intruder(): DatabaseSync {
    const file = join(madeFolder(), 'faultline.db');
    const store = openStore(file);
    filled(store.audit).retire(1_500, 9_000);
    store.close();
    const database = new DatabaseSync(file);
    onTestFinished(() => database.close());
    return database;
  }

  const columns = '(sequence, at, kind, payload, previous, hash)';

  test.each([
    ['a change', `UPDATE audit SET payload = '{}' WHERE sequence = 3`, /never changed/],
    ['a change of the order', 'UPDATE audit SET sequence = 9 WHERE sequence = 3', /never changed/],
    ['a removal', 'DELETE FROM audit WHERE sequence = 3', /only when a checkpoint vouches/],
    ['the removal of everything', 'DELETE FROM audit', /only when a checkpoint vouches/],
    [
      'a replacement',
      `INSERT OR REPLACE INTO audit SELECT sequence, at, kind, '{}', previous, hash FROM audit WHERE sequence = 3`,
      /grows at its end only/,
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
  ])('%s', (_what, sql, message) => {
    const database = intruder();
    expect(() => database.exec(sql)).toThrow(message);
    expect(database.prepare('SELECT count(*) AS n FROM audit').get()).toEqual({ n: 5 });
  });
});
