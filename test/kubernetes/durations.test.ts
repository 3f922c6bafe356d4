import { expect, test } from 'vitest';
import { describeDuration, describeTime, HOUR, MINUTE } from '../../src/kubernetes/durations.ts';

test('a duration is told in hours and minutes, without what is none', () => {
  const told = [3 * HOUR + 12 * MINUTE, 3 * HOUR, 40 * MINUTE, 5000].map(describeDuration);
  expect(told).toEqual(['3 h 12 min', '3 h', '40 min', '1 min']);
});

test('a time is told to the minute, in UTC', () => {
  expect(describeTime(Date.parse('2026-10-14T09:18:42Z'))).toBe('2026-10-14 09:18 UTC');
});
