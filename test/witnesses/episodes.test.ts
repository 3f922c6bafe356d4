import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/kubernetes/durations.ts';
import { episodeOf, longEpisodeOf } from '../../src/witnesses/episodes.ts';
import { ratesOf } from '../../src/witnesses/cpu-use.ts';

const NOW = Date.parse('2026-06-10T12:00:00Z');

/** A sample a minute, by the minutes before now. */
function minutes(from: number, value: (before: number) => number) {
  return Array.from({ length: from + 1 }, (_, index) => {
    const before = from - index;
    return [NOW - before * MINUTE, value(before)] as const;
  });
}

describe('an episode', () => {
  test('is the longest stretch at the level, single samples below it let pass', () => {
    const found = episodeOf(
      minutes(60, (before) => (before > 5 && before < 35 && before !== 20 ? 9 : 1)),
      8,
      NOW,
    );
    expect(found).toMatchObject({ from: NOW - 34 * MINUTE, to: NOW - 6 * MINUTE, median: 9 });
  });

  test.each([
    ['a short peak', minutes(60, (before) => (before < 10 ? 9 : 1))],
    ['one that is over', minutes(60, (before) => (before > 25 && before < 55 ? 9 : 1))],
    ['too few samples', minutes(5, () => 9)],
  ])('is not %s', (_what, samples) => {
    expect(episodeOf(samples, 8, NOW)).toBeNull();
  });

  test('of hours lasts until now', () => {
    expect(
      longEpisodeOf(
        minutes(360, () => 9),
        8,
        NOW,
      ),
    ).toMatchObject({ from: NOW - 6 * HOUR, to: NOW });
    expect(
      longEpisodeOf(
        minutes(360, (before) => (before < 30 ? 1 : 9)),
        8,
        NOW,
      ),
    ).toBeNull();
  });
});

test('a counter that falls was started anew, and gives no rate', () => {
  const counter = [
    [0, 0],
    [60_000, 30],
    [120_000, 6],
    [180_000, 36],
  ] as const;
  expect(ratesOf(counter)).toEqual([
    [60_000, 0.5],
    [180_000, 0.5],
  ]);
});
