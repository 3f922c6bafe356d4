import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { medianOf, mergeSeries, outlineOf, quantileOf, slopeOf, stepOf } from '../../src/witnesses/series.ts';

describe('a series', () => {
  test.each([
    [[1, 2, 3, 4], 2.5],
    [[3, 1, 2], 2],
    [[7], 7],
  ])('%j has the median %d', (values, expected) => {
    expect(medianOf(values)).toBe(expected);
  });

  test('has quantiles that are among its values', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([quantileOf(values, 0.99), quantileOf(values, 1), quantileOf(values, 0)]).toEqual([99, 100, 1]);
    expect(quantileOf([], 0.5)).toBeNaN();
  });

  test('has the slope of its line, whatever a fifth of the samples do', () => {
    const line = Array.from({ length: 50 }, (_, at) => [at, at % 5 === 4 ? 1000 : 3 * at] as const);
    expect(slopeOf(line)).toBeCloseTo(3, 0);
    expect(slopeOf([])).toBe(0);
  });

  test('has the usual step, gaps aside', () => {
    expect(
      stepOf([
        [0, 1],
        [60, 1],
        [120, 1],
        [900, 1],
      ]),
    ).toBe(60);
    expect(stepOf([[0, 1]])).toBe(Number.POSITIVE_INFINITY);
  });

  test('merges by time and drops what is no number', () => {
    const merged = mergeSeries([
      {
        labels: {},
        samples: [
          [2, 20],
          [4, Number.NaN],
        ],
      },
      {
        labels: {},
        samples: [
          [1, 10],
          [3, 30],
        ],
      },
    ]);
    expect(merged).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });

  test('has an outline of at most so many of its own samples, in order', () => {
    const samples = fc
      .array(fc.integer({ min: 0, max: 1000 }), { maxLength: 500 })
      .map((values) => values.map((value, at) => [at, value] as const));
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 60 }), (all, most) => {
        const outline = outlineOf(all, most);
        expect(outline.length).toBeLessThanOrEqual(most);
        expect(outline.every((sample) => all.includes(sample))).toBe(true);
        expect(outline).toEqual(outline.toSorted(([a], [b]) => a - b));
      }),
    );
  });

  test('keeps a fall of one sample in its outline', () => {
    const samples = Array.from({ length: 300 }, (_, at) => [at, at === 150 ? 10 : 400] as const);
    expect(outlineOf(samples, 60).map(([, value]) => value)).toContain(10);
  });
});
