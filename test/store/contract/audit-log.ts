import { describe, expect, test } from 'vitest';
import { anchorOf, auditHash, NO_RECORD, type AuditLog, type AuditRecord } from '../../../src/store/audit.ts';
import { checkChain } from '../../../src/store/check-chain.ts';
import { all, opened, type Open } from './open.ts';

async function openAudit(open: Open): Promise<AuditLog> {
  return (await opened(open)).audit;
}

/** A log of five records at 1,000 to 5,000. */
export async function filled(audit: AuditLog): Promise<AuditLog> {
  for (let n = 1; n <= 5; n++) await audit.append('scan', { n }, n * 1_000);
  return audit;
}

async function sequences(records: AsyncIterable<AuditRecord>): Promise<readonly number[]> {
  return (await all(records)).map(({ sequence }) => sequence);
}

export function auditContract(open: Open): void {
  describe('the log', () => {
    test('chains its records', async () => {
      const audit = await openAudit(open);
      expect(await audit.head()).toBeNull();
      const first = await audit.append('start', { version: '0.1.0' }, 1_000);
      const second = await audit.append('command', { command: '/rca status', by: 'ada' }, 2_000);
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
      expect(await audit.head()).toEqual({ sequence: 2, hash: second.hash.slice(0, 32) });
      expect(await all(audit.records())).toEqual([first, second]);
    });

    test('tells what was written from a time on', async () => {
      expect(await sequences((await filled(await openAudit(open))).records(3_001))).toEqual([4, 5]);
    });

    test('tells what was written behind a record', async () => {
      expect(await sequences((await filled(await openAudit(open))).recordsAfter(3))).toEqual([4, 5]);
      expect(await sequences((await filled(await openAudit(open))).recordsAfter(5))).toEqual([]);
    });

    test('masks what it is given', async () => {
      const change = { field: 'spec.env[name=DB_PASSWORD].value', before: 'correct-horse-7', after: 'shop' };
      const { payload } = await (
        await openAudit(open)
      ).append('proposal', { apiKey: 'k3yk3yk3yk3yk3yk3yk3yk3y', changes: [change], note: 'a\u202eb' }, 0);
      expect(JSON.parse(payload)).toEqual({
        apiKey: '***',
        changes: [{ ...change, before: '***', after: expect.any(String) }],
        note: 'ab',
      });
    });

    test('keeps hashes as they are', async () => {
      const payload = {
        commit: 'c0ffee'.repeat(7).slice(0, 40),
        fingerprint: 'a1b2c3d4e5f60718',
        sha256: '9f'.repeat(32),
      };
      expect(JSON.parse((await (await openAudit(open)).append('commit', payload, 0)).payload)).toEqual(
        payload,
      );
    });

    test('remembers the newest anchor of each place', async () => {
      const audit = await openAudit(open);
      const [first, second] = [
        anchorOf(await audit.append('scan', {}, 0)),
        anchorOf(await audit.append('scan', {}, 0)),
      ];
      await audit.noteAnchor('acme/infra#12', second);
      await audit.noteAnchor('acme/infra#12', first);
      await audit.noteAnchor('acme/infra#13', first);
      expect(await audit.anchors()).toEqual([first, second]);
    });

    test('is written by one after the other, whoever writes at once', async () => {
      const audit = await openAudit(open);
      await Promise.all(Array.from({ length: 20 }, (_, n) => audit.append('scan', { n }, n)));
      expect(await checkChain(audit.records())).toMatchObject({ intact: true, records: 20 });
    });

    test('is read page by page, to its end', async () => {
      const store = await opened(open);
      await store.transaction(async ({ audit }) => {
        for (let n = 1; n <= 1_001; n++) await audit.append('scan', { n }, n);
      });
      const read = await sequences(store.audit.records());
      expect(read).toEqual(Array.from({ length: 1_001 }, (_, index) => index + 1));
      expect(await sequences(store.audit.records(502))).toHaveLength(500);
    });
  });

  describe('retirement', () => {
    test('removes what is old and leaves a checkpoint that vouches for it', async () => {
      const audit = await filled(await openAudit(open));
      const [, , third] = await all(audit.records());
      expect(await audit.retire(3_001, 9_000)).toBe(3);
      expect(await sequences(audit.records())).toEqual([4, 5, 6]);
      const checkpoint = (await all(audit.records())).at(-1)!;
      expect(checkpoint).toMatchObject({ kind: 'checkpoint', at: 9_000 });
      expect(JSON.parse(checkpoint.payload)).toEqual({
        through: 3,
        hash: third!.hash,
        removed: 3,
        before: 3_001,
      });
      expect(await checkChain(audit.records())).toMatchObject({ intact: true, first: 4 });
    });

    test('does nothing where nothing is old', async () => {
      const audit = await filled(await openAudit(open));
      expect(await audit.retire(1_000, 9_000)).toBe(0);
      expect((await audit.head())?.sequence).toBe(5);
    });

    test('may take all there is, and go on', async () => {
      const audit = await filled(await openAudit(open));
      expect(await audit.retire(6_000, 9_000)).toBe(5);
      await audit.append('scan', {}, 10_000);
      expect(await checkChain(audit.records())).toMatchObject({ intact: true, records: 2, first: 6 });
      expect(await audit.retire(9_500, 11_000)).toBe(1);
      expect(await checkChain(audit.records())).toMatchObject({ intact: true, records: 2, first: 7 });
    });

    test('stops at the first record that is younger, although the clock went back', async () => {
      const audit = await openAudit(open);
      for (const at of [1_000, 5_000, 2_000]) await audit.append('scan', {}, at);
      expect(await audit.retire(3_000, 9_000)).toBe(1);
      expect(await sequences(audit.records())).toEqual([2, 3, 4]);
    });
  });
}
