import { expect, test } from 'vitest';
import { isTimeZone, nearestTimeZone, readingOf } from '../../src/witnesses/schedule-reading.ts';

test.each([
  ['0 0 4 * * ?', '0 4 * * *'],
  ['0 4 * * ? *', '0 4 * * *'],
  ['*/5 * * * * *', '*/5 * * * *'],
  ['0 30 4 * * 1', '30 4 * * 1'],
  ['0 3 * * Monday', '0 3 * * MON'],
  ['0 3 1 sept *', '0 3 1 SEP *'],
  ['0 3 * * 7', '0 3 * * 0'],
  ['0 3 * * 5-7', '0 3 * * 5-6,0'],
  ['0 24 * * *', '0 0 * * *'],
  ['0 22-6 * * *', '0 0-6,22-23 * * *'],
  ['0 3 1, 15 * *', '0 3 1,15 * *'],
  ['@dayly', '@daily'],
])('%s can only mean %s', (text, reading) => expect(readingOf(text)).toBe(reading));

test.each([
  ['six fields that two readings fit', '0 4 * * * *'],
  ['seconds that no minute has', '*/10 * * * * ?'],
  ['a field too few', '0 3 * *'],
  ['a minute that no hour has', '60 3 * * *'],
  ['a day that no week has', '0 3 * * MONS'],
  ['what only Quartz knows', '0 0 3 L * ?'],
  ['a descriptor of no kind', '@fortnightly'],
])('nothing is made of %s: %s', (_what, text) => expect(readingOf(text)).toBeNull());

test.each([
  ['Europe/lisbon', 'Europe/Lisbon'],
  ['Europe/Lisbn', 'Europe/Lisbon'],
  ['America/New York', 'America/New_York'],
  ['Lisbon', 'Europe/Lisbon'],
])('%s is the time zone %s', (text, zone) => expect(nearestTimeZone(text)).toBe(zone));

test.each(['CEST', 'Sea/Port', 'local'])('%s is no time zone that could be told', (text) => {
  expect(nearestTimeZone(text)).toBeNull();
});

test('a name is a time zone only as the database writes it', () => {
  expect(isTimeZone('Europe/Lisbon')).toBe(true);
  expect(isTimeZone('Asia/Calcutta')).toBe(true);
  expect(isTimeZone('europe/lisbon')).toBe(false);
});
