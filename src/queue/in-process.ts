import { MOST_ATTEMPTS, pauseAfter, type Payloads, type Queue, type Task, type Tasks } from './queue.ts';
import { tally, type TaskCount } from './tally.ts';
import type { Whose } from './turns.ts';
import { type Waiting, WaitingTasks } from './waiting.ts';

export interface InProcessOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of each failure. */
  readonly onFailure?: (failure: Failure) => void;
  /** Does the work of a task, whoever measures or traces it around that. */
  readonly around?: (task: Begun, work: () => Promise<void>) => Promise<void>;
  /** So many tasks run at the same time. */
  readonly atOnce?: number;
  /** Milliseconds after which a task that still runs counts no longer among them. */
  readonly patience?: number;
}

export interface Failure {
  readonly key: string;
  readonly error: unknown;
  /** How often it has failed by now. */
  readonly failures: number;
  /** When it is run again; null when it is given up. */
  readonly nextAt: number | null;
}

/** A task that begins. */
export interface Begun {
  readonly name: string;
  readonly key: string;
}

/** Who takes turns. */
export interface Fairness<P extends Payloads> {
  /** Null for what is everybody's. Left out: all are. */
  readonly whoseOf?: (task: Task<P>) => Whose | null;
}

const AT_ONCE = 8;
const PATIENCE = 60_000;
/** The longest time that a timer of Node can be set to. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Tasks in the memory of one process: what waits when it ends is lost. */
export class InProcessQueue<P extends Payloads> implements Queue<P> {
  readonly #options: Required<InProcessOptions>;
  readonly #waiting: WaitingTasks<P>;
  readonly #running = new Set<Promise<void>>();
  /** Keys and queues of the tasks that run. */
  readonly #busy = new Set<string>();
  /** By key, the names of the tasks that run. */
  readonly #names = new Map<string, keyof P>();
  /** Tasks that run and still count. */
  #counted = 0;
  #tasks: Tasks<P> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor({
    now,
    onFailure = () => {},
    around = (_task, work) => work(),
    atOnce = AT_ONCE,
    patience = PATIENCE,
    whoseOf = () => null,
  }: InProcessOptions & Fairness<P>) {
    this.#options = { now, onFailure, around, atOnce, patience };
    this.#waiting = new WaitingTasks(whoseOf, atOnce);
  }

  /** How many tasks wait and run now, by name. */
  counts(): readonly TaskCount[] {
    return tally(this.#waiting.values(), this.#names.values(), this.#options.now());
  }

  async add<Name extends keyof P>(task: Task<P, Name>, runAt = this.#options.now()): Promise<void> {
    // Another process would get nothing else.
    const payload = JSON.parse(JSON.stringify(task.payload)) as P[Name];
    this.#waiting.add({ ...task, payload }, runAt, 0);
    this.#runDue();
  }

  start(tasks: Tasks<P>): void {
    this.#tasks = tasks;
    this.#runDue();
  }

  async drain(): Promise<void> {
    this.#runDue();
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  async stop(): Promise<void> {
    this.#tasks = null;
    clearTimeout(this.#timer);
    await Promise.all(this.#running);
  }

  #runDue(): void {
    clearTimeout(this.#timer);
    if (this.#tasks === null) return;
    const now = this.#options.now();
    const next = this.#waiting.nextAt(now);
    if (next !== null) this.#timer = setTimeout(() => this.#runDue(), Math.min(next - now, LONGEST_TIMER));
    while (this.#counted < this.#options.atOnce) {
      const taken = this.#waiting.take((task) => this.#isBusy(task));
      if (taken === null) return;
      this.#begin(taken, this.#tasks);
    }
  }

  #isBusy({ key, queue }: Task<P>): boolean {
    return this.#busy.has(`queue ${queue}`) || this.#busy.has(`key ${key}`);
  }

  #begin(taken: Waiting<P>, tasks: Tasks<P>): void {
    const { task } = taken;
    const names = [`queue ${task.queue}`, `key ${task.key}`];
    for (const name of names) this.#busy.add(name);
    this.#names.set(task.key, task.name);
    const leave = this.#count(taken);
    const run = Promise.resolve()
      .then(() =>
        this.#options.around({ name: String(task.name), key: task.key }, () =>
          tasks[task.name](task.payload),
        ),
      )
      .catch((error: unknown) => this.#failed(taken, error))
      .finally(() => {
        leave();
        this.#waiting.ended(taken);
        this.#running.delete(run);
        this.#names.delete(task.key);
        for (const name of names) this.#busy.delete(name);
        this.#runDue();
      });
    this.#running.add(run);
  }

  /** Counts one more task until the function that it answers with is called, or until others need not wait for it any longer. */
  #count(taken: Waiting<P>): () => void {
    this.#counted += 1;
    const leave = (): void => {
      clearTimeout(timer);
      if (!isCounted) return;
      isCounted = false;
      this.#counted -= 1;
      this.#waiting.leaves(taken);
    };
    let isCounted = true;
    const timer = setTimeout(() => {
      leave();
      this.#runDue();
    }, this.#options.patience);
    return leave;
  }

  #failed({ task, failures: before }: Waiting<P>, error: unknown): void {
    const { now, onFailure } = this.#options;
    const failures = before + 1;
    const nextAt = failures < MOST_ATTEMPTS ? now() + pauseAfter(failures) : null;
    // One that was added meanwhile comes to the same.
    if (nextAt !== null && !this.#waiting.has(task.key)) this.#waiting.add(task, nextAt, failures);
    onFailure({ key: task.key, error, failures, nextAt });
  }
}
