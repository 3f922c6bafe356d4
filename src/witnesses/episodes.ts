import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { between, medianOf, stepOf, valuesOf, type Samples } from './series.ts';

/** A stretch of time in which a series was at or above a level. Times are milliseconds since the epoch. */
export interface Episode {
  readonly from: number;
  readonly to: number;
  /** The median of the samples in it. */
  readonly median: number;
  /** How long the series was measured in the last hour. */
  readonly measured: number;
}

/** An episode lasts a fifth of the last hour, or of what was measured of it. */
const SHARE = 0.2;
/** It ended no longer ago: what is over for longer has recovered. */
const RECENT = 10 * MINUTE;
/** Fewer samples tell nothing. */
const LEAST = 10;

/**
 * The longest stretch at or above a level in the last hour, with single samples below it let pass; null where it is short, long over, or too little
 * was measured.
 */
export function episodeOf(samples: Samples, level: number, now: number): Episode | null {
  const lately = between(samples, now - HOUR, now);
  if (lately.length < LEAST) return null;
  const measured = lately.at(-1)![0] - lately[0]![0];
  const gap = 3 * stepOf(lately);
  const stretches: (readonly [number, number])[] = [];
  for (const [at, value] of lately) {
    if (value < level) continue;
    const [from, to] = stretches.at(-1) ?? [at, at];
    if (at - to <= gap && stretches.length > 0) stretches[stretches.length - 1] = [from, at];
    else stretches.push([at, at]);
  }
  const [longest] = stretches.toSorted(([a, b], [c, d]) => d - c - (b - a));
  if (!longest) return null;
  const [from, to] = longest;
  if (to - from < SHARE * measured || now - to > RECENT) return null;
  return { from, to, median: medianOf(valuesOf(between(lately, from, to))), measured };
}

/** How long a stretch has to be that speaks for itself, whatever share of the record it is. */
const LONG = 4 * HOUR;

/** A stretch of hours at or above a level that lasts until now; null where it is shorter or over. */
export function longEpisodeOf(samples: Samples, level: number, now: number): Episode | null {
  const gap = 3 * stepOf(samples);
  const last = samples.at(-1);
  if (!last || now - last[0] > Math.max(gap, HOUR / 4)) return null;
  let from = last[0];
  let later = last[0];
  for (const [at, value] of samples.toReversed()) {
    if (later - at > gap) break;
    if (value < level) continue;
    from = at;
    later = at;
  }
  if (last[0] - from < LONG) return null;
  const held = between(samples, from, last[0]);
  return { from, to: last[0], median: medianOf(valuesOf(held)), measured: last[0] - from };
}
