import type { TaskCount } from '../queue/tally.ts';

/** So long, in milliseconds, a task may be due while no other begins or ends. */
const PATIENCE = 10 * 60_000;

/** Whether the loop of tasks advances: the longest that anything in it may take without an end is far below {@link PATIENCE}. */
export class Liveness {
  readonly #now: () => number;
  #advancedAt: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#advancedAt = now();
  }

  /** A task has begun or ended. */
  advanced(): void {
    this.#advancedAt = this.#now();
  }

  /** Why the process should be started again; null where it works. */
  problem(counts: readonly TaskCount[]): string | null {
    const still = this.#now() - this.#advancedAt;
    const overdue = Math.max(0, ...counts.map((one) => one.overdue));
    if (Math.min(still, overdue) < PATIENCE) return null;
    const minutes = Math.floor(Math.min(still, overdue) / 60_000);
    return `a task has been due for ${minutes} minutes, in which no task began or ended`;
  }
}
