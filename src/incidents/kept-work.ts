import type { Answer, Asking } from '../model/ask.ts';
import { needKey, type Need } from '../model/need.ts';
import { Clock } from './clock.ts';
import type { Reader } from './dependents.ts';
import { newReading, type FollowedCluster } from './followed-cluster.ts';

/** Work that asks. */
export interface Questioning<Result> {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly start: () => Asking<Result>;
  /** An answer that says what it said before is the same value. */
  readonly answer: (need: Need, key: string) => Promise<Answer>;
  /** Is told before each round of questions, and may throw. */
  readonly onRound: (round: number) => void;
}

interface Answered {
  readonly need: Need;
  /** Of the need. */
  readonly key: string;
  readonly answer: Answer;
}

interface Done<Result> {
  readonly result: Result;
  readonly needs: readonly Answered[];
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

  /** What has to be asked again before it is known whether the result still holds. */
  *needsOf(key: Key): Iterable<Pick<Answered, 'need' | 'key'>> {
    yield* this.#before.get(key)?.done?.needs ?? [];
  }

  /**
   * The result that was worked out before, and when, in milliseconds since the epoch; null where it does not hold.
   *
   * @param settled answers of now by the keys of their needs; undefined: not known
   */
  known(
    key: Key,
    now: number,
    settled: (need: string) => Answer | undefined,
  ): { readonly result: Result; readonly at: number } | null {
    const work = this.#now.get(key) ?? this.#before.get(key);
    const done = work?.done;
    if (!work || !done || done.clock.isOver(done.at, now)) return null;
    if (done.needs.some((one) => settled(one.key) !== one.answer)) return null;
    this.#before.delete(key);
    this.#now.set(key, work);
    return done;
  }

  /**
   * Works out the result and keeps it.
   *
   * @throws {Error} what the work throws; then nothing is kept
   */
  async result(key: Key, questioning: Questioning<Result>): Promise<Result> {
    const work = this.#now.get(key) ?? this.#before.get(key) ?? new Work<Result>();
    this.#before.delete(key);
    this.#now.set(key, work);
    work.done = null;
    work.done = await this.#do(work, questioning);
    return work.done.result;
  }

  /** When a result may be another one by the time alone, in milliseconds since the epoch. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const works of [this.#before, this.#now])
      for (const { done } of works.values()) next = Math.min(next, done?.clock.until ?? next);
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
    const needs: Answered[] = [];
    const asking = start();
    let step = this.#cluster.during(reading, () => asking.next([]));
    for (let round = 0; !step.done; round += 1) {
      onRound(round);
      const asked = step.value;
      const keys = asked.map(needKey);
      const answers = await Promise.all(asked.map((need, index) => answer(need, keys[index]!)));
      needs.push(...asked.map((need, index) => ({ need, key: keys[index]!, answer: answers[index]! })));
      step = this.#cluster.during(reading, () => asking.next(answers));
    }
    this.#cluster.follow(work, reading.reads);
    return { result: step.value, needs, clock: reading.clock, at: now };
  }
}
