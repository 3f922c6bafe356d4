import { expect, test } from 'vitest';
import { CART, OTHER, REPOSITORY, verification } from '../records.ts';
import { opened, type Open } from './open.ts';

export function verificationsContract(open: Open): void {
  test('a verification is found by its pull request and by its incidents, the newest merge first', async () => {
    const { verifications } = await opened(open);
    await verifications.save(verification({ pullRequest: 11, mergedAt: 3_000 }));
    await verifications.save(verification());
    const resolved = verification({ outcome: 'resolved', decidedAt: 7_000 });
    await verifications.save(resolved);
    expect(await verifications.get(REPOSITORY, 12)).toEqual(resolved);
    expect(await verifications.get(REPOSITORY, 13)).toBeNull();
    const found = await verifications.byFingerprint(CART);
    expect(found.map(({ pullRequest }) => pullRequest)).toEqual([12, 11]);
    expect(await verifications.byFingerprint(OTHER)).toEqual([]);
  });
}
