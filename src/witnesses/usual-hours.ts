import type { Ask, Asking } from '../model/ask.ts';
import type { MetricRequest } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { medianOf, mergeSeries, valuesOf } from './series.ts';

/** A value over the last hours, beside what it was at the same hours of earlier weeks. All are medians. */
export interface UsualHours {
  readonly now: number;
  readonly usual: number;
  /** Earlier weeks that there were samples of. */
  readonly weeks: number;
}

/** The hours that are compared. */
const COMPARED_HOURS = 2;
const EARLIER_WEEKS = [1, 2, 3, 4];
/** One week may have been a holiday. */
const LEAST_WEEKS = 2;
/** Samples that the hours of a week need. */
const LEAST_SAMPLES = 5;

/** null where these hours, or those of two earlier weeks, were not measured: then nobody knows what is usual. */
export function* usualHours(
  request: Pick<MetricRequest, 'metric' | 'labels' | 'by'>,
  ask: Ask,
): Asking<UsualHours | null> {
  const hours = { ...request, hours: COMPARED_HOURS };
  const [lately, ...before] = yield* ask.each([
    ask.metric(hours),
    ...EARLIER_WEEKS.map((weeksAgo) => ask.metric({ ...hours, weeksAgo })),
  ]);
  const [now, ...earlier] = [lately, ...before].map((series) => {
    const values = valuesOf(mergeSeries(series ?? []));
    return values.length < LEAST_SAMPLES ? null : medianOf(values);
  });
  const known = earlier.filter((median) => median !== null);
  if (now == null || known.length < LEAST_WEEKS) return null;
  return { now, usual: medianOf(known), weeks: known.length };
}

/** @param what the value counts: `replicas` */
export function usualEvidence(
  { now: lately, usual, weeks }: UsualHours,
  metric: string,
  what: string,
  now: number,
): Evidence {
  const text = `${lately} ${what} in the last ${COMPARED_HOURS} hours; ${usual} at the same hours, as the median of ${weeks} earlier weeks`;
  return quoted('metric', metric, now, text);
}
