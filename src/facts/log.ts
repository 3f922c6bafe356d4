import { shortened } from '../untrusted/shorten.ts';
import { entriesOf, type LogEntry } from './log/entries.ts';
import {
  HEAP_EXHAUSTED,
  MISSING_FILE,
  MISSING_MODULE,
  NO_SPACE_LEFT,
  PERMISSION_DENIED,
  READ_ONLY_FILE_SYSTEM,
  TOO_MANY_OPEN_FILES,
} from './log/file-words.ts';
import {
  ADDRESS_IN_USE,
  API_FORBIDDEN,
  AUTHENTICATION_FAILED,
  CERTIFICATE_INVALID,
  CONNECTION_REFUSED,
  CONNECTION_TIMEOUT,
  DATABASE_READ_ONLY,
  LEADERSHIP_LOST,
  MIGRATION_FAILED,
  MISSING_RELATION,
  NAME_NOT_RESOLVED,
  PANIC,
  TOO_MANY_CONNECTIONS,
} from './log/service-words.ts';
import {
  COMMAND_NOT_FOUND,
  CONFIG_INVALID,
  EXEC_FORMAT,
  INVALID_VALUE,
  MISSING_ARGUMENT,
  MISSING_VARIABLE,
  NOT_EXECUTABLE,
  UNKNOWN_FLAG,
} from './log/start-words.ts';
import type { LogCause, Words } from './log/words.ts';

export interface LogReading {
  readonly cause: LogCause;
  /** The line that says so, shortened. */
  readonly line: string;
  /** What it is about: a variable, a flag, a file, a user, a port, a host with its port; null where the line names none. */
  readonly about: string | null;
  /** The address that could not be reached, or that refused; null where the line names none. */
  readonly address: { readonly host: string; readonly port: number | null } | null;
}

/** The ones above are more telling than those below. */
const WORDS: readonly Words[] = [
  EXEC_FORMAT,
  COMMAND_NOT_FOUND,
  NOT_EXECUTABLE,
  ADDRESS_IN_USE,
  UNKNOWN_FLAG,
  MISSING_ARGUMENT,
  INVALID_VALUE,
  MISSING_VARIABLE,
  HEAP_EXHAUSTED,
  TOO_MANY_CONNECTIONS,
  DATABASE_READ_ONLY,
  READ_ONLY_FILE_SYSTEM,
  TOO_MANY_OPEN_FILES,
  NO_SPACE_LEFT,
  API_FORBIDDEN,
  AUTHENTICATION_FAILED,
  CERTIFICATE_INVALID,
  MIGRATION_FAILED,
  MISSING_RELATION,
  NAME_NOT_RESOLVED,
  CONNECTION_REFUSED,
  CONNECTION_TIMEOUT,
  MISSING_MODULE,
  MISSING_FILE,
  PERMISSION_DENIED,
  CONFIG_INVALID,
  LEADERSHIP_LOST,
  PANIC,
];

/** What programs write of what they survive. */
const SURVIVED =
  /\bwarn(?:ing)?\b[\]:"'\s|]|using default|defaulting to|falling back|\bignor|will retry|retrying|optional/i;
/** What is written as an error in spite of such a word. */
const ERROR = /\b(?:error|fatal|panic|critical|exception|severe|err)\b/i;

/** Only the end of a log says why a program ended. */
const LATEST = 120;
/** An exception this near to the end of the log ended the program. */
const END = 5;

/**
 * The line of a log that says why a program fails, and what it is about: first what the entries say that end a program, then the most
 * telling of the others, the latest of those. Null where none has words that are known. It knows what runtimes and common programs
 * write: Go, Java and Spring, Node, Python, Ruby, .NET, PHP, Rust, shells, nginx, databases, and loggers that write JSON.
 */
export function readLog(log: string): LogReading | null {
  const entries = entriesOf(log)
    .filter((entry) => !isSurvived(entry))
    .slice(-LATEST);
  const ending = entries.filter((entry, index) => endsIt(entry, entries, index));
  return readEntries(ending) ?? readEntries(entries);
}

/** What entries say, the most telling of it, the latest of that. */
export function readEntries(entries: readonly LogEntry[]): LogReading | null {
  const latest = entries.toReversed();
  for (const words of WORDS)
    for (const pattern of words.patterns)
      for (const { lines } of latest) {
        const texts = pattern.flags.includes('s') ? [lines.join('\n')] : lines;
        for (const text of texts) {
          const match = words.unless?.test(text) === true ? null : pattern.exec(text);
          if (match) return readingOf(words.cause, text, match.groups ?? {});
        }
      }
  return null;
}

function readingOf(
  cause: LogCause,
  text: string,
  { about, user, host, port }: Readonly<Record<string, string | undefined>>,
): LogReading {
  const address = host === undefined ? null : { host: host.toLowerCase(), port: port ? Number(port) : null };
  const at = address && (address.port === null ? address.host : `${address.host}:${address.port}`);
  return { cause, line: shortened(text, 400), about: about ?? user ?? at, address };
}

function isSurvived({ level, lines }: LogEntry): boolean {
  const [head = ''] = lines;
  return (level === 'lower' || SURVIVED.test(head)) && !lines.some((line) => ERROR.test(line));
}

/** A fatal entry, or the exception that Python names below its trace, near the end. */
function endsIt({ level }: LogEntry, entries: readonly LogEntry[], index: number): boolean {
  if (level === 'fatal') return true;
  const isException = entries[index - 1]?.lines[0]?.startsWith('Traceback (most recent call last)') === true;
  return isException && index >= entries.length - END;
}

/** The last lines of a log, and before them the few that look like errors and would be lost. */
export function excerptOf(log: string, lines: number): string {
  const all = log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => shortened(line, 400));
  const tail = all.slice(-lines);
  const errors = all.slice(0, -lines).filter((line) => LOOKS_WRONG.test(line));
  const earlier = [...new Set(errors)].slice(-3);
  return [...(earlier.length > 0 ? [...earlier, '…'] : []), ...tail].join('\n');
}

/** The line that most likely says why a program ended: the last that looks like an error. Null without one. */
export function errorLineOf(log: string): string | null {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const error = lines.findLast((line) => LOOKS_WRONG.test(line));
  return error === undefined ? null : shortened(error);
}

const LOOKS_WRONG =
  /^(?:[a-z_$][\w$]*\.)+\w*(?:Error|Exception)\b|\b(error|fatal|panic|critical|exception|failed|failure|unknown flag|not found|no such|denied|forbidden|refused|cannot|unable|not set|missing|expired|bad address|timed? ?out)\b/i;
