/** What stands where there is no time. */
export const NO_TIME = '–';

/** `2026-07-29 03:12`: UTC, to the minute. A dash for what is no time. */
export function utcMinutes(at: number | null): string {
  if (at === null || Number.isNaN(new Date(at).getTime())) return NO_TIME;
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

/** `2026-07-29 03:12 UTC` */
export function utc(at: number): string {
  return `${utcMinutes(at)} UTC`;
}

/** How long something took, in the largest unit that says enough: `31 minutes`, `5 hours`, `12 days`. */
export function span(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 120) return count(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 72 ? count(hours, 'hour') : count(Math.round(hours / 24), 'day');
}

/** `1 root`, `3 roots` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
