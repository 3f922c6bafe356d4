import { describe, expect, test } from 'vitest';
import type { RememberedKill } from '../../../src/model/remembered-kill.ts';
import { opened, type Open } from './open.ts';

function kill(id: string, at: number, change: Partial<RememberedKill> = {}): RememberedKill {
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'cart-1' };
  const of = { owner: 'd1', container: 'server', pod, podUid: 'p1', exitCode: 137, limit: '512Mi' };
  return { kind: 'kill', id, at, ...of, ...change };
}

export function memoriesContract(open: Open): void {
  describe('what is remembered of a cluster', () => {
    test('is there again, oldest first, and of no other cluster', async () => {
      const { memories } = await opened(open);
      await memories.change('prod', [kill('b', 2_000), kill('a', 1_000)], []);
      await memories.change('test', [kill('a', 3_000)], []);
      expect(await memories.of('prod')).toEqual([kill('a', 1_000), kill('b', 2_000)]);
    });

    test('changes as a whole or not at all', async () => {
      const { memories } = await opened(open);
      await memories.change('prod', [kill('a', 1_000)], []);
      const broken = memories.change('prod', [kill('b', 2_000), kill('c', 1.5)], ['a']);
      await expect(broken).rejects.toThrow(/integer|bigint/i);
      expect(await memories.of('prod')).toEqual([kill('a', 1_000)]);
      await memories.change('prod', [kill('b', 2_000)], ['a']);
      expect(await memories.of('prod')).toEqual([kill('b', 2_000)]);
    });

    test('is masked', async () => {
      const { memories } = await opened(open);
      await memories.change('prod', [kill('a', 1_000, { limit: 'password=correct-horse-7' })], []);
      expect(JSON.stringify(await memories.of('prod'))).not.toContain('correct-horse');
    });

    test('is forgotten with time', async () => {
      const store = await opened(open);
      await store.memories.change('prod', [kill('a', 1_000), kill('b', 5_000)], []);
      expect(await store.forgetBefore(5_000)).toBe(1);
      expect(await store.memories.of('prod')).toEqual([kill('b', 5_000)]);
    });
  });
}
