import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/kubernetes/durations.ts';
import { dailyPeaks } from '../../src/witnesses/daily-peaks.ts';
import type { Samples } from '../../src/witnesses/series.ts';

const NOW = Date.parse('2026-03-04T18:00:00Z');

/** A sample every five minutes of seven days; `value` gets the hours before now. */
function week(value: (hoursAgo: number) => number | null): Samples {
  const samples: (readonly [number, number])[] = [];
  for (let at = NOW - 7 * DAY; at <= NOW; at += 5 * MINUTE) {
    const one = value((NOW - at) / HOUR);
    if (one !== null) samples.push([at, one]);
  }
  return samples;
}

/** Eight from six to four hours before this time of each day. */
const daily = (hoursAgo: number): number => (hoursAgo % 24 >= 4 && hoursAgo % 24 <= 6 ? 8 : 3);

describe('daily peaks', () => {
  test('are found as far back as one day follows the other', () => {
    const peaks = dailyPeaks(week(daily), 8, NOW);
    expect(peaks).toHaveLength(7);
    expect(peaks[0]).toEqual({ from: NOW - 6 * HOUR, to: NOW - 4 * HOUR });
  });

  test('of a day with two are those that come at the same time', () => {
    const twice = week((hours) => (hours % 24 >= 10 && hours % 24 <= 11 ? 8 : daily(hours)));
    expect(dailyPeaks(twice, 8, NOW)).toHaveLength(7);
  });

  test('end at a day without one, and at a day that was not measured', () => {
    const without = week((hours) => (hours > 48 && hours < 72 ? 3 : daily(hours)));
    const unknown = week((hours) => (hours > 48 && hours < 72 ? null : daily(hours)));
    expect(dailyPeaks(without, 8, NOW)).toHaveLength(2);
    expect(dailyPeaks(unknown, 8, NOW)).toHaveLength(2);
  });

  test.each([
    ['a value that stays at the level', () => 8],
    ['a value that never reaches it', () => 7],
    ['single samples', (hours: number) => (Math.abs((hours % 24) - 5) < 0.01 ? 8 : 3)],
    ['what was over two days ago', (hours: number) => (hours < 50 ? 3 : daily(hours))],
  ])('are not %s', (_what, value) => {
    expect(dailyPeaks(week(value), 8, NOW)).toEqual([]);
  });

  test('are not seen across a gap, in which nobody knows what was', () => {
    const samples = week((hours) => (hours % 24 > 4.1 && hours % 24 < 5.9 ? null : daily(hours)));
    expect(dailyPeaks(samples, 8, NOW)).toEqual([]);
  });

  test('need samples', () => {
    expect(dailyPeaks([], 8, NOW)).toEqual([]);
  });
});
