/** Milliseconds since the epoch; left out: from the first record, to the last. */
export interface Period {
  readonly since?: number;
  readonly until?: number;
}

/** Its beginning is part of it, its end is not, so that periods side by side count each moment once. */
export function isWithin({ since = -Infinity, until = Infinity }: Period, at: number): boolean {
  return at >= since && at < until;
}
