import { shortened } from '../untrusted/shorten.ts';

/** What a program says of its failure, whatever it is written in. */
export type LogCause =
  | 'address-in-use'
  | 'unknown-flag'
  | 'missing-variable'
  | 'heap-exhausted'
  | 'too-many-connections'
  | 'database-read-only'
  | 'read-only-file-system'
  | 'no-space-left'
  | 'permission-denied'
  | 'authentication-failed'
  | 'certificate-invalid'
  | 'name-not-resolved'
  | 'connection-refused'
  | 'connection-timeout'
  | 'missing-relation'
  | 'missing-module'
  | 'missing-file'
  | 'exec-format'
  | 'panic';

export interface LogReading {
  readonly cause: LogCause;
  /** The line that says so, shortened. */
  readonly line: string;
  /** What it is about: a variable, a flag, a file, a host and port; null where the line names none. */
  readonly about: string | null;
}

const NAME = String.raw`[A-Za-z_][A-Za-z0-9_.]{1,80}`;
const VARIABLE = String.raw`[A-Z][A-Z0-9_]{2,80}`;
const HOST = String.raw`([a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::\d{2,5})?)(?![\w.-])`;

/** The words of each cause; a group is what it is about. The ones above are more telling than those below. */
const WORDS: readonly (readonly [LogCause, readonly RegExp[]])[] = [
  ['exec-format', [/exec format error/i]],
  [
    'address-in-use',
    [
      /bind\(\) to (\S+) failed \(98/i,
      /(?:listen|bind) (?:tcp|udp)?\S* ?\S*?(:\d+): (?:bind: )?address already in use/i,
      /(?:EADDRINUSE|address already in use)\D{0,40}(\d{2,5})\b/i,
      /port (\d{2,5}) (?:was|is) already in use/i,
      /address already in use|EADDRINUSE/i,
    ],
  ],
  [
    'unknown-flag',
    [
      /(?:unknown|unrecognized|unrecognised|invalid|illegal) (?:long )?(?:flag|option|argument|arguments|shorthand flag)s?:? ?['"]?(--?[\w.-]+)?/i,
      /flag provided but not defined: (--?[\w.-]+)/i,
      /(?:unexpected|found) argument '([^']+)'/i,
      /no such option:? ?(--?[\w.-]+)?/i,
      /Unrecognized VM option '([^']+)'/,
    ],
  ],
  [
    'missing-variable',
    [
      new RegExp(String.raw`KeyError: ['"](${VARIABLE})['"]`),
      new RegExp(
        String.raw`(?:environment variables?|env(?:ironment)? var(?:iable)?s?|required variables?)[ :]+['"\x60]?\$?(${VARIABLE})['"\x60]?`,
        'i',
      ),
      new RegExp(
        String.raw`\b['"\x60]?(${VARIABLE})['"\x60]? (?:environment variable )?(?:is |was |must be |has )?(?:not set|not defined|unset|missing|required|undefined|not provided|be set|must be set|empty)\b`,
      ),
      new RegExp(
        String.raw`(?:missing|required)(?: required)?(?: configuration| config| setting| key)?:? ['"\x60]?(${VARIABLE})\b`,
      ),
      new RegExp(String.raw`Could not resolve placeholder '(${NAME})(?::[^']*)?'`),
      new RegExp(String.raw`key not found: "(${VARIABLE})"`),
      new RegExp(String.raw`: (${VARIABLE}): (?:unbound variable|parameter (?:null or )?not set)`),
    ],
  ],
  [
    'heap-exhausted',
    [
      /java\.lang\.OutOfMemoryError: ([\w ]+)/,
      /JavaScript heap out of memory/,
      /System\.OutOfMemoryException/,
      /\bMemoryError\b/,
    ],
  ],
  [
    'too-many-connections',
    [
      /too many (?:connections|clients already)/i,
      /connection pool (?:is )?exhausted/i,
      /remaining connection slots are reserved/i,
    ],
  ],
  [
    'database-read-only',
    [
      /(?:--read-only|read[- ]only) (?:option|transaction|replica|mode)|READONLY You can't write against a read only/i,
    ],
  ],
  ['read-only-file-system', [/(?:EROFS|read-only file ?system)[^'"/]{0,60}['"]?(\/[\w./-]+)?/i]],
  ['no-space-left', [/no space left on device|ENOSPC|disk quota exceeded/i]],
  [
    'authentication-failed',
    [
      /access denied for user '?([^'@\s]+)?/i,
      /password authentication failed(?: for user "([^"]+)")?/i,
      /WRONGPASS|NOAUTH|authentication failed|invalid (?:username or password|credentials|password)|auth(?:entication)? required/i,
    ],
  ],
  [
    'certificate-invalid',
    [
      /certificate (?:has expired|expired|is not (?:yet )?valid|signed by unknown authority)|x509: |CERT_HAS_EXPIRED|unable to verify the first certificate|PKIX path building failed/i,
    ],
  ],
  [
    'missing-relation',
    [
      /relation "([^"]+)" does not exist/i,
      /table '([^']+)' doesn't exist/i,
      /no such table: (\S+)/i,
      /(?:unknown database|database) ["']([^"']+)["'](?: does not exist)/i,
      /unknown database '([^']+)'/i,
    ],
  ],
  [
    'name-not-resolved',
    [
      new RegExp(
        String.raw`lookup ${HOST}(?: on \S+)?: (?:no such host|server misbehaving|i/o timeout)`,
        'i',
      ),
      new RegExp(String.raw`(?:ENOTFOUND|EAI_AGAIN) ${HOST}`, 'i'),
      new RegExp(String.raw`UnknownHostException:? ${HOST}`, 'i'),
      new RegExp(
        String.raw`(?:could not translate host name|host not found in upstream|unknown host|could not resolve host:?|unable to resolve host|getaddrinfo for host) ["']?${HOST}`,
        'i',
      ),
      /name or service not known|temporary failure in name resolution|nodename nor servname|no such host|name resolution fail/i,
    ],
  ],
  [
    'connection-refused',
    [
      new RegExp(String.raw`ECONNREFUSED ${HOST}`, 'i'),
      new RegExp(
        String.raw`(?:ECONNREFUSED|dial tcp|connect(?:ion|ing|ed)?(?: to)?|UnableToConnect on|host) ["']?(?:tcp://)?${HOST}["']?[^\n]{0,80}?(?:connection )?refused`,
        'i',
      ),
      new RegExp(String.raw`UnableToConnect on ${HOST}`, 'i'),
      new RegExp(String.raw`Connection to ${HOST} refused`, 'i'),
      /connection refused|ECONNREFUSED|Communications link failure/i,
    ],
  ],
  [
    'connection-timeout',
    [
      new RegExp(String.raw`dial tcp ${HOST}: (?:i/o timeout|connect: connection timed out)`, 'i'),
      /ETIMEDOUT|connection timed out|connect timed out/i,
    ],
  ],
  [
    'missing-module',
    [
      /Cannot find module '([^']+)'/,
      /ModuleNotFoundError: No module named '([^']+)'/,
      /(?:ClassNotFoundException|NoClassDefFoundError):? ([\w./$]+)/,
      /Could not find or load main class (\S+)/,
      /cannot load such file -- (\S+)/,
      /error while loading shared libraries: (\S+):/,
    ],
  ],
  [
    'missing-file',
    [
      /ENOENT: no such file or directory, \w+ '([^']+)'/,
      /(?:open|stat|read|lstat) (\/[\w./@-]+): no such file or directory/i,
      /No such file or directory: ['"]?([^'"\s]+)/i,
      /FileNotFoundException: (\/[^\s(]+)/,
      /(?:can(?:not|'t)|could not|unable to|failed to) (?:open|read|load|access|stat)[^/\n]{0,60}["']?(\/[\w./@-]+)["']?.{0,60}(?:no such file|not found|does not exist)/i,
    ],
  ],
  [
    'permission-denied',
    [
      /(?:EACCES|EPERM)[^'"/\n]{0,60}['"]?(\/[\w./-]+)?/,
      /(\/[\w./-]+)['"]?:? ?(?:\(\d+: )?permission denied/i,
      /permission denied(?::? ['"]?(\/[\w./-]+))?/i,
      /operation not permitted/i,
    ],
  ],
  ['panic', [/^(?:\S+ )?panic: (.{1,200})/, /thread '[^']+' panicked at (.{1,200})/]],
];

/** Lines that a program writes of what it survives. */
const HARMLESS =
  /\b(?:warn(?:ing)?|info|debug|trace|notice)\b[\]:"'\s|]|using default|defaulting to|falling back|\bignor|will retry|retrying|optional/i;
/** What is written as an error in spite of such a word. */
const ERROR = /\b(?:error|fatal|panic|critical|exception|severe|err)\b/i;

/** Only the end of a log says why a program ended. */
const TAIL = 120;

/**
 * The line of a log that says why a program fails, and what it is about: the most telling in its last lines, the latest of those. Null
 * where none has words that are known. It knows what runtimes and common programs write: Go, Java and Spring, Node, Python, Ruby, .NET,
 * PHP, Rust, shells, nginx, databases.
 */
export function readLog(log: string): LogReading | null {
  const lines = log
    .split('\n')
    .filter((line) => line.trim() !== '' && (!HARMLESS.test(line) || ERROR.test(line)))
    .slice(-TAIL)
    .toReversed();
  for (const [cause, patterns] of WORDS) {
    for (const pattern of patterns) {
      for (const line of lines) {
        const match = pattern.exec(line);
        if (match) return { cause, line: shortened(line, 400), about: match[1] ?? null };
      }
    }
  }
  return null;
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
  /\b(error|fatal|panic|critical|exception|failed|failure|unknown flag|not found|no such|denied|forbidden|refused|cannot|unable|not set|missing|expired|timed? ?out)\b/i;

export interface RepeatedError {
  /** The newest line of each error that is repeated so often. */
  readonly lines: readonly string[];
  readonly count: number;
}

/** The last lines that are searched for an error that repeats. */
export const REPEATS_WITHIN = 20;
/** So many equal errors are no accident. */
const REPEATS = 3;
/** The program still says so at the end of its log. */
const END = 5;
const RECENT = 15 * 60_000;

/**
 * The error that a log ends with again and again: three times and more in the last twenty lines, a quarter of them at least errors, the last within
 * the last five lines and, where it has a time, within a quarter of an hour before `now` (milliseconds since the epoch). Null otherwise.
 */
export function repeatedError(log: string, now: number): RepeatedError | null {
  const tail = log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-REPEATS_WITHIN);
  const errors = tail.flatMap((line, index) =>
    LEVEL.test(line) ? [{ line, index, shape: shapeOf(line) }] : [],
  );
  if (errors.length * 4 < tail.length) return null;
  const byShape = [...Map.groupBy(errors, ({ shape }) => shape).values()];
  const most = byShape.toSorted((a, b) => b.length - a.length)[0];
  const last = most?.at(-1);
  if (!most || !last || most.length < REPEATS || last.index < tail.length - END || !isRecent(last.line, now))
    return null;
  const telling = byShape.filter((lines) => lines.length === most.length).map((lines) => lines.at(-1)!.line);
  return { lines: telling.map((line) => shortened(line, 400)), count: most.length };
}

/** A level as loggers write it, in capitals or as a field. */
const LEVEL =
  /\b(?:ERROR|FATAL|CRITICAL|PANIC|SEVERE)\b|\b(?:level|severity|lvl)"?[=:]\s*"?(?:[Ee]rror|fatal|Fatal|panic|critical)\b/;

/** The line without what differs each time: numbers, times, identifiers. */
function shapeOf(line: string): string {
  return line.replace(/[0-9a-f]{8,}/gi, '#').replace(/\d+/g, '#');
}

function isRecent(line: string, now: number): boolean {
  const [, date, time] = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/.exec(line) ?? [];
  if (date === undefined) return true;
  return Math.abs(now - Date.parse(`${date}T${time}Z`)) <= RECENT;
}
