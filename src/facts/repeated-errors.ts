import { shortened } from '../untrusted/shorten.ts';
import { readEntries, type LogReading } from './log.ts';
import { entriesOf, type LogEntry } from './log/entries.ts';

export interface RepeatedError {
  /** The newest line of each error that is repeated so often. */
  readonly lines: readonly string[];
  readonly count: number;
  /** Entries that were looked through. */
  readonly within: number;
  /** What the errors say; null where their words are not known. */
  readonly said: LogReading | null;
  /** Milliseconds since the epoch: the first of the same errors in the log; null where entries have no time. */
  readonly since: number | null;
}

/** The last entries that are searched for an error in words that nobody knows. */
const FEW = 20;
/** The last entries that are searched for an error whose words are known. */
const MANY = 200;
/** So many equal errors are no accident. */
const REPEATS = 3;
/** The program still says so at the end of its log. */
const END = 5;
const RECENT = 15 * 60_000;
/** A known error among many other entries counts while it goes on: this long ago at most. */
const GOES_ON = 60_000;

/**
 * The error that a log repeats to its end: three times and more in the last twenty entries, a quarter of them at least errors, the last within
 * the last five entries and, where it has a time, within a quarter of an hour before `now` (milliseconds since the epoch). An error whose words
 * are known may stand among more entries, if it has a time within the last minute. Null otherwise.
 */
export function repeatedError(log: string, now: number): RepeatedError | null {
  const entries = entriesOf(log);
  return denseError(entries.slice(-FEW), entries, now) ?? knownError(entries.slice(-MANY), entries, now);
}

function denseError(tail: readonly LogEntry[], all: readonly LogEntry[], now: number): RepeatedError | null {
  const byShape = errorsByShape(tail);
  const errors = byShape.flat();
  if (errors.length * 4 < tail.length) return null;
  const most = byShape.toSorted((a, b) => b.length - a.length)[0];
  const last = most?.at(-1);
  if (
    !most ||
    !last ||
    most.length < REPEATS ||
    last.index < tail.length - END ||
    !isWithin(last.entry, now, RECENT)
  )
    return null;
  const telling = byShape.filter((errors) => errors.length === most.length);
  return repeated(telling, tail.length, all);
}

function knownError(tail: readonly LogEntry[], all: readonly LogEntry[], now: number): RepeatedError | null {
  const known = errorsByShape(tail).find((errors) => {
    const last = errors.at(-1)!.entry;
    return (
      errors.length >= REPEATS &&
      last.at !== null &&
      isWithin(last, now, GOES_ON) &&
      readEntries([last]) !== null
    );
  });
  return known ? repeated([known], tail.length, all) : null;
}

/** Whoever asked went away before the answer came: that is the client's doing, or follows from what is slow. */
const CALLED_OFF =
  /context canceled|code = Canceled\b|client (?:has )?(?:closed|disconnected|gone away)|ClientAbortException|request (?:was )?aborted/i;

interface ErrorEntry {
  readonly entry: LogEntry;
  readonly index: number;
  readonly shape: string;
}

function errorsByShape(tail: readonly LogEntry[]): readonly (readonly ErrorEntry[])[] {
  const errors = tail.flatMap((entry, index) =>
    (entry.level === 'error' || entry.level === 'fatal') && !CALLED_OFF.test(entry.lines[0]!)
      ? [{ entry, index, shape: shapeOf(entry) }]
      : [],
  );
  return [...Map.groupBy(errors, ({ shape }) => shape).values()];
}

function repeated(
  groups: readonly (readonly ErrorEntry[])[],
  within: number,
  all: readonly LogEntry[],
): RepeatedError {
  const newest = groups.map((errors) => errors.at(-1)!.entry);
  const shapes = new Set(groups.map(([first]) => first!.shape));
  const first = all.find(
    (entry) => entry.level !== 'lower' && entry.level !== null && shapes.has(shapeOf(entry)),
  );
  const said = readEntries(newest);
  return {
    lines: said && groups.length === 1 ? [said.line] : newest.map(({ lines }) => shortened(lines[0]!, 400)),
    count: groups[0]!.length,
    within,
    said,
    since: first?.at ?? null,
  };
}

/** The first line without what differs each time: numbers, times, identifiers. */
function shapeOf({ lines }: LogEntry): string {
  return lines[0]!
    .replace(/[0-9a-f]{8}-[0-9a-f-]{20,}/gi, '#')
    .replace(/[0-9a-f]{8,}/gi, '#')
    .replace(/\d+/g, '#');
}

function isWithin({ at }: LogEntry, now: number, time: number): boolean {
  return at === null || Math.abs(now - at) <= time;
}
