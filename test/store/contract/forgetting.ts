import { describe, expect, test } from 'vitest';
import { CART, OTHER, proposal, scan, seen, verification } from '../records.ts';
import { opened, saved, type Open } from './open.ts';

export function forgettingContract(open: Open): void {
  describe('forgetting', () => {
    test('takes what was over before the time', async () => {
      const store = await opened(open);
      await store.incidents.recordScan(scan(1_000, [seen(), seen({ fingerprint: OTHER })]));
      await store.incidents.recordScan(scan(2_500, []));
      await store.snoozes.set({ fingerprint: CART, until: 4_000, by: 'ada', reason: null, at: 0 });
      await saved(store, proposal({ state: 'merged', endedAt: 4_000 }));
      await store.verifications.save(verification({ outcome: 'resolved', decidedAt: 4_500 }));
      await store.handled.add('comment', '1', 4_000);
      expect(await store.forgetBefore(2_500)).toBe(0);
      expect(await store.forgetBefore(5_000)).toBe(6);
      expect(await store.forgetBefore(5_000)).toBe(0);
    });

    test('leaves what goes on, and what people said', async () => {
      const store = await opened(open);
      const ignore = { fingerprint: CART, by: 'ada', reason: 'a test', at: 0, evidenceKinds: [] };
      await store.incidents.recordScan(scan(1_000, [seen()]));
      await store.ignores.set(ignore);
      await saved(store, proposal({ state: 'merged', endedAt: 4_000 }));
      await store.verifications.save(verification());
      await saved(store, proposal({ branch: 'closed', state: 'closed', endedAt: 4_000 }));
      expect(await store.forgetBefore(1_000_000)).toBe(0);
      expect(await store.ignores.list()).toEqual([ignore]);
    });
  });
}
