import { expect, test } from 'vitest';
import { REPOSITORY } from '../records.ts';
import { opened, type Open } from './open.ts';

export function bookkeepingContract(open: Open): void {
  test('what was handled is known', async () => {
    const { handled } = await opened(open);
    expect(await handled.has('comment', '7')).toBe(false);
    expect(await handled.add('comment', '7', 1_000)).toBe(true);
    expect(await handled.add('comment', '7', 2_000)).toBe(false);
    expect(await handled.has('comment', '7')).toBe(true);
    expect(await handled.has('delivery', '7')).toBe(false);
  });

  test('of two that note the same at once, one was first', async () => {
    const { handled } = await opened(open);
    const added = await Promise.all([1, 2, 3].map((at) => handled.add('comment', '7', at)));
    expect(added).toEqual([true, false, false]);
  });

  test('cursors are kept', async () => {
    const { cursors } = await opened(open);
    const cursor = '2026-01-02T00:00:00Z';
    await cursors.set('comments acme/infra', '2026-01-01T00:00:00Z');
    await cursors.set('comments acme/infra', cursor);
    expect(await cursors.get('comments acme/infra')).toBe(cursor);
    await cursors.remove('comments acme/infra');
    expect(await cursors.get('comments acme/infra')).toBeNull();
  });

  test('comments wait for their answer, the oldest first, by repository', async () => {
    const { unanswered } = await opened(open);
    const comment = { repository: REPOSITORY, thread: 12, root: null, author: 'ana', createdAt: 2_000 };
    const [one, other] = [
      { ...comment, kind: 'comment', id: 7 },
      { ...comment, kind: 'review-comment', id: 7, root: 6, createdAt: 1_000 },
    ] as const;
    for (const added of [one, other, one]) await unanswered.add(added);
    await unanswered.add({ ...one, repository: 'acme/other' });
    expect(await unanswered.list(REPOSITORY)).toEqual([other, one]);
    await unanswered.remove(one);
    expect(await unanswered.list(REPOSITORY)).toEqual([other]);
  });
}
