import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { anchorOf, anchorText, auditHash, type AuditRecord } from '../../src/store/audit.ts';
import { canonicalJson } from '../../src/store/canonical-json.ts';
import { openStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { madeFolder } from '../git/made-repository.ts';
import { all } from '../store/contract/open.ts';
import { faultline } from './command-line.ts';

const START = Date.parse('2026-03-01T10:00:00Z');

let file: string;
let records: readonly AuditRecord[];

/** A store with five records, a minute apart. */
beforeEach(async () => {
  file = join(madeFolder(), 'faultline.db');
  await withStore(async ({ audit }) => {
    for (let n = 0; n < 5; n++) await audit.append('command', { n, by: 'ada' }, START + n * 60_000);
    records = await all(audit.records());
  });
});

async function withStore(work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openStore(file);
  await work(store);
  await store.close();
}

/** What somebody does who can write to the file. */
function tamper(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(`DROP TRIGGER auditStays; DROP TRIGGER auditRetires; ${sql}`);
  database.close();
}

describe('audit verify', () => {
  const verify = (...args: readonly string[]) => faultline('audit', 'verify', '--store', file, ...args);

  test('says that everything is there', async () => {
    expect(await verify()).toEqual({
      status: 0,
      stdout: `intact: 5 record(s), 1 to 5; the head is ${anchorText(anchorOf(records[4]!))}\n`,
      stderr: '',
    });
  });

  test('says what was retired, and what can no longer be compared', async () => {
    await withStore(({ audit }) => audit.retire(START + 90_000, START + 300_000));
    const anchor = anchorText(anchorOf(records[0]!));
    const { status, stdout } = await verify('--anchor', anchor);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^intact: 4 record\(s\), 3 to 6; /);
    expect(stdout).toContain('records before 3 were retired, and a checkpoint vouches for them\n');
    expect(stdout).toContain(`not compared, because retired: ${anchor}\n`);
  });

  test('works while another process writes', async () => {
    const store = await openStore(file);
    onTestFinished(() => store.close());
    expect((await verify()).status).toBe(0);
  });

  test.each([
    [
      'a change',
      `UPDATE audit SET payload = replace(payload, 'ada', 'eve') WHERE sequence = 3`,
      3,
      'changed',
    ],
    ['a removal', 'DELETE FROM audit WHERE sequence = 2', 2, 'missing'],
    ['a missing start', 'DELETE FROM audit WHERE sequence < 3', 1, 'missing'],
    [
      'an exchange',
      `UPDATE audit SET sequence = 0 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3;
       UPDATE audit SET sequence = 3 WHERE sequence = 0`,
      2,
      'changed',
    ],
  ])('finds %s, with status 1', async (_what, sql, sequence, fault) => {
    tamper(sql);
    const { status, stdout } = await verify();
    expect(status).toBe(1);
    expect(stdout).toMatch(new RegExp(`^broken at record ${sequence} \\(${fault}\\): `));
  });

  test('finds a missing end by an anchor that is given', async () => {
    tamper('DELETE FROM audit WHERE sequence > 3');
    expect((await verify()).status).toBe(0);
    const anchors = [records[2]!, records[3]!].flatMap((one) => ['--anchor', anchorText(anchorOf(one))]);
    const { status, stdout } = await verify(...anchors);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^broken at record 4 \(cut-off\): the log ends with record 3, and the anchor 4:/);
  });

  test('finds a missing end by an anchor that is known', async () => {
    await withStore(async ({ audit }) => audit.noteAnchor('acme/infra#12', (await audit.head())!));
    tamper('DELETE FROM audit WHERE sequence > 3');
    expect((await verify()).stdout).toMatch(/^broken at record 4 \(cut-off\)/);
  });
});

describe('audit export', () => {
  test('prints one JSON object a line, from which the hashes can be made again', async () => {
    const { status, stdout } = await faultline('audit', 'export', '--store', file);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(lines[0]).toEqual({
      sequence: 1,
      at: '2026-03-01T10:00:00.000Z',
      kind: 'command',
      payload: { n: 0, by: 'ada' },
      previous: '0'.repeat(64),
      hash: records[0]!.hash,
    });
    expect(
      lines.map((line) =>
        auditHash({ ...line, at: Date.parse(line.at), payload: canonicalJson(line.payload) }),
      ),
    ).toEqual(records.map(({ hash }) => hash));
  });

  test('prints what was written from a time on', async () => {
    const { stdout } = await faultline('audit', 'export', '--store', file, '--since', '2026-03-01T10:03:00Z');
    expect(stdout.match(/"sequence":\d/g)).toEqual(['"sequence":4', '"sequence":5']);
  });
});

describe('the store that is meant', () => {
  beforeEach(() => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('FAULTLINE_STORE', '');
    vi.stubEnv('XDG_STATE_HOME', madeFolder());
  });

  test('is that of FAULTLINE_STORE', async () => {
    vi.stubEnv('FAULTLINE_STORE', file);
    expect((await faultline('audit', 'verify')).stdout).toMatch(/^intact: 5/);
  });

  test('else the one in the state folder', async () => {
    const { status, stderr } = await faultline('audit', 'verify');
    expect(status).toBe(2);
    expect(stderr).toContain(
      `${process.env['XDG_STATE_HOME']}/faultline/faultline.db: there is no such file`,
    );
  });
});

describe('a call that cannot be meant is refused with status 2', () => {
  test.each([
    [
      ['audit', 'verify', '--store', '/nonexistent/faultline.db'],
      /--store \/nonexistent\/faultline\.db: there is no/,
    ],
    [
      ['audit', 'export', '--store', '/nonexistent/faultline.db'],
      /--store \/nonexistent\/faultline\.db: there is no/,
    ],
    [['audit', 'verify', '--anchor', '5'], /--anchor 5: expected <sequence>:<hash>/],
    [['audit', 'export', '--since', 'yesterday'], /--since yesterday: expected a time such as/],
    [['audit', 'mend'], /unknown command 'mend'/],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await faultline(...args);
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});
