import type { Answer, Asking } from '../model/ask.ts';
import type { Need } from '../model/need.ts';
import { Clock } from './clock.ts';
import type { Reader } from './dependents.ts';
import { newReading, type FollowedCluster } from './followed-cluster.ts';

/** Work that asks. */
export interface Questioning<Result> {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly start: () => Asking<Result>;
  /** An answer that says what it said before is the same value. */
  readonly answer: (need: Need) => Promise<Answer>;
  /** Is told before each round of questions, and may throw. */
  readonly onRound: (round: number) => void;
}

interface Done<Result> {
  readonly result: Result;
  readonly needs: readonly (readonly [need: Need, answer: Answer])[];
  readonly clock: Clock;
  readonly at: number;
}

/** Something that was asked about: its result holds while what was read of the cluster, the answers and what the time decides are the same. */
class Work<Result> implements Reader {
  done: Done<Result> | null = null;

  touched(): void {
    this.done = null;
  }
}

/** Results of work that was done before, by what it was about. What is not asked for again is forgotten. */
export class KeptWork<Key, Result> {
  readonly #cluster: FollowedCluster;
  #before = new Map<Key, Work<Result>>();
  #now = new Map<Key, Work<Result>>();

  constructor(cluster: FollowedCluster) {
    this.#cluster = cluster;
  }

  /**
   * The result, as it was worked out before where that holds.
   *
   * @returns also when it was worked out, in milliseconds since the epoch
   * @throws {Error} what the work throws; then nothing is kept
   */
  async result(
    key: Key,
    questioning: Questioning<Result>,
  ): Promise<{ readonly result: Result; readonly at: number }> {
    const work = this.#now.get(key) ?? this.#before.get(key) ?? new Work<Result>();
    this.#before.delete(key);
    this.#now.set(key, work);
    const known = work.done;
    if (known && !known.clock.isOver(known.at, questioning.now) && (await holds(known, questioning)))
      return known;
    work.done = null;
    work.done = await this.#do(work, questioning);
    return work.done;
  }

  /** When a result may be another one by the time alone, in milliseconds since the epoch. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { done } of this.#now.values()) next = Math.min(next, done?.clock.until ?? next);
    return next;
  }

  forgetUnasked(): void {
    for (const work of this.#before.values()) this.#cluster.forget(work);
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** Everything may be otherwise. */
  clear(): void {
    this.#before = new Map();
    this.#now = new Map();
  }

  async #do(work: Work<Result>, { now, start, answer, onRound }: Questioning<Result>): Promise<Done<Result>> {
    const reading = newReading();
    const needs: (readonly [Need, Answer])[] = [];
    const asking = start();
    let step = this.#cluster.during(reading, () => asking.next([]));
    for (let round = 0; !step.done; round += 1) {
      onRound(round);
      const asked = step.value;
      const answers = await Promise.all(asked.map(answer));
      needs.push(...asked.map((need, index) => [need, answers[index]!] as const));
      step = this.#cluster.during(reading, () => asking.next(answers));
    }
    this.#cluster.follow(work, reading.reads);
    return { result: step.value, needs, clock: reading.clock, at: now };
  }
}

async function holds<Result>({ needs }: Done<Result>, { answer }: Questioning<Result>): Promise<boolean> {
  const answers = await Promise.all(needs.map(([need]) => answer(need)));
  return answers.every((one, index) => one === needs[index]![1]);
}
