import { expect, test } from 'vitest';
import { HOUR } from '../../src/kubernetes/durations.ts';
import { forecastOf } from '../../src/witnesses/forecast.ts';
import type { Samples } from '../../src/witnesses/series.ts';

const NOW = Date.parse('2026-06-10T12:00:00Z');
const CEILING = 1000;

/** A sample each half hour over so many hours; `hour` counts from the first. */
function samples(hours: number, value: (hour: number) => number): Samples {
  return Array.from({ length: hours * 2 + 1 }, (_, index) => {
    const hour = index / 2;
    return [NOW - (hours - hour) * HOUR, value(hour)] as const;
  });
}

/** The same swing in each run. */
function noise(hour: number): number {
  return Math.sin(hour * 7.3) + Math.cos(hour * 3.1);
}

test('says when a steady climb reaches the ceiling, and how long it was measured', () => {
  const found = forecastOf(
    samples(48, (hour) => 340 + 12 * hour + noise(hour)),
    CEILING,
    NOW,
  );
  expect(found!.perHour).toBeCloseTo(12, 0);
  expect((found!.reachesAt - NOW) / HOUR).toBeCloseTo(7, 0);
  expect(found!.measured / HOUR).toBeCloseTo(46.5, 0);
});

test('a restart begins anew: what was before it does not count', () => {
  const restarted = samples(48, (hour) => (hour < 24 ? 300 + 28 * hour : 250 + 28 * (hour - 24)));
  const found = forecastOf(restarted, CEILING, NOW);
  expect((found!.reachesAt - NOW) / HOUR).toBeCloseTo(3, 0);
  expect(found!.measured / HOUR).toBeLessThan(24);
});

test.each<[string, Samples]>([
  ['no samples', []],
  ['one level with noise', samples(48, (hour) => 900 + 10 * noise(hour))],
  ['a swing with the day', samples(72, (hour) => 700 + 250 * Math.sin((hour * Math.PI) / 12))],
  ['a saw-tooth of garbage collections', samples(48, (hour) => 500 + 60 * (hour % 8))],
  ['a cache that levels off', samples(48, (hour) => 950 - 700 * Math.exp(-hour / 10))],
  ['a program that started three hours ago', samples(3, (hour) => 300 + 150 * hour)],
  ['a climb that is farther off than it was measured', samples(24, (hour) => 100 + 5 * hour)],
  ['a step after a deploy', samples(48, (hour) => (hour < 40 ? 400 : 800))],
  ['a fall', samples(48, (hour) => 900 - 5 * hour)],
  ['above the ceiling already', samples(48, (hour) => 900 + 5 * hour)],
  ['samples that ended hours ago', samples(48, (hour) => 340 + 12 * hour).slice(0, -20)],
  ['noise that grows a little', samples(48, (hour) => 700 + hour + 60 * noise(hour))],
])('says nothing of %s', (_what, given) => {
  expect(forecastOf(given, CEILING, NOW)).toBeNull();
});
