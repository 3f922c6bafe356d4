import { DAY, MINUTE } from '../kubernetes/durations.ts';

/** What clocks in a time zone show. */
export interface WallTime {
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly minute: number;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** @param now milliseconds since the epoch */
export function wallTime(now: number, timeZone: string): WallTime {
  const parts = clockOf(timeZone).formatToParts(now);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '0';
  return {
    weekday: WEEKDAYS.indexOf(part('weekday')),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

/** To make one takes longer than to read it a hundred times. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(timeZone, clock);
  return clock;
}

/**
 * The next moment after `now` at which clocks in a time zone show a time; null for the weekday: any. Where clocks are put forward over that
 * time, the moment that comes closest.
 */
export function nextAt(now: number, minute: number, timeZone: string, weekday: number | null = null): number {
  const whole = Math.floor(now / MINUTE) * MINUTE;
  for (let days = 0; days <= 8; days++) {
    // Within a day, clocks are put forward or back by some hours at most: looked at again from close by.
    let at = whole + days * DAY;
    for (let again = 0; again < 3; again++) at += distance(minute, wallTime(at, timeZone).minute) * MINUTE;
    if (at <= now) at += DAY;
    for (let again = 0; again < 2; again++) at += distance(minute, wallTime(at, timeZone).minute) * MINUTE;
    if (at > now && (weekday === null || wallTime(at, timeZone).weekday === weekday)) return at;
  }
  return whole + DAY;
}

/** From one time of day to another, the shorter way: minutes from -720 to 720. */
function distance(to: number, from: number): number {
  const forward = (to - from + 1440) % 1440;
  return forward > 720 ? forward - 1440 : forward;
}
