import { InputError } from '../errors/input-error.ts';

/**
 * The time that a flag names in the form of RFC 3339, in milliseconds since the epoch.
 *
 * @throws {InputError} when it is none
 */
export function parseTime(flag: string, text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new InputError(`${flag} ${text}: expected a time such as 2026-10-14T09:42:00Z`);
  return time;
}
