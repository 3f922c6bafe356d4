import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { stepOf, type Samples } from './series.ts';

/** A stretch of time in which a value was at or above a level. Milliseconds since the epoch. */
export interface Peak {
  readonly from: number;
  readonly to: number;
}

/** A sample or two at the level are no peak. */
const SHORTEST = 10 * MINUTE;
/** What lasts longer is no peak of a day. */
const LONGEST = 12 * HOUR;
/** Two stretches so close are one peak. */
const CLOSE = 2 * HOUR;
/** How far apart the middles of two days' peaks are. */
const NEXT_DAY = { least: 20 * HOUR, most: 28 * HOUR } as const;
/** The newest may be so old: today's is still to come. */
const OLDEST = 28 * HOUR;

/**
 * Peaks at about the same time of successive days, the newest first: as far back as one day follows the other. A day that was not measured,
 * or had none, ends them. Empty where the newest is older than a day, or the value stays at the level.
 */
export function dailyPeaks(samples: Samples, level: number, now: number): readonly Peak[] {
  const stretches = stretchesAt(samples, level);
  if (stretches.some(({ from, to }) => to - from > LONGEST)) return [];
  const [newest, ...earlier] = stretches.filter(({ from, to }) => to - from >= SHORTEST).toReversed();
  if (!newest || now - newest.to > OLDEST) return [];
  const peaks = [newest];
  for (const peak of earlier) {
    const apart = middleOf(peaks.at(-1)!) - middleOf(peak);
    if (apart > NEXT_DAY.most) break;
    if (apart >= NEXT_DAY.least) peaks.push(peak);
  }
  return peaks;
}

function stretchesAt(samples: Samples, level: number): readonly Peak[] {
  const gap = Math.max(15 * MINUTE, 3 * stepOf(samples));
  const stretches: Peak[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const [at, value] of samples) {
    const isMeasured = at - before <= gap;
    before = at;
    if (value < level) continue;
    const last = stretches.at(-1);
    if (last && at - last.to <= (isMeasured ? CLOSE : gap))
      stretches[stretches.length - 1] = { ...last, to: at };
    else stretches.push({ from: at, to: at });
  }
  return stretches;
}

function middleOf({ from, to }: Peak): number {
  return (from + to) / 2;
}
