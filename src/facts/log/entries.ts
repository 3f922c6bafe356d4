/** How grave an entry calls itself: `fatal` ends the program, `lower` is a warning or less; null where it says nothing. */
export type Level = 'fatal' | 'error' | 'lower' | null;

/** What a program wrote at once: a line with the stack trace below it, or a line of JSON. */
export interface LogEntry {
  /** The lines, the first one first, without the time that `kubectl logs --timestamps` adds. Of a line of JSON its texts. */
  readonly lines: readonly string[];
  readonly level: Level;
  /** Milliseconds since the epoch; null where no time is written. */
  readonly at: number | null;
}

/** A stack trace of more lines says nothing new. */
const LONGEST = 300;

/** The entries of a log, oldest first: blank lines are left out, lines that continue an entry belong to it. */
export function entriesOf(log: string): readonly LogEntry[] {
  const entries: { lines: string[]; level: Level; at: number | null }[] = [];
  for (const raw of log.split('\n')) {
    const line = raw.replace(KUBECTL_TIME, '').replace(COLOURS, '').trimEnd();
    if (line.trim() === '') continue;
    const last = entries.at(-1);
    if (last && (CONTINUES.test(line) || isNamedField(last.lines, line))) {
      if (last.lines.length < LONGEST) last.lines.push(line);
      continue;
    }
    const json = line.trimStart().startsWith('{') ? readJson(line.trim()) : null;
    entries.push(
      json
        ? { ...json, lines: [...json.lines], at: json.at ?? timeIn(raw) }
        : { lines: [line.replaceAll(ESCAPED, '"')], level: levelIn(line), at: timeIn(raw) },
    );
  }
  return entries;
}

/** `2026-01-10T17:12:03.913115960+08:00 ` before the program's own words. */
const KUBECTL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{5,9}(?:Z|[+-]\d\d:\d\d) /;
// eslint-disable-next-line no-control-regex -- terminals' colours are control characters
const COLOURS = /\u001b\[[0-9;]*m/g;
/** Quotes within a quoted message: `msg="User \"tides\" cannot …"`. */
const ESCAPED = '\\"';
/** Indented lines, and what stack traces begin lines with. */
const CONTINUES =
  /^(?:\s+\S|at \S+|Caused by: |\.\.\. \d+ (?:more|common)|--- End of|---> |created by |goroutine \d+ \[|Suppressed: )/;

/** pydantic names the field on a line of its own: `1 validation error for Settings`, `database_dsn`, `  Field required`. */
function isNamedField(lines: readonly string[], line: string): boolean {
  return /\d validation errors? for \w+$/.test(lines.at(-1)!) && /^[\w.]+$/.test(line);
}

const GRAVE: Readonly<Record<string, Level>> = {
  fatal: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  panic: 'fatal',
  dpanic: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
  alert: 'fatal',
  ftl: 'fatal',
  error: 'error',
  err: 'error',
  severe: 'error',
  fail: 'error',
  warning: 'lower',
  warn: 'lower',
  wrn: 'lower',
  notice: 'lower',
  note: 'lower',
  system: 'lower',
  info: 'lower',
  information: 'lower',
  inf: 'lower',
  debug: 'lower',
  dbug: 'lower',
  dbg: 'lower',
  trace: 'lower',
  trce: 'lower',
  verbose: 'lower',
};

/** The levels of loggers: in capitals, in brackets, as a field, klog's letter, .NET's `fail:`. The first one on the line counts. */
const LEVELS =
  /\b(ERROR|FATAL|CRITICAL|PANIC|SEVERE|EMERG|ALERT|ERR|CRIT|FTL|WARN|WARNING|NOTICE|INFO|DEBUG|TRACE|INF|WRN|DBG)\b|\[(error|emerg|crit|alert|fatal|warn|warning|notice|note|system|info|debug)\]|\b(?:level|severity|lvl)=["']?(\w+)|^(fail|crit|info|warn|dbug|trce): |^([EFIWD])\d{4} \d\d:\d\d/i;
const KLOG: Readonly<Record<string, Level>> = {
  E: 'error',
  F: 'fatal',
  I: 'lower',
  W: 'lower',
  D: 'lower',
};
/** Words of runtimes for what ends a program. */
const ENDS =
  /^panic: |^fatal error: |Exception in thread "main"|Unhandled (?:exception|rejection|promise)|Uncaught |UnhandledPromiseRejection|Application run failed|APPLICATION FAILED TO START|PHP Fatal error|thread '[^']+' .{0,20}panicked at|\(core dumped\)/i;

function levelIn(line: string): Level {
  if (ENDS.test(line)) return 'fatal';
  const start = line.slice(0, 160);
  const match = LEVELS.exec(start);
  if (!match) return null;
  const [, capitals, bracketed, field, dotnet, klog] = match;
  if (klog !== undefined) return KLOG[klog] ?? null;
  // `error` in lower case is a word as any other.
  if (capitals !== undefined && capitals !== capitals.toUpperCase()) return levelAfter(start, match);
  return GRAVE[(capitals ?? bracketed ?? field ?? dotnet ?? '').toLowerCase()] ?? null;
}

function levelAfter(line: string, { index, 0: word }: RegExpExecArray): Level {
  const rest = line.slice(index + word.length);
  return LEVELS.test(rest) ? levelIn(` ${rest}`) : null;
}

/** pino and bunyan count: 30 is info, 50 error, 60 fatal. */
function levelOf(value: unknown): Level {
  if (typeof value === 'number')
    return value >= 60 ? 'fatal' : value >= 50 ? 'error' : value >= 10 ? 'lower' : null;
  return typeof value === 'string' ? (GRAVE[value.toLowerCase()] ?? null) : null;
}

const LEVEL_FIELDS = ['level', 'severity', 'lvl', 'log.level', '@l', 'Level', 'LogLevel', 'loglevel'];
/** Where loggers write what happened, the message first. */
const TEXT_FIELDS = [
  'message',
  'msg',
  'Message',
  '@m',
  '@mt',
  'log',
  'text',
  'error',
  'err',
  'Error',
  'exception',
  'Exception',
  '@x',
  'reason',
  'detail',
  'details',
  'error.message',
  'stack',
  'stack_trace',
  'stackTrace',
  'error.stack_trace',
];
const TIME_FIELDS = ['timestamp', 'time', 'ts', '@timestamp', '@t', 't', 'Timestamp'];

function readJson(line: string): LogEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const texts = TEXT_FIELDS.flatMap((name) => textsOf(fields[name]));
  if (texts.length === 0) return null;
  const [first = '', ...rest] = texts.join(': ').split('\n');
  const level = LEVEL_FIELDS.map((name) => levelOf(fields[name])).find((one) => one !== null) ?? null;
  const time = TIME_FIELDS.map((name) => fields[name]).find((one) => one !== undefined);
  return { lines: [first, ...rest.slice(0, LONGEST)], level: level ?? levelIn(first), at: timeOf(time) };
}

/** An error as a text, or as an object with a message and a stack, which repeats the message. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  const { stack, message, msg, type } = value as Readonly<Record<string, unknown>>;
  const said = [stack, message, msg].find((one) => typeof one === 'string' && one !== '');
  return typeof said === 'string'
    ? [typeof type === 'string' && !said.includes(type) ? `${type}: ${said}` : said]
    : [];
}

function timeOf(value: unknown): number | null {
  if (typeof value === 'number' && value > 1e9) return value > 1e11 ? value : value * 1000;
  return typeof value === 'string' ? timeIn(value) : null;
}

function timeIn(line: string): number | null {
  const [, date, time, zone = 'Z'] =
    /(\d{4}[-/]\d\d[-/]\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?/.exec(line.slice(0, 200)) ??
    [];
  if (date === undefined) return null;
  const at = Date.parse(`${date.replaceAll('/', '-')}T${time}${zone}`);
  return Number.isNaN(at) ? null : at;
}
