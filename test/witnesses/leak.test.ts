import { describe, expect, test } from 'vitest';
import { judgeRun, runsToTheLimit, shapeOf } from '../../src/witnesses/leak.ts';
import type { Samples } from '../../src/witnesses/series.ts';

const LIMIT = 1000;

/** One sample a minute; `level` gives the value at the share (0 to 1) of the run that has passed. */
function run(minutes: number, level: (passed: number) => number): readonly number[] {
  return Array.from({ length: minutes }, (_, minute) => level(minute / (minutes - 1)));
}

const climb = (from: number) => (passed: number) => from + (990 - from) * passed;
const undersized = (passed: number) => (passed < 0.1 ? 400 + 5000 * passed : passed > 0.9 ? 980 : 900);

function series(...runs: readonly (readonly number[])[]): Samples {
  return runs.flat().map((value, minute) => [minute * 60_000, value]);
}

const shape = (...runs: readonly (readonly number[])[]) => shapeOf(runsToTheLimit(series(...runs), LIMIT));

describe('the shape of memory between restarts', () => {
  test('is a leak when it climbs after every restart', () => {
    expect(shape(run(90, climb(300)), run(90, climb(300)), run(90, climb(300)), run(20, climb(300)))).toBe(
      'leak',
    );
  });

  test('is a leak through noise of a tenth of the limit', () => {
    const noisy = run(90, climb(250)).map((value, minute) => value + (minute % 2 === 0 ? -50 : 0));
    expect(shape(noisy, noisy, run(20, climb(250)))).toBe('leak');
  });

  test('is a leak when most runs climb', () => {
    const runs = [run(90, climb(300)), run(60, undersized), run(90, climb(300)), run(10, climb(300))];
    expect(shape(...runs)).toBe('leak');
  });

  test('is a plateau when a last step kills a container that lived at one level', () => {
    expect(shape(run(44, undersized), run(44, undersized), run(44, undersized), run(5, climb(400)))).toBe(
      'plateau',
    );
  });

  test('is a plateau when every other run climbs only', () => {
    expect(shape(run(90, climb(300)), run(60, undersized), run(10, climb(300)))).toBe('plateau');
  });

  test('is not known after a single climb', () => {
    expect(shape(run(90, climb(300)), run(20, climb(300)))).toBe('unknown');
  });

  test('is not known when every run is a start that needs too much', () => {
    expect(shape(run(10, climb(100)), run(10, climb(100)), run(10, climb(100)))).toBe('unknown');
  });

  test('is not known without samples', () => {
    expect(shape([])).toBe('unknown');
  });

  test('does not take a fall from a low level, or a small one, for a restart', () => {
    expect(runsToTheLimit(series([300, 100, 300, 900, 800, 900]), LIMIT)).toEqual([]);
  });

  test('does not count a run that ended below the limit: something else restarted it', () => {
    expect(
      runsToTheLimit(
        series(
          run(60, (passed) => 200 + 400 * passed),
          [200],
        ),
        LIMIT,
      ),
    ).toEqual([]);
  });

  test.each([
    ['climb', run(60, climb(200))],
    ['climb', run(60, climb(600))],
    ['plateau', run(60, climb(800))],
    ['plateau', run(60, () => 950)],
    ['plateau', run(60, (passed) => 1000 * (1 - Math.exp(-12 * passed)))],
    ['short', run(29, climb(200))],
  ] as const)('of one run is %s', (expected, values) => {
    expect(judgeRun(series(values), LIMIT)).toBe(expected);
  });

  test('of one run with few samples is short, however long it was', () => {
    const sparse = [0, 1, 2, 3, 4].map((hour) => [hour * 3_600_000, 200 * (hour + 1)] as const);
    expect(judgeRun(sparse, LIMIT)).toBe('short');
  });
});
