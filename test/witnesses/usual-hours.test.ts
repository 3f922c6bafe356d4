import { describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/kubernetes/durations.ts';
import { selectSeries } from '../../src/cluster/recorded-metrics.ts';
import { Ask } from '../../src/model/ask.ts';
import type { MetricSeries } from '../../src/model/cluster-state.ts';
import { usualHours, type UsualHours } from '../../src/witnesses/usual-hours.ts';

const NOW = Date.parse('2026-03-04T10:00:00Z');
const WEEK = 7 * DAY;
const request = { metric: 'replicas', labels: { namespace: 'pier' } };

/** Two hours of samples that end so many weeks ago. */
function hoursOf(weeksAgo: number, value: number, count = 13): MetricSeries {
  const end = NOW - weeksAgo * WEEK;
  const samples = Array.from({ length: count }, (_, index) => [end - index * 10 * MINUTE, value] as const);
  return { labels: { __name__: 'replicas', namespace: 'pier' }, samples: samples.toReversed() };
}

function told(...series: readonly MetricSeries[]): UsualHours | null {
  const metrics = new Map([['replicas', series]]);
  const asking = usualHours(request, new Ask({ memoryFactor: 2 }));
  let step = asking.next([]);
  while (!step.done)
    step = asking.next(
      step.value.map((need) => (need.kind === 'metric' ? selectSeries(metrics, need, NOW) : null)),
    );
  return step.value;
}

describe('what is usual at these hours', () => {
  test('is the median of the weeks that were measured', () => {
    expect(told(hoursOf(0, 9), hoursOf(1, 3), hoursOf(2, 4), hoursOf(4, 3))).toEqual({
      now: 9,
      usual: 3,
      weeks: 3,
    });
  });

  test.each([
    ['nothing was measured', []],
    ['only now was measured', [hoursOf(0, 9)]],
    ['one earlier week was measured', [hoursOf(0, 9), hoursOf(3, 3)]],
    ['now was not measured', [hoursOf(1, 3), hoursOf(2, 3)]],
    ['the earlier weeks have a few samples only', [hoursOf(0, 9), hoursOf(1, 3, 3), hoursOf(2, 3, 3)]],
  ])('is unknown where %s', (_what, series) => {
    expect(told(...series)).toBeNull();
  });

  test('looks at the same hours alone', () => {
    const other = {
      ...hoursOf(1, 99),
      samples: hoursOf(1, 99).samples.map(([at, value]) => [at - 3 * HOUR, value] as const),
    };
    expect(told(hoursOf(0, 9), other, hoursOf(2, 4), hoursOf(3, 4))).toEqual({ now: 9, usual: 4, weeks: 2 });
  });
});
