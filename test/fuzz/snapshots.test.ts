import { expect, test } from 'vitest';
import { fuzzSnapshots } from '../../bench/fuzz/snapshots.ts';

test(
  'no mutated object breaks a rule, loses the incident of another or goes unnamed',
  { timeout: 120_000 },
  async () => {
    const { tried, failures } = await fuzzSnapshots({ count: 240, seed: 7 });
    expect(tried).toBe(240);
    expect(failures).toEqual([]);
  },
);
