import { expect, test } from 'vitest';
import { backOff } from '../../../src/cluster/watching/pace.ts';

test('waits twice as long after each failure, up to half a minute, spread over the upper half', () => {
  expect([1, 2, 3, 8, 1000].map((failures) => backOff(failures, 0))).toEqual([
    250, 500, 1000, 15_000, 15_000,
  ]);
  expect([1, 8].map((failures) => backOff(failures, 0.999))).toEqual([499.75, 29_985]);
});

test('waits as long as the server asks, up to a minute', () => {
  expect(backOff(1, 0, 7)).toBe(7_000);
  expect(backOff(1, 0, 86_400)).toBe(60_000);
  expect(backOff(1, 0, -5)).toBe(250);
});
