import type { MetricSeries } from '../../model/cluster-state.ts';

type Answered = readonly MetricSeries[] | null;

interface Kept {
  readonly answer: Promise<Answered>;
  /** The moment that was asked about, and for how long after it the answer holds: milliseconds. */
  readonly at: number;
  readonly holds: number;
  samples: number;
}

/** Samples that are kept in all. */
const MOST_SAMPLES = 250_000;

/** Answers by what was asked: the same within a step of its samples is not asked twice. */
export class KeptAnswers {
  readonly #kept = new Map<string, Kept>();
  #samples = 0;

  ask(key: string, at: number, holds: number, fetch: () => Promise<Answered>): Promise<Answered> {
    const known = this.#kept.get(key);
    if (known && at >= known.at && at - known.at < known.holds) return known.answer;
    if (known) this.#forget(key, known);
    const kept: Kept = { answer: fetch(), at, holds, samples: 0 };
    this.#kept.set(key, kept);
    kept.answer.then(
      (answer) => this.#weigh(key, kept, answer),
      () => this.#forget(key, kept),
    );
    return kept.answer;
  }

  /** What could not be told is asked again; of the rest, the oldest goes where there is too much. */
  #weigh(key: string, kept: Kept, answer: Answered): void {
    if (this.#kept.get(key) !== kept) return;
    if (answer === null) return this.#forget(key, kept);
    // An empty answer takes room too.
    kept.samples = answer.reduce((sum, { samples }) => sum + 10 + samples.length, 10);
    this.#samples += kept.samples;
    for (const [oldest, one] of this.#kept) {
      if (this.#samples <= MOST_SAMPLES) break;
      if (one.samples > 0) this.#forget(oldest, one);
    }
  }

  #forget(key: string, kept: Kept): void {
    if (this.#kept.get(key) !== kept) return;
    this.#kept.delete(key);
    this.#samples -= kept.samples;
  }
}
