/** One half of `bench/fuzz.ts`: what it tried, and what went wrong. */
export interface FuzzReport {
  /** Tries made. */
  readonly tried: number;
  /** Counts for people, a line each. */
  readonly lines: readonly string[];
  /** What should never happen, each with the seed and the number of the try that shows it. */
  readonly failures: readonly string[];
}

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** Called now and then, for long runs. */
  readonly onProgress?: (done: number) => void;
}

export type Fuzz = (options: FuzzOptions) => Promise<FuzzReport>;
