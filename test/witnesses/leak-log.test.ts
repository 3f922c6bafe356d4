import { expect, test } from 'vitest';
import { claimIn } from '../../src/witnesses/leak-log.ts';

test('a count of what is kept that only rises is a leak', () => {
  const lines = [100, 180, 260, 340, 420].map((size) => `heap used ${size} MiB`);
  expect(claimIn(lines.join('\n'))).toEqual({ kind: 'growth', line: 'heap used 420 MiB' });
  expect(claimIn(lines.toReversed().join('\n'))).toBeNull();
  expect(claimIn(lines.slice(2).join('\n'))).toBeNull();
  expect(claimIn(lines.map((line) => `loading index: ${line}`).join('\n'))).toBeNull();
});
