import { InputError } from '../errors/input-error.ts';
import { bounded, redirectOf } from '../http/bounded-answer.ts';
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

const TIMEOUT = 30_000;
const HOUR = 3600;
/** Bytes. A week of one series takes about 60 KiB. */
const LONGEST_ANSWER = 64 * 2 ** 20;
/** Prometheus refuses a range query with more points per series. */
const MOST_POINTS = 11_000;

/**
 * A Prometheus (or anything that speaks its API), asked by GET alone. One that has never answered and cannot be reached
 * is not asked again: that would take the same time for every metric, to say the same.
 *
 * @param timeout milliseconds for a whole answer.
 * @throws {InputError} when the address is none.
 */
export function openPrometheus(
  address: string,
  report: (where: string, message: string) => void,
  timeout = TIMEOUT,
): Prometheus {
  const base = parseAddress(address);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (base.username !== '') {
    const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
    base.username = base.password = '';
  }
  let hasAnswered = false;
  let isSilent = false;
  const ask = async (url: URL, what: string): Promise<readonly MetricSeries[] | null> => {
    const failed = (reason: string): null => {
      report(`${base.origin}${base.pathname}`, `cannot answer for ${what}: ${reason}`);
      return null;
    };
    if (isSilent) return null;
    try {
      const response = await fetch(url, {
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      });
      hasAnswered = true;
      const read = await bounded(response, LONGEST_ANSWER);
      const redirect = redirectOf(read);
      if (redirect !== null) return failed(redirect);
      const answer = parse(read.text);
      const series = readSeries(answer);
      if (series !== null) return series;
      const error = (answer as { error?: unknown } | null)?.error;
      return failed(
        `${response.status} ${typeof error === 'string' ? shortened(error.toWellFormed(), 200) : response.statusText}`.trimEnd(),
      );
    } catch (error) {
      const { cause, message } = error as Error;
      const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
      if (hasAnswered) return failed(reason);
      if (!isSilent)
        report(`${base.origin}${base.pathname}`, `does not answer, metrics are unknown: ${reason}`);
      isSilent = true;
      return null;
    }
  };
  return {
    query: (request, now) => ask(rangeQuery(base, request, now), request.metric),
    find: (purpose, now) => ask(purposeQuery(base, purpose, now), purpose),
  };
}

/** The address of the query for a purpose: the values of now, or a range with a point a minute. */
export function purposeQuery(base: URL, purpose: Purpose, now: number): URL {
  const { query, hours } = PURPOSES[purpose];
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
  const matchers = Object.entries(isName ? labels : { __name__: metric, ...labels }).map(([label, value]) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) throw new TypeError(`${label} is no label name`);
    return `${label}=${JSON.stringify(value)}`;
  });
  return `${isName ? metric : ''}{${matchers.join(',')}}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InputError(`--prometheus ${address}: expected an http or https address`);
  return url;
}
