import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { CART, OTHER, proposal, REPOSITORY, scan, seen, verification } from './records.ts';

let store: Store;

beforeEach(() => {
  store = openMemoryStore();
  onTestFinished(() => store.close());
});

describe('a snooze', () => {
  const snooze = { fingerprint: CART, until: 9_000, by: 'ada', reason: null, at: 1_000 };

  test('is on until its time', () => {
    store.snoozes.set(snooze);
    expect(store.snoozes.active(CART, 8_999)).toEqual(snooze);
    expect(store.snoozes.active(CART, 9_000)).toBeNull();
    expect(store.snoozes.active(OTHER, 0)).toBeNull();
  });

  test('takes the place of an earlier one', () => {
    store.snoozes.set(snooze);
    store.snoozes.set({ ...snooze, until: 5_000, by: 'grace', reason: 'known' });
    expect(store.snoozes.list(0)).toEqual([{ ...snooze, until: 5_000, by: 'grace', reason: 'known' }]);
    expect(store.snoozes.list(5_000)).toEqual([]);
  });

  test('can be ended', () => {
    store.snoozes.set(snooze);
    store.snoozes.end(CART);
    expect(store.snoozes.active(CART, 0)).toBeNull();
  });
});

describe('an ignore', () => {
  const ignore = {
    fingerprint: CART,
    by: 'ada',
    reason: 'a test',
    at: 1_000,
    evidenceKinds: ['a:event', 'a:log'],
  };

  test('is on as long as all evidence is of kinds that it knew', () => {
    store.ignores.set(ignore);
    expect(store.ignores.active(CART, ['a:event'])).toEqual(ignore);
    expect(store.ignores.active(CART, ['a:event', 'a:metric'])).toBeNull();
    expect(store.ignores.active(OTHER, [])).toBeNull();
  });

  test('can be ended', () => {
    store.ignores.set(ignore);
    expect(store.ignores.list()).toEqual([ignore]);
    store.ignores.end(CART);
    expect(store.ignores.list()).toEqual([]);
  });
});

describe('a proposal', () => {
  test('is found by key, branch, pull request and fingerprint, in its own repository', () => {
    store.proposals.save(proposal());
    expect(store.proposals.byKey(REPOSITORY, proposal().key)).toEqual(proposal());
    expect(store.proposals.byBranch(REPOSITORY, proposal().branch)).toEqual(proposal());
    expect(store.proposals.byPullRequest(REPOSITORY, 12)).toEqual(proposal());
    expect(store.proposals.byFingerprint(CART)).toEqual([proposal()]);
    expect(store.proposals.byFingerprint(OTHER)).toEqual([]);
    expect(store.proposals.byKey('acme/other', proposal().key)).toBeNull();
  });

  test('is replaced by what is known later', () => {
    store.proposals.save(proposal({ pullRequest: null, state: 'waiting', waitingFor: '10 are open' }));
    store.proposals.save(proposal({ draft: true, approved: { head: 'c'.repeat(40), by: 'ada' } }));
    expect(store.proposals.list()).toEqual([
      proposal({ draft: true, approved: { head: 'c'.repeat(40), by: 'ada' } }),
    ]);
  });

  test('that is not over comes before a newer one of the same key', () => {
    store.proposals.save(proposal());
    store.proposals.save(proposal({ branch: 'later', state: 'closed', createdAt: 9_000 }));
    expect(store.proposals.byKey(REPOSITORY, proposal().key)?.branch).toBe(proposal().branch);
  });

  test('is listed by repository and state, the newest first', () => {
    store.proposals.save(proposal());
    store.proposals.save(proposal({ branch: 'merged', state: 'merged', createdAt: 4_000 }));
    store.proposals.save(proposal({ branch: 'elsewhere', repository: 'acme/other', createdAt: 5_000 }));
    const listed = (filter?: Parameters<Store['proposals']['list']>[0]) =>
      store.proposals.list(filter).map(({ branch }) => branch);
    expect(listed()).toEqual(['elsewhere', 'merged', proposal().branch]);
    expect(listed({ repository: REPOSITORY })).toEqual(['merged', proposal().branch]);
    expect(listed({ states: ['open', 'waiting'] })).toEqual(['elsewhere', proposal().branch]);
  });

  test('is removed', () => {
    store.proposals.save(proposal());
    store.proposals.remove(REPOSITORY, proposal().branch);
    expect(store.proposals.list()).toEqual([]);
  });

  test('has its values masked by the name of their field', () => {
    const [change] = proposal().changes;
    store.proposals.save(
      proposal({
        changes: [
          { ...change!, field: 'spec.containers[0].env[name=DB_PASSWORD].value', after: 'hunter2hunter2' },
        ],
      }),
    );
    expect(store.proposals.list()[0]?.changes[0]?.after).toBe('***');
  });
});

describe('a verification', () => {
  test('is found by its pull request and by its incidents', () => {
    store.verifications.save(verification());
    expect(store.verifications.get(REPOSITORY, 12)).toEqual(verification());
    expect(store.verifications.get(REPOSITORY, 13)).toBeNull();
    expect(store.verifications.byFingerprint(CART)).toEqual([verification()]);
    expect(store.verifications.byFingerprint(OTHER)).toEqual([]);
  });

  test('is pending until its outcome is known, the oldest merge first', () => {
    store.verifications.save(verification());
    store.verifications.save(verification({ pullRequest: 11, mergedAt: 3_000 }));
    expect(store.verifications.pending().map(({ pullRequest }) => pullRequest)).toEqual([11, 12]);
    const resolved = verification({ outcome: 'resolved', decidedAt: 7_000 });
    store.verifications.save(resolved);
    expect(store.verifications.pending().map(({ pullRequest }) => pullRequest)).toEqual([11]);
    expect(store.verifications.get(REPOSITORY, 12)).toEqual(resolved);
  });
});

describe('bookkeeping', () => {
  test('counts writes since a time, by repository and kind', () => {
    const { writes } = store;
    writes.record({ repository: REPOSITORY, kind: 'pull-request', at: 1_000 });
    writes.record({ repository: REPOSITORY, kind: 'pull-request', at: 2_000 });
    writes.record({ repository: REPOSITORY, kind: 'comment', at: 2_000 });
    writes.record({ repository: 'acme/other', kind: 'pull-request', at: 2_000 });
    expect(writes.count({ since: 2_000 })).toBe(3);
    expect(writes.count({ since: 0, repository: REPOSITORY })).toBe(3);
    expect(writes.count({ since: 1_001, repository: REPOSITORY, kind: 'pull-request' })).toBe(1);
  });

  test('knows what was handled', () => {
    expect(store.handled.has('comment', '7')).toBe(false);
    expect(store.handled.add('comment', '7', 1_000)).toBe(true);
    expect(store.handled.add('comment', '7', 2_000)).toBe(false);
    expect(store.handled.has('comment', '7')).toBe(true);
    expect(store.handled.has('delivery', '7')).toBe(false);
  });

  test('keeps cursors', () => {
    store.cursors.set('comments acme/infra', { value: '2026-01-01T00:00:00Z', etag: null });
    store.cursors.set('comments acme/infra', { value: '2026-01-02T00:00:00Z', etag: 'W/"1"' });
    expect(store.cursors.get('comments acme/infra')).toEqual({
      value: '2026-01-02T00:00:00Z',
      etag: 'W/"1"',
    });
    store.cursors.remove('comments acme/infra');
    expect(store.cursors.get('comments acme/infra')).toBeNull();
  });

  test('remembers the numbers of issues', () => {
    store.issues.set(REPOSITORY, 'dashboard', 3);
    store.issues.set(REPOSITORY, `report:${CART}`, 4);
    expect(store.issues.get(REPOSITORY, 'dashboard')).toBe(3);
    expect(store.issues.get('acme/other', 'dashboard')).toBeNull();
    store.issues.remove(REPOSITORY, 'dashboard');
    expect(store.issues.get(REPOSITORY, 'dashboard')).toBeNull();
    expect(store.issues.get(REPOSITORY, `report:${CART}`)).toBe(4);
  });
});

describe('a transaction', () => {
  const add = (id: string): boolean => store.handled.add('comment', id, 0);
  const has = (id: string): boolean => store.handled.has('comment', id);

  test('answers with what its work does', () => {
    expect(store.transaction(() => add('1'))).toBe(true);
    expect(has('1')).toBe(true);
  });

  test('that fails leaves nothing', () => {
    const fail = (): void =>
      store.transaction(() => {
        add('1');
        store.audit.append('command', {}, 0);
        throw new Error('no');
      });
    expect(fail).toThrow('no');
    expect(has('1')).toBe(false);
    expect(store.audit.head()).toBeNull();
  });

  test('inside another fails alone, and goes with the outer one', () => {
    store.transaction(() => {
      add('1');
      expect(() =>
        store.transaction(() => {
          add('2');
          throw new Error('no');
        }),
      ).toThrow('no');
      store.transaction(() => add('3'));
    });
    expect([has('1'), has('2'), has('3')]).toEqual([true, false, true]);
  });

  test('cannot wait', () => {
    expect(() => store.transaction(async () => add('1'))).toThrow(/cannot wait for a promise/);
    expect(has('1')).toBe(false);
  });
});

describe('forgetting', () => {
  test('takes what was over before the time', () => {
    store.incidents.recordScan(scan(1_000, [seen(), seen({ fingerprint: OTHER })]));
    store.incidents.recordScan(scan(2_500, []));
    store.incidents.recover(CART, 3_000);
    store.snoozes.set({ fingerprint: CART, until: 4_000, by: 'ada', reason: null, at: 0 });
    store.proposals.save(proposal({ state: 'merged', endedAt: 4_000 }));
    store.verifications.save(verification({ outcome: 'resolved', decidedAt: 4_500 }));
    store.writes.record({ repository: REPOSITORY, kind: 'comment', at: 4_000 });
    store.handled.add('comment', '1', 4_000);
    expect(store.forgetBefore(2_500)).toBe(0);
    expect(store.forgetBefore(5_000)).toBe(7);
    expect(store.forgetBefore(5_000)).toBe(0);
  });

  test('leaves what goes on, and what people said', () => {
    const ignore = { fingerprint: CART, by: 'ada', reason: 'a test', at: 0, evidenceKinds: [] };
    store.incidents.recordScan(scan(1_000, [seen()]));
    store.ignores.set(ignore);
    store.proposals.save(proposal({ state: 'merged', endedAt: 4_000 }));
    store.verifications.save(verification());
    store.proposals.save(proposal({ branch: 'closed', state: 'closed', endedAt: 4_000 }));
    expect(store.forgetBefore(1_000_000)).toBe(0);
    expect(store.ignores.list()).toEqual([ignore]);
  });
});

describe('a repository that has another name', () => {
  test('keeps what is remembered of it, and takes nothing of others', () => {
    store.proposals.save(proposal());
    store.proposals.save(proposal({ repository: 'acme/infra-2' }));
    store.verifications.save(verification());
    store.issues.set(REPOSITORY, 'dashboard', 7);
    store.cursors.set('comments acme/infra', { value: '1', etag: null });
    store.cursors.set('refused acme/infra faultline/x', { value: '2', etag: null });
    store.cursors.set('comments acme/infra-2', { value: '3', etag: null });
    store.renameRepository('Acme/infra', 'acme/platform');
    expect(store.proposals.list({ repository: 'acme/platform' })).toHaveLength(1);
    expect(store.proposals.list({ repository: REPOSITORY })).toEqual([]);
    expect(store.proposals.list({ repository: 'acme/infra-2' })).toHaveLength(1);
    expect(store.verifications.get('acme/platform', verification().pullRequest)).not.toBeNull();
    expect(store.issues.get('acme/platform', 'dashboard')).toBe(7);
    expect(store.cursors.get('comments acme/platform')?.value).toBe('1');
    expect(store.cursors.get('refused acme/platform faultline/x')?.value).toBe('2');
    expect(store.cursors.get('comments acme/infra-2')?.value).toBe('3');
    expect(store.cursors.get('comments acme/infra')).toBeNull();
  });
});
