import { STATUS_CODES } from 'node:http';
import { InputError } from '../errors/input-error.ts';
import { bounded, redirectOf, type Answer } from '../http/bounded-answer.ts';
import { headersOf, TlsRequests, type PrometheusConnection } from './prometheus-connection.ts';
import { readSeries } from './recorded-metrics.ts';
import type { MetricRequest, MetricSeries, Purpose } from '../model/cluster-state.ts';
import { PURPOSES } from './purposes.ts';
import { shortened } from '../untrusted/shorten.ts';

export interface Prometheus {
  /** The series over the window; null when it could not be asked, which is also reported. */
  query(request: MetricRequest, now: number): Promise<readonly MetricSeries[] | null>;
  /** What may be worth a look for a purpose, of the whole cluster; null as above. */
  find(purpose: Purpose, now: number): Promise<readonly MetricSeries[] | null>;
}

export interface PrometheusTiming {
  /** Milliseconds for a whole answer. */
  readonly timeout: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const TIMING: PrometheusTiming = { timeout: 30_000, now: Date.now };
const HOUR = 3600;
/** Bytes. A week of one series takes about 60 KiB. */
const LONGEST_ANSWER = 64 * 2 ** 20;
/** Prometheus refuses a range query with more points per series. */
const MOST_POINTS = 11_000;
/** Milliseconds in which one that does not answer is not asked, doubled each time. */
const SHORTEST_PAUSE = 30_000;
const LONGEST_PAUSE = 5 * 60_000;
/** One query may be too much for it where others are not. */
const FAILURES_IN_A_ROW = 3;

/**
 * A Prometheus (or anything that speaks its API), asked by GET alone. One that cannot be reached is not asked again for a while: that would
 * take the same time for every metric, to say the same. An answer in part counts as none, since a percentile of it may be too low.
 *
 * @throws {InputError} when the address is none.
 */
export function openPrometheus(
  given: string | PrometheusConnection,
  report: (where: string, message: string) => void,
  { timeout, now: clock }: PrometheusTiming = TIMING,
): Prometheus {
  const { base, connection } = parseConnection(typeof given === 'string' ? { url: given } : given);
  const where = `${base.origin}${base.pathname}`;
  const tls = connection.tls ? new TlsRequests(connection.tls) : null;
  const { labels = {} } = connection;
  let failuresInARow = 0;
  let hasAnswered = false;
  let silence: { readonly until: number; readonly pause: number } | null = null;

  const send = async (url: URL): Promise<Answer> => {
    const headers = await headersOf(connection, process.env);
    const signal = AbortSignal.timeout(timeout);
    if (tls) return tls.get(url, headers, signal, LONGEST_ANSWER);
    return bounded(await fetch(url, { headers, redirect: 'manual', signal }), LONGEST_ANSWER);
  };
  const unanswered = (reason: string, what: string): null => {
    failuresInARow += 1;
    if (hasAnswered && failuresInARow < FAILURES_IN_A_ROW) {
      report(where, `cannot answer for ${what}: ${reason}`);
      return null;
    }
    if (silence === null) report(where, `does not answer, metrics are unknown: ${reason}`);
    const pause = silence === null ? SHORTEST_PAUSE : Math.min(2 * silence.pause, LONGEST_PAUSE);
    if (silence === null || clock() >= silence.until) silence = { until: clock() + pause, pause };
    return null;
  };
  const ask = async (url: URL, what: string): Promise<readonly MetricSeries[] | null> => {
    if (silence !== null && clock() < silence.until) return null;
    try {
      const answer = await send(url);
      hasAnswered = true;
      failuresInARow = 0;
      silence = null;
      const read = seriesIn(answer);
      if ('series' in read) return read.series;
      report(where, `cannot answer for ${what}: ${read.reason}`);
      return null;
    } catch (error) {
      const { cause, message } = error as Error;
      return unanswered(cause instanceof Error && cause.message !== '' ? cause.message : message, what);
    }
  };
  return {
    query: ({ labels: asked, ...request }, now) =>
      ask(rangeQuery(base, { ...request, labels: { ...asked, ...labels } }, now), request.metric),
    find: (purpose, now) => ask(purposeQuery(base, purpose, now, labels), purpose),
  };
}

/** The series of an answer, or why it has none. */
function seriesIn(
  answer: Answer,
): { readonly series: readonly MetricSeries[] } | { readonly reason: string } {
  const redirect = redirectOf(answer);
  if (redirect !== null) return { reason: redirect };
  const parsed = parse(answer.text) as { readonly error?: unknown; readonly warnings?: unknown } | null;
  const series = readSeries(parsed);
  const [warning] = Array.isArray(parsed?.warnings) ? (parsed.warnings as readonly unknown[]) : [];
  if (series !== null && typeof warning === 'string')
    return { reason: `it answered in part: ${shortened(warning.toWellFormed(), 200)}` };
  if (series !== null) return { series };
  const error = parsed?.error;
  const said =
    typeof error === 'string' ? shortened(error.toWellFormed(), 200) : (STATUS_CODES[answer.status] ?? '');
  return { reason: `${answer.status} ${said}`.trimEnd() };
}

/** The address of the query for a purpose: the values of now, or a range with a point a minute. */
export function purposeQuery(
  base: URL,
  purpose: Purpose,
  now: number,
  labels: Readonly<Record<string, string>> = {},
): URL {
  const { hours } = PURPOSES[purpose];
  const query = PURPOSES[purpose].query(matchersOf(labels));
  const end = Math.floor(now / 1000);
  return hours === 0
    ? addressed(base, 'query', { query, time: String(end) })
    : addressed(base, 'query_range', { query, ...range(hours, end) });
}

/** The address of one range query: a point a minute up to six hours, else every five minutes, or fewer where that is too many. */
export function rangeQuery(base: URL, request: MetricRequest, now: number): URL {
  const end = Math.floor(now / 1000);
  return addressed(base, 'query_range', { query: selector(request), ...range(request.hours, end) });
}

function range(hours: number, end: number) {
  const span = hours * HOUR;
  const step = span <= 6 * HOUR ? 60 : Math.max(300, Math.ceil(span / (MOST_POINTS - 1)));
  return { start: String(end - span), end: String(end), step: String(step) };
}

function addressed(base: URL, path: string, parameters: Readonly<Record<string, string>>): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/api/v1/${path}`;
  url.search = new URLSearchParams(parameters).toString();
  return url;
}

/** `name{label="value"}`, in which no value can end its quotes. */
export function selector({ metric, labels }: MetricRequest): string {
  const isName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric);
  const matchers = matchersOf(isName ? labels : { __name__: metric, ...labels });
  return `${isName ? metric : ''}{${matchers.join(',')}}`;
}

function matchersOf(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(labels).map(([label, value]) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) throw new TypeError(`${label} is no label name`);
    return `${label}=${JSON.stringify(value)}`;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The address without the credentials that it may hold, which are sent as a header. */
function parseConnection(given: PrometheusConnection): {
  readonly base: URL;
  readonly connection: PrometheusConnection;
} {
  const base = URL.canParse(given.url) ? new URL(given.url) : null;
  if (base === null || !/^https?:$/.test(base.protocol))
    throw new InputError(`--prometheus ${given.url}: expected an http or https address`);
  if (base.username === '') return { base, connection: given };
  const basic = { user: decodeURIComponent(base.username), password: decodeURIComponent(base.password) };
  base.username = base.password = '';
  return { base, connection: { ...given, basic: given.basic ?? basic } };
}
