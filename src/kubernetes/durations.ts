/** Milliseconds, as all times and ages of a cluster state are. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
