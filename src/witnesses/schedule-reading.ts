import { distance } from 'fastest-levenshtein';
import { CRON_DESCRIPTORS, CRON_FIELDS, parseSchedule } from '../kubernetes/cron.ts';

/**
 * What somebody meant who wrote a schedule that the CronJob controller cannot read: six fields of Quartz or of a cron with years, names in
 * full, Sunday as 7, midnight as 24, ranges over the end of the day or the week, a descriptor that is misspelt. Null where nothing or more
 * than one thing could be meant.
 */
export function readingOf(text: string): string | null {
  const all = readingsOf(text.trim()).filter((reading) => parseSchedule(reading).kind !== 'invalid');
  const [only, ...others] = [...new Set(all)];
  return others.length === 0 ? (only ?? null) : null;
}

function readingsOf(text: string): readonly string[] {
  if (text.startsWith('@')) return nearestOf(text.toLowerCase(), Object.keys(CRON_DESCRIPTORS));
  const parts = text.replace(/,\s+/g, ',').split(/\s+/);
  if (parts.length === CRON_FIELDS.length) return [corrected(parts)];
  if (parts.length !== CRON_FIELDS.length + 1) return [];
  return [...withSeconds(parts), ...withYear(parts)].map(corrected);
}

/** Seconds come first in Quartz, where one of the two days is a question mark. Only the first second of a minute is a minute's. */
function withSeconds(parts: readonly string[]): readonly (readonly string[])[] {
  const isQuartz = parts.includes('?') ? parts[3] === '?' || parts[5] === '?' : true;
  return isQuartz && /^0+$/.test(parts[0]!) ? [parts.slice(1)] : [];
}

/** The year comes last, and only any year is one that needs no field. */
function withYear(parts: readonly string[]): readonly (readonly string[])[] {
  const isWithYear = parts.includes('?') ? parts[2] === '?' || parts[4] === '?' : true;
  return isWithYear && /^[*?]$/.test(parts[5]!) ? [parts.slice(0, 5)] : [];
}

function corrected(parts: readonly string[]): string {
  return parts
    .map((part, index) => {
      const field = part.replaceAll('?', '*');
      return field
        .split(',')
        .map((item) => correctedItem(item, index))
        .join(',');
    })
    .join(' ');
}

const HOUR = 1;
const DAY_OF_WEEK = 4;

function correctedItem(item: string, index: number): string {
  const { names, max } = CRON_FIELDS[index]!;
  const named = item.replace(/[a-z]+/gi, (word) => shortName(word, names));
  if (index === HOUR && named === '24') return '0';
  if (index === DAY_OF_WEEK && /^7(?:\/\d+)?$/.test(named)) return '0';
  const [, low, high] = /^(\w+)-(\w+)$/.exec(named) ?? [];
  if (low === undefined || high === undefined || (index !== HOUR && index !== DAY_OF_WEEK)) return named;
  const [from, to] = [low, high].map((one) => valueOf(one, names)) as [number, number];
  if (index === DAY_OF_WEEK && to === 7) return from === 0 ? '*' : `${from}-${max},0`;
  if (Number.isNaN(from) || Number.isNaN(to) || from <= to || from > max) return named;
  return [span(0, to), span(from, max)].join(',');
}

function span(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`;
}

function valueOf(text: string, names: readonly string[]): number {
  return /^\d+$/.test(text)
    ? Number(text)
    : names.includes(text.toLowerCase())
      ? names.indexOf(text.toLowerCase())
      : Number.NaN;
}

const FULL_NAMES = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
];

/** `MON` of `Monday`, `Tues` or `thurs`; the word as it is where it is none. */
function shortName(word: string, names: readonly string[]): string {
  const short = word.slice(0, 3).toLowerCase();
  const isLonger = word.length > 3 && FULL_NAMES.some((full) => full.startsWith(word.toLowerCase()));
  return names.includes(short) && isLonger ? short.toUpperCase() : word;
}

/** The names that are one or two letters off, where no other is as near. */
function nearestOf(text: string, names: readonly string[]): readonly string[] {
  const near = names.map((name) => ({ name, by: distance(text, name) })).toSorted((a, b) => a.by - b.by);
  const [first, second] = near;
  return first && first.by <= 2 && (second === undefined || second.by > first.by) ? [first.name] : [];
}

/** Names of time zones in the IANA database, aliases that the runtime does not list left out. */
const ZONES: readonly string[] = ['UTC', 'Etc/UTC', ...Intl.supportedValuesOf('timeZone')];

/** The one time zone that a name means: in other letters, with spaces, one letter off, or by its city alone; null for none or several. */
export function nearestTimeZone(text: string): string | null {
  const wanted = text.trim().replaceAll(' ', '_');
  const same = ZONES.filter((zone) => zone.toLowerCase() === wanted.toLowerCase());
  if (same.length > 0) return same.length === 1 ? same[0]! : null;
  const city = ZONES.filter((zone) => zone.toLowerCase().endsWith(`/${wanted.toLowerCase()}`));
  if (city.length > 0) return city.length === 1 ? city[0]! : null;
  return wanted.includes('/') ? (nearestOf(wanted, ZONES)[0] ?? null) : null;
}

/** True for a name of the IANA database, written as it is there. */
export function isTimeZone(text: string): boolean {
  if (ZONES.includes(text)) return true;
  try {
    // Aliases are accepted in any letters; nobody but the database knows how they are written.
    return (
      new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '' &&
      !ZONES.some((zone) => zone.toLowerCase() === text.toLowerCase())
    );
  } catch {
    return false;
  }
}
