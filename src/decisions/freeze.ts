import type { Freeze } from '../config/schema.ts';

/** The freeze that is on, if any: from the start of its first day to the end of its last, as clocks in its time zone show them. */
export function freezeAt(freezes: readonly Freeze[], now: number): Freeze | null {
  return freezes.find(({ from, to, timezone }) => isBetween(dayIn(timezone, now), from, to)) ?? null;
}

/** Days written YYYY-MM-DD sort as they follow each other. */
function isBetween(day: string, from: string, to: string): boolean {
  return from <= day && day <= to;
}

function dayIn(timeZone: string, now: number): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(now);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}
