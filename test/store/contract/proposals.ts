import { describe, expect, test } from 'vitest';
import type { ProposalFilter } from '../../../src/store/store.ts';
import { CART, OTHER, proposal, REPOSITORY } from '../records.ts';
import { opened, saved, type Open } from './open.ts';

export function proposalsContract(open: Open): void {
  describe('a proposal', () => {
    test('is found by branch, pull request and fingerprint, in its own repository', async () => {
      const store = await opened(open);
      await saved(store, proposal());
      expect(await store.proposals.byBranch(REPOSITORY, proposal().branch)).toEqual(proposal());
      expect(await store.proposals.byPullRequest(REPOSITORY, 12)).toEqual(proposal());
      expect(await store.proposals.byFingerprint(CART)).toEqual([proposal()]);
      expect(await store.proposals.byFingerprint(OTHER)).toEqual([]);
      expect(await store.proposals.byFingerprint(CART.slice(1))).toEqual([]);
      expect(await store.proposals.byBranch('acme/other', proposal().branch)).toBeNull();
    });

    test('is replaced by what is known later', async () => {
      const store = await opened(open);
      const later = proposal({ draft: true, approved: { head: 'c'.repeat(40), by: 'ada' } });
      await saved(store, proposal({ pullRequest: null, state: 'waiting', waitingFor: '10 are open' }));
      await saved(store, later);
      expect(await store.proposals.list()).toEqual([later]);
    });

    test('is changed from what it is by then', async () => {
      const store = await opened(open);
      await saved(store, proposal({ statusComment: 1 }));
      const add = () =>
        store.proposals.change(
          REPOSITORY,
          proposal().branch,
          (known) => known && { ...known, statusComment: (known.statusComment ?? 0) + 1 },
        );
      await Promise.all([add(), add(), add()]);
      expect((await store.proposals.list())[0]?.statusComment).toBe(4);
    });

    test('stays as it is, or unknown, where a change gives none', async () => {
      const store = await opened(open);
      await saved(store, proposal());
      await store.proposals.change(REPOSITORY, proposal().branch, () => null);
      await store.proposals.change(REPOSITORY, 'unknown', (known) => known);
      expect(await store.proposals.list()).toEqual([proposal()]);
    });

    test('is listed by repository and state, the newest first', async () => {
      const store = await opened(open);
      await saved(store, proposal());
      await saved(store, proposal({ branch: 'merged', state: 'merged', createdAt: 4_000 }));
      await saved(store, proposal({ branch: 'elsewhere', repository: 'acme/other', createdAt: 5_000 }));
      const listed = async (filter?: ProposalFilter) =>
        (await store.proposals.list(filter)).map(({ branch }) => branch);
      expect(await listed()).toEqual(['elsewhere', 'merged', proposal().branch]);
      expect(await listed({ repository: REPOSITORY })).toEqual(['merged', proposal().branch]);
      expect(await listed({ states: ['open', 'waiting'] })).toEqual(['elsewhere', proposal().branch]);
      expect(await listed({ states: [] })).toEqual([]);
    });

    test('is removed', async () => {
      const store = await opened(open);
      await saved(store, proposal());
      await store.proposals.remove(REPOSITORY, proposal().branch);
      expect(await store.proposals.list()).toEqual([]);
    });

    test('has its values masked by the name of their field', async () => {
      const store = await opened(open);
      const field = 'spec.containers[0].env[name=DB_PASSWORD].value';
      const changes = [{ ...proposal().changes[0]!, field, after: 'hunter2hunter2' }];
      await saved(store, proposal({ changes }));
      expect((await store.proposals.list())[0]?.changes[0]?.after).toBe('***');
    });
  });
}
