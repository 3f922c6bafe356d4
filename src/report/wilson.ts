/** A share of some cases, with what it may be given how few they are. All from 0 to 1; null where there were no cases. */
export interface Share {
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Of the normal distribution, for 95 %. */
const Z = 1.96;

/**
 * Wilson's score interval for 95 %, which holds for few cases and for shares near 0 and 1:
 * https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 */
export function wilson(right: number, of: number): Share {
  if (of === 0) return { share: null, low: null, high: null };
  const share = right / of;
  const middle = share + Z ** 2 / (2 * of);
  const half = Z * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2));
  const whole = 1 + Z ** 2 / of;
  return { share, low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole) };
}
