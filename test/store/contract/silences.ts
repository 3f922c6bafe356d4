import { describe, expect, test } from 'vitest';
import { CART, OTHER } from '../records.ts';
import { opened, type Open } from './open.ts';

const snooze = { fingerprint: CART, until: 9_000, by: 'ada', reason: null, at: 1_000 };
const ignore = {
  fingerprint: CART,
  by: 'ada',
  reason: 'a test',
  at: 1_000,
  evidenceKinds: ['a:event', 'a:log'],
};

export function silencesContract(open: Open): void {
  describe('a snooze', () => {
    test('is on until its time', async () => {
      const { snoozes } = await opened(open);
      await snoozes.set(snooze);
      expect(await snoozes.active(CART, 8_999)).toEqual(snooze);
      expect(await snoozes.active(CART, 9_000)).toBeNull();
      expect(await snoozes.active(OTHER, 0)).toBeNull();
    });

    test('takes the place of an earlier one', async () => {
      const { snoozes } = await opened(open);
      await snoozes.set(snooze);
      await snoozes.set({ ...snooze, until: 5_000, by: 'grace', reason: 'known' });
      expect(await snoozes.list(0)).toEqual([{ ...snooze, until: 5_000, by: 'grace', reason: 'known' }]);
      expect(await snoozes.list(5_000)).toEqual([]);
    });

    test('can be ended', async () => {
      const { snoozes } = await opened(open);
      await snoozes.set(snooze);
      await snoozes.end(CART);
      expect(await snoozes.active(CART, 0)).toBeNull();
    });
  });

  describe('an ignore', () => {
    test('is on as long as all evidence is of kinds that it knew', async () => {
      const { ignores } = await opened(open);
      await ignores.set(ignore);
      expect(await ignores.active(CART, ['a:event'])).toEqual(ignore);
      expect(await ignores.active(CART, ['a:event', 'a:metric'])).toBeNull();
      expect(await ignores.active(OTHER, [])).toBeNull();
      expect(await ignores.get(CART)).toEqual(ignore);
    });

    test('can be ended', async () => {
      const { ignores } = await opened(open);
      await ignores.set(ignore);
      expect(await ignores.list()).toEqual([ignore]);
      await ignores.end(CART);
      expect(await ignores.list()).toEqual([]);
    });
  });
}
