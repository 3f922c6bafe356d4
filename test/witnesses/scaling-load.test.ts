import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  effectOfReplicas,
  heldSince,
  latencyOf,
  loadOf,
  nextMaximum,
} from '../../src/witnesses/scaling-load.ts';
import type { Samples } from '../../src/witnesses/series.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-03-02T12:00:00Z');

/** Stretches of `[minutes, value]` that end now, a sample every five minutes. */
function stretches(...parts: readonly (readonly [number, number])[]): Samples {
  const values = parts.flatMap(([minutes, value]) => Array.from({ length: minutes / 5 }, () => value));
  return values.map((value, index) => [NOW - (values.length - 1 - index) * 5 * MINUTE, value]);
}

describe('the next maximum', () => {
  test.each([
    [8, 92 / 70, 14],
    [8, 90 / 70, 14],
    [8, 94 / 70, 14],
    [10, 1, 13],
    [1, 1.2, 2],
    [20, 2, 52],
  ])('of %i replicas at %f of the target is %i', (replicas, ratio, expected) => {
    expect(nextMaximum(replicas, ratio)).toBe(expected);
  });

  test('is always more than before, and enough for the load', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (replicas, ratio) => {
          expect(nextMaximum(replicas, ratio)).toBeGreaterThan(replicas);
          expect(nextMaximum(replicas, ratio)).toBeGreaterThanOrEqual(replicas * ratio);
        },
      ),
    );
  });
});

describe('the time at the maximum', () => {
  const minutes = (samples: Samples) => {
    const since = heldSince(samples, 8, NOW);
    return since === null ? null : (NOW - since) / MINUTE;
  };

  test('starts where the replicas reached it for the last time', () => {
    expect(minutes(stretches([300, 5], [180, 8]))).toBe(175);
  });

  test('is interrupted by one sample below', () => {
    expect(minutes(stretches([180, 8], [5, 7], [60, 8]))).toBe(55);
  });

  test('is nothing when the replicas are below it now', () => {
    expect(minutes(stretches([180, 8], [5, 7]))).toBeNull();
  });

  test('is nothing when the samples ended half an hour ago', () => {
    const late = stretches([180, 8]).map(([at, value]) => [at - 30 * MINUTE, value] as const);
    expect(minutes(late)).toBeNull();
  });

  test('ends at a gap: what was not measured was not at the maximum', () => {
    const samples = stretches([180, 8]).filter(([at]) => at > NOW - 60 * MINUTE || at < NOW - 100 * MINUTE);
    expect(minutes(samples)).toBe(55);
  });

  test('is nothing without samples', () => {
    expect(minutes([])).toBeNull();
  });
});

describe('the load', () => {
  test('is the median of two hours, whatever came before', () => {
    expect(loadOf(stretches([300, 10], [120, 92]), 70, NOW)).toMatchObject({ median: 92 });
  });

  test('says how much of the time it was above the target', () => {
    expect(loadOf(stretches([60, 60], [60, 92]), 70, NOW)!.above).toBeCloseTo(0.5, 1);
  });

  test('is unknown with four samples', () => {
    expect(loadOf(stretches([20, 92]), 70, NOW)).toBeNull();
  });
});

describe('the effect of more replicas', () => {
  test('is that the metric fell', () => {
    expect(effectOfReplicas(stretches([30, 4], [120, 8]), stretches([30, 160], [120, 90]), 70, 8)).toBe(
      'moved',
    );
  });

  test('is none when the metric is the same with twice the replicas', () => {
    expect(effectOfReplicas(stretches([30, 4], [120, 8]), stretches([30, 95], [120, 93]), 70, 8)).toBe(
      'unmoved',
    );
  });

  test('is unknown when the metric was below its target before: then the load grew', () => {
    expect(effectOfReplicas(stretches([120, 5], [120, 8]), stretches([120, 66], [120, 92]), 70, 8)).toBe(
      'unknown',
    );
  });

  test('is unknown when the replicas hardly grew', () => {
    expect(effectOfReplicas(stretches([120, 7], [120, 8]), stretches([240, 92]), 70, 8)).toBe('unknown');
  });
});

describe('the latency', () => {
  test('is compared with the time before the maximum was reached', () => {
    expect(latencyOf(stretches([300, 0.18], [120, 0.43]), NOW - 115 * MINUTE, NOW)).toEqual({
      now: 0.43,
      baseline: 0.18,
    });
  });

  test('is unknown without a time before', () => {
    expect(latencyOf(stretches([120, 0.43]), NOW - 120 * MINUTE, NOW)).toBeNull();
  });
});
