import { DAY, HOUR, MINUTE } from '../kubernetes/durations.ts';
import { untrusted, type Untrusted } from '../untrusted/prose.ts';

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY };

/** `90m`, `24h`, `7d` in milliseconds, and the text after it; null where there is no duration. */
export function parseDuration(text: string): { readonly duration: number; readonly rest: string } | null {
  const [, number, unit, rest = ''] = /^(\d{1,5})([mhd])(?:\s+(.*))?$/is.exec(text.trim()) ?? [];
  if (number === undefined || unit === undefined) return null;
  return { duration: Number(number) * UNITS[unit.toLowerCase()]!, rest: rest.trim() };
}

/** In UTF-16 units. */
const LONGEST_REASON = 300;

/** What somebody gives as a reason, on one line; null where nothing is said. */
export function parseReason(text: string): Untrusted | null {
  const line = text.replace(/\s+/g, ' ').trim();
  const quoted = /^"([^"]*)"$/.exec(line)?.[1]?.trim() ?? line;
  if (quoted === '') return null;
  return untrusted(quoted.length > LONGEST_REASON ? `${quoted.slice(0, LONGEST_REASON - 1)}…` : quoted);
}

export interface Assignment {
  readonly field: string;
  /** Null for what Faultline itself proposes. */
  readonly value: string | null;
}

/** In UTF-16 units. */
const LONGEST_VALUE = 500;

const FIELD = /(?:[^\s=[\]"']|\[(?:"[^"\]]*"|[^\]"])*\])+/.source;
const ASSIGNMENT = new RegExp(`^(${FIELD})\\s*=\\s*(.+)$`, 's');
const TO_DEFAULT = new RegExp(`^(${FIELD})\\s+default$`, 'is');

/**
 * `field=value`, or `field default`, where the field may have `=` between brackets and the value may stand between quotes; a backslash takes the
 * meaning from the sign behind it between double ones. Null for anything else, such as words behind the value.
 */
export function parseAssignment(text: string): Assignment | null {
  const toDefault = TO_DEFAULT.exec(text.trim())?.[1];
  if (toDefault !== undefined) return { field: toDefault, value: null };
  const [, field, written] = ASSIGNMENT.exec(text.trim()) ?? [];
  if (field === undefined || written === undefined || written.length > LONGEST_VALUE) return null;
  const value = unquoted(written);
  return value === null ? null : { field, value };
}

function unquoted(written: string): string | null {
  const double = /^"((?:[^"\\]|\\.)*)"$/s.exec(written)?.[1];
  if (double !== undefined) return double.replace(/\\(.)/gs, '$1');
  const single = /^'([^']*)'$/s.exec(written)?.[1];
  if (single !== undefined) return single;
  return /^[^\s"'`][^\s]*$/.test(written) ? written : null;
}
