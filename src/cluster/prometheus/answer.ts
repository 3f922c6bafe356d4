import { STATUS_CODES } from 'node:http';
import { redirectOf, type Answer } from '../../http/bounded-answer.ts';
import { isRecord } from '../../kubernetes/objects.ts';
import type { MetricSeries } from '../../model/cluster-state.ts';
import { shortened } from '../../untrusted/shorten.ts';
import { readSeries } from '../recorded-metrics.ts';

/** What an answer says: series, or why it has none. */
export type Reading = { readonly series: readonly MetricSeries[] } | Refusal;

export interface Refusal {
  readonly reason: string;
  /**
   * `query`: it answers, and this query is none that it can answer whole. `server`: it is busy, down, another server or wants other credentials, so
   * that other queries would fare the same.
   */
  readonly about: 'query' | 'server';
  /** Seconds that it asks to wait; 0 where it does not. */
  readonly retryAfter: number;
}

/** Statuses of a query that is wrong, or too much. Source: https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview */
const ABOUT_THE_QUERY: ReadonlySet<number> = new Set([400, 413, 414, 422]);

/**
 * Reads an answer of the API. One in part counts as none, since a percentile of it may be too low, and what it lacks may be what matters.
 *
 * - Thanos answers 200 with `warnings` where a store did not answer: https://thanos.io/tip/components/query.md/#partial-response
 * - VictoriaMetrics answers 200 with `isPartial: true`: https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#cluster-availability
 * - Prometheus before 2.54 puts remarks on the query among the warnings, as `PromQL info: …`.
 *
 * @throws {TooManySamples}
 */
export function readAnswer(answer: Answer): Reading {
  const retryAfter = Number(answer.header('retry-after') ?? 0) || 0;
  const redirect = redirectOf(answer);
  if (redirect !== null) return { reason: redirect, about: 'server', retryAfter };
  const parsed = parse(answer.text);
  const series = answer.status === 200 ? readSeries(parsed) : null;
  if (series === null) return refusal(answer.status, parsed, retryAfter);
  const lack = lackOf(parsed);
  return lack === null ? { series } : { reason: `it answered in part: ${lack}`, about: 'query', retryAfter };
}

function refusal(status: number, parsed: unknown, retryAfter: number): Refusal {
  const error = isRecord(parsed) ? parsed['error'] : undefined;
  const said =
    typeof error === 'string' ? shortened(error.toWellFormed(), 200) : (STATUS_CODES[status] ?? '');
  const isApi = isRecord(parsed) && typeof parsed['status'] === 'string';
  const reason =
    status === 200 && !isApi ? '200, with something that is not an answer of the API' : `${status} ${said}`;
  // A proxy may answer with any status; only the API itself says what is wrong with a query.
  const isAboutQuery = ABOUT_THE_QUERY.has(status) && (isApi || status === 413 || status === 414);
  return { reason: reason.trimEnd(), about: isAboutQuery ? 'query' : 'server', retryAfter };
}

/** What an answer says that it lacks; null for a whole one. */
function lackOf(parsed: unknown): string | null {
  if (!isRecord(parsed)) return null;
  if (parsed['isPartial'] === true) return 'isPartial';
  const warnings = Array.isArray(parsed['warnings']) ? (parsed['warnings'] as readonly unknown[]) : [];
  const warning = warnings.find((one) => typeof one === 'string' && !one.startsWith('PromQL info:'));
  return typeof warning === 'string' ? shortened(warning.toWellFormed(), 200) : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
