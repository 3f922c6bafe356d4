import { describe, expect, test } from 'vitest';
import { isNeverDue, parseSchedule } from '../../src/kubernetes/cron.ts';

describe('a schedule is read as the CronJob controller reads it', () => {
  test.each([
    '0 3 * * *',
    '*/15 6-22 * JAN-nov mon-fri',
    '5/15 * * * *',
    '0 0 29 2 ?',
    '@midnight',
    '@every 1h30m',
    'CRON_TZ=Europe/Lisbon 0 3 * * *',
  ])('%s', (text) => expect(parseSchedule(text).kind).not.toBe('invalid'));

  test.each([
    ['0 3 * *', 'it has 4 fields, not 5'],
    ['0 0 4 * * ?', 'it has 6 fields, not 5'],
    ['60 3 * * *', 'the minute 60 is above 59'],
    ['0 3 0 * *', 'the day of the month 0 is below 1'],
    ['0 3 * * 7', 'the day of the week 7 is above 6'],
    ['0 3 * * MONS', 'the day of the week MONS is not a number or name'],
    ['0 22-6 * * *', 'the hour 22-6 ends before it begins'],
    ['*/0 * * * *', 'the minute */0 has no step above zero'],
    ['@dayly', '@dayly is not a descriptor'],
    ['@every soon', 'soon is not a duration'],
  ])('%s is none: %s', (text, why) => expect(parseSchedule(text)).toEqual({ kind: 'invalid', why }));
});

test.each([
  ['0 0 31 2 *', true],
  ['0 0 30,31 2 *', true],
  ['0 0 31 4,6,9,11 *', true],
  ['0 0 29 2 *', false],
  ['0 0 31 2,3 *', false],
  ['0 0 31 2 mon', false],
  ['0 0 * 2 *', false],
])('%s is never due: %s', (text, never) => {
  const parsed = parseSchedule(text);
  expect(parsed.kind === 'schedule' && isNeverDue(parsed.schedule)).toBe(never);
});
