import { describe, expect, test } from 'vitest';
import { quietUntil } from '../../src/notifications/route.ts';
import { MINUTE } from './told.ts';

const HOUR = 60 * MINUTE;

/** Days on which clocks are put forward or back, by an hour or half of one, and some on which they are not. */
const DAYS: readonly (readonly [zone: string, day: string])[] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Europe/Berlin', '2026-07-01'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Asia/Kathmandu', '2026-05-01'],
  ['UTC', '2026-01-01'],
];

/** Over midnight, within a day, and ending in hours that clocks leave out or show twice. */
const HOURS = [
  ['22:00', '07:00'],
  ['01:00', '02:30'],
  ['04:30', '02:30'],
  ['00:00', '02:30'],
  ['23:30', '00:30'],
  ['02:00', '03:00'],
  ['12:00', '12:30'],
] as const;

function minutes(text: string): number {
  const [hours, rest] = text.split(':').map(Number);
  return hours! * 60 + rest!;
}

describe.each(DAYS)('in %s on %s', (timezone, day) => {
  const clock = new Intl.DateTimeFormat('sv', { timeZone: timezone, timeStyle: 'short' });

  test.each(HOURS)('quiet hours from %s to %s end at the first minute that is not quiet', (from, to) => {
    const isQuiet = (at: number): boolean => {
      const shown = clock.format(at);
      return from <= to ? shown >= from && shown < to : shown >= from || shown < to;
    };
    const quiet = { from: minutes(from), to: minutes(to), timezone, except: [] };
    const start = Date.parse(`${day}T00:00:00Z`) - 12 * HOUR;
    for (let now = start; now < start + 36 * HOUR; now += 61 * MINUTE) {
      let end = now;
      while (isQuiet(end)) end += MINUTE;
      expect(quietUntil(quiet, null, now), new Date(now).toISOString()).toBe(end === now ? null : end);
    }
  });
});

test('quiet hours that are on for other severities hold nothing', () => {
  const quiet = { from: 0, to: 1439, timezone: 'UTC', except: ['critical'] as const };
  expect(quietUntil(quiet, 'critical', 0)).toBeNull();
  expect(quietUntil(quiet, 'warning', 0)).toBe(1439 * MINUTE);
  expect(quietUntil(quiet, null, 0)).toBe(1439 * MINUTE);
});
