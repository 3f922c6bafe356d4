import { setTimeout as wait } from 'node:timers/promises';

/** Everything about a watch that depends on time or chance. */
export interface Pace {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that pass evenly, whatever is done to the clock. */
  elapsed(): number;
  /** From 0 up to, not including, 1. */
  random(): number;
  /** Waits so many milliseconds, or until the signal; never rejects. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** How long one watch request goes on at least, in seconds. */
  readonly watchSeconds: number;
  /** Milliseconds without a line after which a connection counts as dead, where the server sends bookmarks: each minute. */
  readonly silence: number;
  /** Milliseconds between two lists of what may be listed and not watched. */
  readonly polling: number;
  /** Milliseconds until what is forbidden, or missing, is tried again. */
  readonly retrial: number;
  /** Milliseconds between two discoveries of what the server serves. */
  readonly discovery: number;
  /** Milliseconds after which a server that answers nothing counts as away. */
  readonly away: number;
  /** Milliseconds to wait for the first lists; after that, what is not listed yet is unknown. */
  readonly firstLists: number;
}

export const PACE: Pace = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  pause: (milliseconds, signal) =>
    wait(milliseconds, undefined, { signal, ref: false }).catch(() => undefined),
  watchSeconds: 300,
  silence: 150_000,
  polling: 30_000,
  retrial: 5 * 60_000,
  discovery: 3 * 60_000,
  away: 2 * 60_000,
  firstLists: 2 * 60_000,
};

const FIRST = 500;
const LONGEST = 30_000;

/**
 * Milliseconds to wait after so many failures in a row: doubled each time up to half a minute, and spread over the upper half of that, so
 * that many watches do not come back at once.
 *
 * @param failures 1 after the first
 * @param retryAfter seconds that the server asks to wait, at most a minute of which are waited
 */
export function backOff(failures: number, random: number, retryAfter = 0): number {
  const longest = Math.min(FIRST * 2 ** Math.min(failures - 1, 20), LONGEST);
  return Math.max(longest * (0.5 + random / 2), Math.min(Math.max(retryAfter, 0), 60) * 1000);
}
