import type { MetricRequest, Purpose, Summary } from '../../model/cluster-state.ts';
import { filledIn, PURPOSES } from '../purposes.ts';

/** What is the same for all queries of one cluster. */
export interface QueryTerms {
  /** Labels that all series of this cluster have. */
  readonly labels?: Labels;
  /** PromQL by the name that rules ask for. `$labels` in it stands for matchers, without braces. */
  readonly queries?: Readonly<Record<string, string>>;
  /** Parameters that each request has beside its own. */
  readonly parameters?: Labels;
}

type Labels = Readonly<Record<string, string>>;

const HOUR = 3600;
const WEEK = 7 * 24 * HOUR;
/** Prometheus refuses a range query with more points per series. */
const MOST_POINTS = 11_000;
/** Seconds from one point of a summary to the next. */
export const SUMMARY_STEP = 300;

/** Seconds from one point to the next: a minute up to six hours, else five minutes, or more where that gives too many points. */
export function stepOf({ hours }: Pick<MetricRequest, 'hours'>): number {
  const span = hours * HOUR;
  return span <= 6 * HOUR ? 60 : Math.max(SUMMARY_STEP, Math.ceil(span / (MOST_POINTS - 1)));
}

/** The address of the query for a purpose: the values of now, or a range with a point a minute. */
export function purposeQuery(base: URL, purpose: Purpose, now: number, terms: QueryTerms = {}): URL {
  const { hours } = PURPOSES[purpose];
  const query = PURPOSES[purpose].query(matchersOf(terms.labels ?? {}), terms.queries ?? {});
  const end = Math.floor(now / 1000);
  const times = hours === 0 ? { time: String(end) } : rangeTo(end, { hours });
  return addressed(base, hours === 0 ? 'query' : 'query_range', { query, ...times }, terms);
}

/** The address of one query for all these requests, which differ in the values of their labels alone. */
export function batchQuery(
  base: URL,
  batch: readonly MetricRequest[],
  now: number,
  terms: QueryTerms = {},
): URL {
  const [first] = batch as [MetricRequest];
  const query = joined(batch, terms);
  const end = Math.floor(now / 1000);
  if (first.over !== undefined) {
    const time = end - (end % SUMMARY_STEP) - (first.weeksAgo ?? 0) * WEEK;
    return addressed(base, 'query', { query, time: String(time) }, terms);
  }
  return addressed(base, 'query_range', { query, ...rangeTo(end, first) }, terms);
}

/** The address of the query for one request. */
export function rangeQuery(base: URL, request: MetricRequest, now: number, terms: QueryTerms = {}): URL {
  return batchQuery(base, [request], now, terms);
}

/** Requests with the same text can be one query. */
export function likenessOf({ metric, labels, ...rest }: MetricRequest): string {
  const { hours, by, over, weeksAgo } = rest;
  return JSON.stringify([metric, hours, by, over, weeksAgo, Object.keys(labels).sort()]);
}

/** Milliseconds that its samples lie before the times that they are told with. */
export function shiftOf({ weeksAgo = 0 }: MetricRequest): number {
  return weeksAgo * WEEK * 1000;
}

/**
 * Start and end are multiples of the step, so that the same query within a step is the same request for caches on the way.
 * Source: https://grafana.com/docs/mimir/latest/query/ (Mimir caches aligned range queries)
 */
function rangeTo(end: number, request: Pick<MetricRequest, 'hours' | 'weeksAgo'>) {
  const step = stepOf(request);
  const last = end - (end % step) - (request.weeksAgo ?? 0) * WEEK;
  return { start: String(last - request.hours * HOUR), end: String(last), step: String(step) };
}

function joined(batch: readonly MetricRequest[], terms: QueryTerms): string {
  const [first] = batch as [MetricRequest];
  const groups = joinedMatchers(batch.map(({ labels }) => ({ ...labels, ...terms.labels })));
  return groups.map((matchers) => expression(first, matchers, terms.queries?.[first.metric])).join(' or ');
}

/**
 * Matchers that match together what these label values match, and nothing more: of those that differ in one label alone, the one with the
 * most values, one with all of them.
 */
function joinedMatchers(all: readonly Labels[]): readonly (readonly string[])[] {
  const names = Object.keys(all[0]!);
  const valuesOf = (name: string): number => new Set(all.map((labels) => labels[name])).size;
  const [varied] = names.toSorted((a, b) => valuesOf(b) - valuesOf(a));
  if (varied === undefined || valuesOf(varied) === 1) return [matchersOf(all[0]!)];
  const alike = Map.groupBy(all, (labels) => JSON.stringify({ ...labels, [varied]: '' }, names));
  return [...alike.values()].map((ones) => {
    const values = [...new Set(ones.map((labels) => labels[varied]!))];
    if (values.length === 1) return matchersOf(ones[0]!);
    const others = Object.entries(ones[0]!).filter(([name]) => name !== varied);
    return [
      ...matchersOf(Object.fromEntries(others)),
      `${varied}=~${JSON.stringify(values.map(literally).join('|'))}`,
    ];
  });
}

/** A text as a regular expression that matches it alone. */
function literally(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

function expression(
  { metric, labels, hours, by, over }: MetricRequest,
  matchers: readonly string[],
  configured: string | undefined,
): string {
  const selected =
    configured === undefined
      ? named(metric, [...matchers, ...foreign(labels)])
      : `(${filledIn(configured, matchers)})`;
  if (by && Object.keys(labels).some((name) => !by.includes(name)))
    throw new TypeError(`${metric} by ${by.join()} does not tell its labels apart`);
  const one = by ? (text: string) => `max by (${by.join(',')}) (${text})` : (text: string) => text;
  return over === undefined ? one(selected) : SUMMARIES[over]({ selected, one, hours, configured });
}

interface Summed {
  readonly selected: string;
  /** Makes one series of those that differ in other labels. */
  readonly one: (text: string) => string;
  readonly hours: number;
  readonly configured: string | undefined;
}

const SUMMARIES: Readonly<Record<Summary, (summed: Summed) => string>> = {
  // The runs of a container become one series first: a percentile of each alone would be that of a start.
  p99: ({ selected, one, hours }) =>
    `quantile_over_time(0.99, (${one(selected)})[${hours}h:${SUMMARY_STEP}s])`,
  maximum: (summed) => highest(summed, summed.hours),
  // Steps with a sample in the hour before: a series that is scraped rarely, or thinned, has no gaps.
  measured: (summed) =>
    `${SUMMARY_STEP} * count_over_time((${highest(summed, 1)})[${summed.hours}h:${SUMMARY_STEP}s])`,
};

/** Of every single sample, where the query is a series. */
function highest({ selected, one, configured }: Summed, hours: number): string {
  return one(`max_over_time(${selected}[${hours}h${configured === undefined ? '' : ':60s'}])`);
}

/**
 * Where a scrape does not honour the labels of an exporter, `namespace` is where the exporter runs and `exported_namespace` where the
 * object is: such a series is about another object.
 * Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config (honor_labels)
 */
function foreign(labels: Labels): readonly string[] {
  return 'namespace' in labels ? ['exported_namespace=""'] : [];
}

/** `name{label="value"}`, in which no value can end its quotes. */
function named(metric: string, matchers: readonly string[]): string {
  const isName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric);
  const all = isName ? matchers : [`__name__=${JSON.stringify(metric)}`, ...matchers];
  return `${isName ? metric : ''}{${all.join(',')}}`;
}

function matchersOf(labels: Labels): readonly string[] {
  return Object.entries(labels).map(([label, value]) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) throw new TypeError(`${label} is not a label name`);
    return `${label}=${JSON.stringify(value)}`;
  });
}

/** The API stands below the address, whether or not the address already names it. */
function addressed(base: URL, path: string, own: Labels, { parameters = {} }: QueryTerms): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1/${path}`;
  url.search = new URLSearchParams({ ...parameters, ...own }).toString();
  return url;
}
