import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Fairness, InProcessOptions } from './in-process.ts';
import { announcementsOn } from './postgres/announcements.ts';
import { Claims, flagsOf, SOON, type Due, type Taken } from './postgres/claims.ts';
import { QUEUE_SCHEMA, shortName } from './postgres/schema.ts';
import { MOST_ATTEMPTS, pauseAfter, type Payloads, type Queue, type Task, type Tasks } from './queue.ts';
import type { TaskCount } from './tally.ts';
import { Turns } from './turns.ts';

export interface GraphileOptions extends Omit<InProcessOptions, 'patience'> {
  /** Its tables were made by `prepareQueue`. */
  readonly pool: Pool;
  readonly schema?: string;
  /** Whoever adds a task names the place where it runs: tasks of one place run on one process at a time. Keys and queues are those of the place. */
  readonly place: string;
  /** Told why tasks are not begun, or not ended, for now: once, until they are again. */
  readonly onTrouble?: (message: string) => void;
}

interface Running {
  readonly name: string;
  readonly worker: string;
  /** Of its work. */
  readonly end: Promise<void>;
  /** Its end is in the database. */
  readonly settled: Promise<void>;
}

/** What is kept of a task. */
interface Kept {
  readonly key: string;
  readonly payload: unknown;
}

const AT_ONCE = 8;
/** Milliseconds after which the database is asked again that did not answer. */
const AGAIN = 500;
/** How long it may take to say what became of the last tasks, in milliseconds. */
const LAST_WORDS = 2_000;
/** How long what is known of who has tasks at all is used, in milliseconds. */
const KNOWN = 5_000;

/** Tasks in a PostgreSQL database, in the tables of graphile-worker: what waits when a process ends runs on another one. */
export class GraphileQueue<P extends Payloads> implements Queue<P> {
  readonly #options: Required<Omit<GraphileOptions, 'onTrouble'>> &
    Pick<GraphileOptions, 'onTrouble'> &
    Required<Fairness<P>>;
  readonly #claims: Claims;
  readonly #turns: Turns;
  readonly #id = randomUUID();
  /** Whose the tasks are that it takes. */
  #worker = newWorker();
  readonly #running = new Map<string, Running>();
  #tasks: Tasks<P> | null = null;
  #unsubscribe: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #looksAgain = false;
  #isStopped = false;
  #isOver = false;
  #isTroubled = false;
  #counts: readonly TaskCount[] = [];
  #known: { readonly at: number; readonly groups: number } | null = null;

  constructor(options: GraphileOptions & Fairness<P>) {
    this.#options = {
      schema: QUEUE_SCHEMA,
      whoseOf: () => null,
      onFailure: () => {},
      around: (_task, work) => work(),
      atOnce: AT_ONCE,
      ...options,
    };
    const { pool, schema, place, atOnce } = this.#options;
    this.#claims = new Claims(pool, schema, place);
    this.#turns = new Turns(atOnce);
  }

  /** Ids of what holds its tasks, for `freeLostTasks`. */
  get pools(): readonly string[] {
    const isTaking = this.#tasks !== null && !this.#isStopped;
    const running = [...this.#running.values()].map(({ worker }) => worker);
    return [...new Set([...running, ...(isTaking ? [this.#worker] : [])])];
  }

  /** How many tasks wait, as of the last {@link count}, and run now, by name. */
  counts(): readonly TaskCount[] {
    const running = [...this.#running.values()].map(({ name }) => name);
    const names = new Set([...running, ...this.#counts.map(({ name }) => name)]);
    return [...names].map((name) => {
      const known = this.#counts.find((one) => one.name === name);
      const runs = running.filter((one) => one === name).length;
      return { name, waiting: known?.waiting ?? 0, running: runs, overdue: known?.overdue ?? 0 };
    });
  }

  async count(): Promise<void> {
    this.#counts = await this.#claims.counts();
  }

  async add<Name extends keyof P>(task: Task<P, Name>, runAt = this.#options.now()): Promise<void> {
    const { pool, schema, place, now, whoseOf } = this.#options;
    const kept: Kept = { key: task.key, payload: task.payload };
    // By how much later, and not when: clocks of processes differ.
    const delay = Math.max(0, runAt - now());
    await pool.query(`select "${schema}".faultline_add($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
      `${place}/${String(task.name)}`,
      JSON.stringify(kept),
      shortName(`${place} ${task.queue}`),
      delay,
      MOST_ATTEMPTS,
      shortName(`${place} ${task.key}`),
      flagsOf(whoseOf(task)),
      // Later ones are seen in time by everybody.
      delay < SOON ? place : null,
      this.#id,
    ]);
    if (delay < SOON) this.#lookIn(delay);
  }

  start(tasks: Tasks<P>): void {
    if (this.#isStopped || this.#tasks !== null) return;
    this.#tasks = tasks;
    const { pool, schema, place } = this.#options;
    this.#unsubscribe = announcementsOn(pool, schema).subscribe((told, by) => {
      if (told === place && by !== this.#id) this.#look();
    });
    this.#look();
  }

  async drain(): Promise<void> {
    while ((await this.#claims.isBusy()) || this.#running.size > 0) {
      this.#look();
      await wait(10);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe();
    clearTimeout(this.#timer);
    const begun = this.#looking ?? Promise.resolve();
    const last = async (): Promise<void> => {
      await begun;
      await Promise.all([...this.#running.values()].map(({ settled }) => settled));
    };
    await Promise.all([...this.#running.values()].map(({ end }) => end));
    // Where the database does not answer, others free its tasks once this process does not live any more.
    await Promise.race([last(), wait(LAST_WORDS, null, { ref: false })]);
    this.#isOver = true;
  }

  #lookIn(milliseconds: number): void {
    if (this.#isStopped || this.#tasks === null) return;
    const at = performance.now() + milliseconds;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#look(), milliseconds);
  }

  /** Begins what is due. Whoever asks while that is under way has it done once more. */
  #look(): void {
    if (this.#isStopped || this.#tasks === null) return;
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#looksAgain = true;
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
      // Asked for at the last moment.
      if (this.#looksAgain) this.#look();
    });
  }

  async #lookOnce(): Promise<void> {
    while (this.#looksAgain && !this.#isStopped) {
      this.#looksAgain = false;
      try {
        await this.#beginDue();
        this.#isTroubled = false;
      } catch (error) {
        this.#complain(error);
        this.#lookIn(AGAIN);
      }
    }
  }

  async #beginDue(): Promise<void> {
    if (this.#running.size >= this.#options.atOnce) return;
    const { due, next } = await this.#claims.look();
    this.#lookIn(next === null ? SOON : Math.max(next, 0) + 1);
    let waiting = due;
    while (this.#running.size < this.#options.atOnce && waiting.length > 0) {
      const chosen = await this.#choose(waiting);
      if (chosen === null || this.#isStopped) return;
      waiting = waiting.filter(
        ({ id, queue }) => id !== chosen.id && (queue === null || queue !== chosen.queue),
      );
      await this.#begin(chosen);
    }
  }

  async #choose(due: readonly Due[]): Promise<Due | null> {
    const names = [...new Set(due.map(({ whose }) => whose?.group ?? null))];
    const isAlone = names.filter((name) => name !== null).length === 1 && (await this.#groups()) === 1;
    const [name] = this.#turns.groups(names, () => isAlone);
    if (name === undefined) return null;
    const ofGroup = due.filter(({ whose }) => (whose?.group ?? null) === name);
    if (name === null) return ofGroup[0]!;
    return ofGroup[
      this.#turns.part(
        name,
        ofGroup.map(({ whose }) => whose!.part),
      )
    ]!;
  }

  async #groups(): Promise<number> {
    if (this.#known === null || performance.now() - this.#known.at > KNOWN)
      this.#known = { at: performance.now(), groups: await this.#claims.groups() };
    return this.#known.groups;
  }

  async #begin(due: Due): Promise<void> {
    const worker = this.#worker;
    let taken: Taken | null;
    try {
      taken = await this.#claims.take(due, worker);
    } catch (error) {
      // The database may have given it to this worker all the same: under its name it would stay taken.
      this.#worker = newWorker();
      throw error;
    }
    if (taken === null) return;
    // Another version of this program may know other tasks.
    if (this.#isStopped || !Object.hasOwn(this.#tasks!, taken.name))
      await this.#claims.giveBack(taken, worker);
    else this.#run(taken, worker, this.#tasks!);
  }

  #run(taken: Taken, worker: string, tasks: Tasks<P>): void {
    const { around } = this.#options;
    const { key, payload } = taken.kept as Kept;
    const name = taken.name as keyof P & string;
    this.#turns.begins(taken.whose);
    const work = Promise.resolve().then(() =>
      around({ name, key }, () => tasks[name](payload as P[typeof name])),
    );
    const failed = work.then(
      () => null,
      (error: unknown) => this.#failed(key, taken, error),
    );
    const settled = failed.then(async (message) => {
      this.#turns.leaves(taken.whose);
      await this.#settle(() =>
        message === null ? this.#claims.complete(taken, worker) : this.#claims.fail(taken, worker, message),
      );
      this.#running.delete(taken.id);
      this.#look();
    });
    this.#running.set(taken.id, { name, worker, end: failed.then(() => undefined), settled });
  }

  /** Answers with what is noted of it; null where it is given up, and done with. */
  #failed(key: string, { attempts: failures }: Taken, error: unknown): string | null {
    const { now, onFailure } = this.#options;
    const nextAt = failures < MOST_ATTEMPTS ? now() + pauseAfter(failures) : null;
    onFailure({ key, error, failures, nextAt });
    return nextAt === null ? null : error instanceof Error ? error.message : String(error);
  }

  /** Says in the database what became of a task, however long that is away. */
  async #settle(say: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      try {
        await say();
        return;
      } catch (error) {
        this.#complain(error);
        await wait(AGAIN, null, { ref: false });
      }
    }
  }

  #complain(error: unknown): void {
    if (!this.#isTroubled) this.#options.onTrouble?.(error instanceof Error ? error.message : String(error));
    this.#isTroubled = true;
  }
}

function newWorker(): string {
  return `faultline-${randomUUID()}`;
}
