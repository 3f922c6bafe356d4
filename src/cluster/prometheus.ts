import { AtMost } from '../concurrency/at-most.ts';
import { InputError } from '../errors/input-error.ts';
import type { MetricRequest, MetricSeries, Purpose } from '../model/cluster-state.ts';
import type { PrometheusConnection } from './prometheus-connection.ts';
import { MetricBatches } from './prometheus/batches.ts';
import { KeptAnswers } from './prometheus/kept-answers.ts';
import { purposeQuery, stepOf } from './prometheus/queries.ts';
import { PROMETHEUS_LIMITS, type PrometheusLimits } from './prometheus/limits.ts';
import { PrometheusRequests } from './prometheus/requests.ts';

export interface Prometheus {
  /** The series over the window; null when it could not be asked, which is also reported. */
  query(request: MetricRequest, now: number): Promise<readonly MetricSeries[] | null>;
  /** What may be worth a look for a purpose, of the whole cluster; null as above. */
  find(purpose: Purpose, now: number): Promise<readonly MetricSeries[] | null>;
}

export interface PrometheusOptions extends Partial<PrometheusLimits> {
  /** Milliseconds since the epoch; left out: the time of this machine. */
  readonly now?: () => number;
}

/** Seconds for which the answer for a purpose holds. */
const PURPOSE_HOLDS = 60;

/**
 * A Prometheus (or anything that speaks its API), asked by GET alone. Requests that are alike become one query; the same request
 * within a step is not asked twice; what one scan may ask, and how long it waits, is bounded.
 *
 * @throws {InputError} when the address is none.
 */
export function openPrometheus(
  given: string | PrometheusConnection,
  report: (where: string, message: string) => void,
  { now: clock = Date.now, ...limits }: PrometheusOptions = {},
): Prometheus {
  const { base, connection } = parseConnection(typeof given === 'string' ? { url: given } : given);
  const bounds = { ...PROMETHEUS_LIMITS, ...connection.limits, ...limits };
  const requests = new PrometheusRequests(connection, base, report, bounds, clock);
  const turns = new AtMost(bounds.sideBySide);
  const batches = new MetricBatches(base, connection, requests, turns);
  const kept = new KeptAnswers();

  const find = async (purpose: Purpose, now: number): Promise<readonly MetricSeries[] | null> => {
    const url = purposeQuery(base, purpose, now, connection);
    const read = await turns.run(() => requests.get(url, now));
    if (read !== null && 'reason' in read) requests.refuse(purpose, read);
    return read !== null && 'series' in read ? read.series : null;
  };
  return {
    query: (request, now) =>
      kept.ask(keyOf(request), now, 1000 * stepOf(request), () => batches.ask(request, now)),
    find: (purpose, now) => kept.ask(purpose, now, 1000 * PURPOSE_HOLDS, () => find(purpose, now)),
  };
}

function keyOf({ metric, labels, hours, by, over, weeksAgo }: MetricRequest): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metric, sorted, hours, by, over, weeksAgo]);
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
