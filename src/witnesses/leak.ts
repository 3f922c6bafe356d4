import { MINUTE } from '../kubernetes/durations.ts';
import { prose } from '../untrusted/prose.ts';
import { medianOf, slopeOf, valuesOf, type Samples } from './series.ts';
import type { Statement } from './statement.ts';

/** How the memory of one container went, from one start to the next kill. */
export interface Run {
  readonly samples: Samples;
  /** What the run suggests: see {@link judgeRun}. */
  readonly shape: 'climb' | 'plateau' | 'short';
}

export const COMPARE_RELEASES = prose`Compare with the release before the first kill, and consider going back to it.`;

/** What the shape of a leak shows. */
export const LEAKS: Statement = {
  says: prose`In most runs between two restarts the working set rises without a plateau, by more than a quarter of the limit after start-up, until the kill. A higher limit would only make the runs longer.`,
  evidence: [],
  advice: [prose`Take a heap profile of a container that has run for a while.`, COMPARE_RELEASES],
};

export type MemoryShape = 'leak' | 'plateau' | 'unknown';

const SHORTEST_RUN = 30 * MINUTE;
const FEWEST_SAMPLES = 6;
/** Start-up allocates quickly and says nothing about a leak: the first fifth of a run is not judged. */
const WARM_UP = 0.2;
/** A climb is a rise by at least this share of the limit after the warm-up. */
const LEAST_RISE = 0.25;
/** A run that reached this share of the limit, and then fell, ended in a kill. */
const REACHED = 0.85;
/** What a new process uses at most, compared with the sample before it. */
const FALL = 0.7;

/**
 * Cuts a series at its restarts and keeps the runs that ended at the limit. A restart is where the working set falls
 * below 70 % of the sample before, from at least half of the limit: a process does not give that much back at once.
 * A last run that has not ended is left out.
 */
export function runsToTheLimit(samples: Samples, limit: number): readonly Run[] {
  const runs: Run[] = [];
  let start = 0;
  for (let index = 1; index < samples.length; index += 1) {
    const before = samples[index - 1]![1];
    if (before < limit / 2 || samples[index]![1] >= before * FALL) continue;
    const run = samples.slice(start, index);
    start = index;
    if (before >= limit * REACHED) runs.push({ samples: run, shape: judgeRun(run, limit) });
  }
  return runs;
}

/**
 * `climb`: memory rose steadily over the whole run. After the warm-up, the Theil–Sen slope times the time left is at
 * least a quarter of the limit, and the medians of the four quarters rise one after the other.
 * `plateau`: it did not; the container lived at one level, and a last step killed it.
 * `short`: less than 30 minutes or six samples, too little to tell a leak from a start that needs much.
 */
export function judgeRun(run: Samples, limit: number): Run['shape'] {
  const first = run[0];
  const last = run.at(-1);
  if (!first || !last || run.length < FEWEST_SAMPLES || last[0] - first[0] < SHORTEST_RUN) return 'short';
  const warm = first[0] + WARM_UP * (last[0] - first[0]);
  const judged = run.filter(([at]) => at >= warm);
  const rise = slopeOf(judged) * (last[0] - judged[0]![0]);
  return rise >= LEAST_RISE * limit && risesByQuarters(judged) ? 'climb' : 'plateau';
}

function risesByQuarters(samples: Samples): boolean {
  const size = samples.length / 4;
  const quarters = [0, 1, 2, 3].map((quarter) =>
    medianOf(valuesOf(samples.slice(Math.floor(quarter * size), Math.floor((quarter + 1) * size)))),
  );
  return quarters.every((level, index) => index === 0 || level > quarters[index - 1]!);
}

/**
 * `leak`: at least two runs could be judged, and more than half of them climbed. `plateau`: at least one could, and half of
 * them or more did not climb. `unknown`: none could, or a single one climbed.
 */
export function shapeOf(runs: readonly Run[]): MemoryShape {
  const judged = runs.filter(({ shape }) => shape !== 'short');
  const climbs = judged.filter(({ shape }) => shape === 'climb').length;
  if (climbs * 2 <= judged.length) return judged.length === 0 ? 'unknown' : 'plateau';
  return judged.length >= 2 ? 'leak' : 'unknown';
}

/**
 * True where the runs do not make a leak but hint at one: a single run of half an hour or more that climbed, or one with
 * three to five samples, each higher than the one before, that rose by a quarter of the limit.
 */
export function hintsAtLeak(runs: readonly Run[], limit: number): boolean {
  if (shapeOf(runs) !== 'unknown') return false;
  return runs.some(({ samples, shape }) => {
    const [first, last] = [samples[0], samples.at(-1)];
    if (shape === 'climb') return true;
    if (!first || !last || samples.length < 3 || last[0] - first[0] < SHORTEST_RUN) return false;
    const rises = samples.every(([, value], index) => index === 0 || value > samples[index - 1]![1]);
    return rises && last[1] - first[1] >= LEAST_RISE * limit;
  });
}
