import { describe, expect, test } from 'vitest';
import type { Story } from '../../../src/model/story.ts';
import type { JudgedWorkload, OutboxRecord } from '../../../src/store/telling.ts';
import { CART, OTHER, REPOSITORY } from '../records.ts';
import { opened, type Open } from './open.ts';

const cart = { kind: 'Deployment', namespace: 'shop', name: 'cart' };

export function story(change: Partial<Story> = {}): Story {
  return {
    fingerprint: CART,
    episode: 3,
    cluster: 'prod-eu',
    rule: 'image-pull',
    cause: 'tag-not-found',
    object: cart,
    culprit: cart,
    severity: 'critical',
    summary: 'Container `server` of Deployment `shop/cart` cannot pull its image.',
    firstSeen: 1_000,
    outcome: 'proposed',
    reason: null,
    site: { repository: REPOSITORY, file: 'apps/cart/deployment.yaml', line: 21 },
    pullRequest: null,
    issue: null,
    goneSince: null,
    swings: 0,
    ...change,
  };
}

export function message(change: Partial<OutboxRecord> = {}): OutboxRecord {
  return {
    id: 'oncall 7',
    route: 'oncall',
    incident: CART,
    outcome: 'proposed',
    at: 1_000,
    dueAt: 1_500,
    attempts: 0,
    state: 'waiting',
    held: false,
    problem: null,
    endedAt: null,
    ...change,
  };
}

const CART_FIX: JudgedWorkload = {
  repository: REPOSITORY,
  pullRequest: 12,
  workload: 'prod-eu Deployment/shop/cart',
  rule: 'oom-killed',
};

export function tellingContract(open: Open): void {
  describe('what people are told', () => {
    test('is kept by incident, the newest in front, and masked', async () => {
      const { stories } = await opened(open);
      await stories.save(story({ summary: 'password=correct-horse-battery-7 was refused' }), 1_000);
      await stories.save(story({ fingerprint: OTHER }), 2_000);
      expect((await stories.list()).map(({ fingerprint }) => fingerprint)).toEqual([OTHER, CART]);
      expect(await stories.get(OTHER)).toEqual(story({ fingerprint: OTHER }));
      expect((await stories.get(CART))?.summary).not.toContain('correct-horse');
      expect(await stories.get('0000000000000000')).toBeNull();
    });

    test('is noted once, whoever notes it again', async () => {
      const { outbox } = await opened(open);
      await outbox.add(message());
      await outbox.save(message({ state: 'sending', attempts: 1 }));
      await outbox.add(message());
      expect(await outbox.open('oncall')).toEqual([message({ state: 'sending', attempts: 1 })]);
      await outbox.save(message({ state: 'sent', endedAt: 3_000 }));
      await outbox.add(message());
      expect(await outbox.open('oncall')).toEqual([]);
      expect(await outbox.has('oncall', CART)).toBe(true);
      expect(await outbox.has('other', CART)).toBe(false);
    });

    test('waits in the order in which it was noted, for its own route', async () => {
      const { outbox } = await opened(open);
      await outbox.add(message({ id: 'b', at: 2_000, held: true }));
      await outbox.add(message({ id: 'a', at: 1_000 }));
      await outbox.add(message({ id: 'c', route: 'other' }));
      expect((await outbox.open('oncall')).map(({ id }) => id)).toEqual(['a', 'b']);
    });

    test('has a place that can be found again', async () => {
      const { threads } = await opened(open);
      const thread = { route: 'oncall', incident: CART, channel: 'C1', message: '1.2', at: 1 };
      await threads.save(thread);
      await threads.save({ ...thread, message: '3.4' });
      expect(await threads.get('oncall', CART)).toEqual({ ...thread, message: '3.4' });
      expect(await threads.get('other', CART)).toBeNull();
    });

    test('is forgotten with time, but for what still waits', async () => {
      const store = await opened(open);
      await store.stories.save(story(), 1_000);
      await store.outbox.add(message({ id: 'a', state: 'sent', endedAt: 1_000 }));
      await store.outbox.add(message({ id: 'b' }));
      await store.threads.save({ route: 'oncall', incident: CART, channel: 'C1', message: '1', at: 1_000 });
      await store.judgements.note(CART_FIX, 1_000);
      expect(await store.forgetBefore(2_000)).toBe(4);
      expect((await store.outbox.open('oncall')).map(({ id }) => id)).toEqual(['b']);
    });
  });

  describe('judgements', () => {
    test('are of the workloads that are asked for, and those that are open are left out', async () => {
      const { judgements } = await opened(open);
      await judgements.note(CART_FIX, 1_000);
      const other = { ...CART_FIX, rule: 'image-pull', pullRequest: 13 };
      const elsewhere = { ...CART_FIX, workload: `${CART_FIX.workload}2`, pullRequest: 14 };
      await judgements.note(other, 1_000);
      await judgements.note(elsewhere, 1_000);
      expect(await judgements.of([CART_FIX.workload])).toEqual([]);
      await judgements.settle(REPOSITORY, 12, 'held', 2_000);
      await judgements.settle(REPOSITORY, 13, 'rejected', 3_000);
      await judgements.settle(REPOSITORY, 14, 'held', 4_000);
      expect(await judgements.of([CART_FIX.workload, CART_FIX.workload, 'nobody'])).toEqual([
        { ...other, verdict: 'rejected', at: 3_000 },
        { ...CART_FIX, verdict: 'held', at: 2_000 },
      ]);
      expect(await judgements.of([elsewhere.workload])).toEqual([
        { ...elsewhere, verdict: 'held', at: 4_000 },
      ]);
      expect(await judgements.of([])).toEqual([]);
    });

    test('of more workloads than a query may name are all found', async () => {
      const { judgements } = await opened(open);
      const workloads = Array.from({ length: 2_500 }, (_, index) => `prod Deployment/shop/w${index}`);
      for (const [index, workload] of [workloads[3]!, workloads[2_400]!].entries()) {
        await judgements.note({ ...CART_FIX, workload, pullRequest: index }, 1_000);
        await judgements.settle(REPOSITORY, index, 'held', 2_000);
      }
      expect((await judgements.of(workloads)).map(({ workload }) => workload).toSorted()).toEqual(
        [workloads[3], workloads[2_400]].toSorted(),
      );
    });

    test('change, but what was taken back stays so', async () => {
      const { judgements } = await opened(open);
      await judgements.note(CART_FIX, 1_000);
      for (const [index, verdict] of (['rejected', 'held', 'reverted', 'held'] as const).entries())
        await judgements.settle(REPOSITORY, 12, verdict, 2_000 + index);
      await judgements.note(CART_FIX, 9_000);
      expect(await judgements.of([CART_FIX.workload])).toEqual([
        { ...CART_FIX, verdict: 'reverted', at: 2_002 },
      ]);
    });

    test('go with a repository that gets another name', async () => {
      const store = await opened(open);
      await store.judgements.note(CART_FIX, 1_000);
      await store.renameRepository(REPOSITORY, 'acme/platform');
      await store.judgements.settle('acme/platform', 12, 'held', 2_000);
      expect(await store.judgements.of([CART_FIX.workload])).toMatchObject([{ repository: 'acme/platform' }]);
    });
  });
}
