import { describe, expect, test } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { opened, type Open } from './open.ts';

const add = ({ handled }: Store, id: string): Promise<boolean> => handled.add('comment', id, 0);
const has = ({ handled }: Store, id: string): Promise<boolean> => handled.has('comment', id);

export function transactionsContract(open: Open): void {
  describe('a transaction', () => {
    test('answers with what its work does', async () => {
      const store = await opened(open);
      expect(await store.transaction((part) => add(part, '1'))).toBe(true);
      expect(await has(store, '1')).toBe(true);
    });

    test('that only reads sees one moment', async () => {
      const store = await opened(open);
      await add(store, '1');
      const seen = await store.moment(async (part) => {
        const first = [await has(part, '1'), await has(part, '2')];
        return [...first, ...(await part.moment(async (inner) => [await has(inner, '1')]))];
      });
      expect(seen).toEqual([true, false, true]);
    });

    test('that fails leaves nothing', async () => {
      const store = await opened(open);
      const failing = store.transaction(async (part) => {
        await add(part, '1');
        await part.audit.append('command', {}, 0);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await has(store, '1')).toBe(false);
      expect(await store.audit.head()).toBeNull();
    });

    test('inside another fails alone, and goes with the outer one', async () => {
      const store = await opened(open);
      await store.transaction(async (part) => {
        await add(part, '1');
        const failing = part.transaction(async (inner) => {
          await add(inner, '2');
          throw new Error('no');
        });
        await expect(failing).rejects.toThrow('no');
        await part.transaction((inner) => add(inner, '3'));
      });
      expect([await has(store, '1'), await has(store, '2'), await has(store, '3')]).toEqual([
        true,
        false,
        true,
      ]);
    });

    test('sees what it wrote, which other transactions see as a whole', async () => {
      const store = await opened(open);
      let others: Promise<readonly boolean[]> | undefined;
      const begun = Promise.withResolvers<void>();
      const transaction = store.transaction(async (part) => {
        await add(part, '1');
        begun.resolve();
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(await has(part, '1')).toBe(true);
        await add(part, '2');
      });
      await begun.promise;
      others = store.transaction(async (part) => [await has(part, '1'), await has(part, '2')]);
      await transaction;
      expect(await others).toEqual([true, true]);
      expect(await has(store, '2')).toBe(true);
    });

    test('of many at once, one runs after the other', async () => {
      const store = await opened(open);
      const count = (): Promise<void> =>
        store.transaction(async ({ cursors }) => {
          const before = Number((await cursors.get('count')) ?? 0);
          await cursors.set('count', String(before + 1));
        });
      await Promise.all(Array.from({ length: 20 }, count));
      expect(await store.cursors.get('count')).toBe('20');
    });

    test('refuses a call of the store outside, which would wait for it without end', async () => {
      const store = await opened(open);
      await expect(store.transaction(() => add(store, '1'))).rejects.toThrow(/only the store that it hands/);
      expect(await add(store, '1')).toBe(true);
    });

    test('does not hinder what its work has left running', async () => {
      const store = await opened(open);
      let later: Promise<boolean> | undefined;
      const ended = Promise.withResolvers<void>();
      await store.transaction(async (part) => {
        await add(part, '1');
        later = ended.promise.then(() => has(store, '1'));
      });
      ended.resolve();
      expect(await later).toBe(true);
    });
  });
}
