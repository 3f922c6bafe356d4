import { createHash } from 'node:crypto';
import type { AlertNames, AlertSource } from '../model/received-alert.ts';
import { maskedText } from '../untrusted/masked.ts';
import { shortened } from '../untrusted/shorten.ts';

/** One alert as its source tells it. All of it is from outside: names are checked, and texts are masked and bounded. */
export interface Alert {
  readonly source: AlertSource;
  /** The same for every notification of one alert: a fingerprint, a deduplication key, or the object. */
  readonly id: string;
  readonly status: 'firing' | 'resolved';
  /** What the source calls it, such as `KubePodCrashLooping`. */
  readonly title: string;
  /** What it says; empty where it says nothing. */
  readonly summary: string;
  /** Milliseconds since the epoch; null where it does not say. */
  readonly startsAt: number | null;
  readonly names: AlertNames;
}

/** Characters of a title or a summary. */
const LONGEST_TITLE = 120;
const LONGEST_SUMMARY = 500;

/** What a source tells, as it tells it. */
export interface Told extends Omit<Alert, 'startsAt' | 'summary'> {
  readonly startsAt: string | null | undefined;
  readonly summary: string | null | undefined;
}

export function alertOf(told: Told): Alert {
  return {
    ...told,
    id: idOf(told.id),
    title: shortened(maskedText(told.title), LONGEST_TITLE),
    summary: shortened(maskedText(told.summary ?? ''), LONGEST_SUMMARY),
    startsAt: timeOf(told.startsAt),
  };
}

/** The id as it is told where it is short and printable, else a hash of it. */
function idOf(text: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(text) && maskedText(text) === text) return text;
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Null for no time, and for the zero time of Go, which means none. */
function timeOf(text: string | null | undefined): number | null {
  const time = Date.parse(text ?? '');
  return time > 0 ? time : null;
}
