import type { Job, TaskList, WorkerEvents, WorkerPool } from 'graphile-worker';
import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { InProcessOptions } from './in-process.ts';
import { QUEUE_SCHEMA, shortName } from './postgres/schema.ts';
import { MOST_ATTEMPTS, pauseAfter, type Payloads, type Queue, type Task, type Tasks } from './queue.ts';
import type { TaskCount } from './tally.ts';

export interface GraphileOptions extends Omit<InProcessOptions, 'patience'> {
  /** Its tables were made by `prepareQueue`. */
  readonly pool: Pool;
  readonly schema?: string;
  /** Whoever adds a task names the place where it runs: tasks of one place run on one process at a time. Keys and queues are those of the place. */
  readonly place: string;
  /** Told of what the engine complains about. */
  readonly onTrouble?: (message: string) => void;
}

interface Running {
  readonly name: string;
  /** Of the workers that run it. */
  readonly pool: string;
  readonly end: Promise<void>;
}

/** What is kept of a task. */
interface Kept {
  readonly key: string;
  readonly payload: unknown;
}

const AT_ONCE = 8;
/** Milliseconds between two looks for tasks that are due, beside those that {@link GraphileQueue.add} announces. */
const LOOKS = 2_000;
/** Tasks of this process that are due within so long are looked for in time, in milliseconds. */
const ANNOUNCED = 60_000;
/** The end of a task is in the database so long after it, in milliseconds: the next one of its queue can begin. */
const ENDS = [10, 60];
/** Milliseconds after which a pool of workers that broke is made again. */
const AGAIN = 1_000;
/** How long workers may take to say what became of their last tasks, in milliseconds. */
const LAST_WORDS = 2_000;

/** Tasks in a PostgreSQL database, by graphile-worker: what waits when a process ends runs on another one. */
export class GraphileQueue<P extends Payloads> implements Queue<P> {
  readonly #options: Required<Omit<GraphileOptions, 'onTrouble'>> & Pick<GraphileOptions, 'onTrouble'>;
  /** By key, the tasks that run in this process. */
  readonly #running = new Map<string, Running>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #workers: WorkerPool | null = null;
  #life: Promise<void> | null = null;
  #isStopped = false;
  #counts: readonly TaskCount[] = [];

  constructor(options: GraphileOptions) {
    this.#options = {
      schema: QUEUE_SCHEMA,
      onFailure: () => {},
      around: (_task, work) => work(),
      atOnce: AT_ONCE,
      ...options,
    };
  }

  /** Ids of what holds its tasks, for `freeLostTasks`. */
  get pools(): readonly string[] {
    const running = [...this.#running.values()].map(({ pool }) => pool);
    return [...new Set([...running, ...(this.#workers === null ? [] : [this.#workers.id])])];
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
    const { pool, schema, place } = this.#options;
    const { rows } = await pool.query<{ identifier: string; waiting: number; overdue: number }>(
      `select task_identifier as identifier, count(*)::int as waiting,
         coalesce(greatest(0, extract(epoch from clock_timestamp() - min(run_at)) * 1000), 0)::float8 as overdue
       from "${schema}".jobs where locked_at is null and starts_with(task_identifier, $1) group by 1`,
      [`${place}/`],
    );
    this.#counts = rows.map(({ identifier, waiting, overdue }) => ({
      name: identifier.slice(place.length + 1),
      waiting,
      running: 0,
      overdue,
    }));
  }

  async add<Name extends keyof P>(task: Task<P, Name>, runAt = this.#options.now()): Promise<void> {
    const { pool, schema, place, now } = this.#options;
    const kept: Kept = { key: task.key, payload: task.payload };
    // By how much later, and not when: clocks of processes differ.
    const delay = Math.max(0, runAt - now());
    await pool.query(`select "${schema}".faultline_add($1, $2, $3, $4, $5, $6)`, [
      `${place}/${String(task.name)}`,
      JSON.stringify(kept),
      shortName(`${place} ${task.queue}`),
      delay,
      MOST_ATTEMPTS,
      shortName(`${place} ${task.key}`),
    ]);
    if (delay > 0 && delay < ANNOUNCED) this.#lookIn(delay + 5);
  }

  start(tasks: Tasks<P>): void {
    if (this.#isStopped) return;
    this.#life ??= this.#live(tasks);
  }

  async drain(): Promise<void> {
    const { pool, schema, place } = this.#options;
    for (;;) {
      const { rows } = await pool.query(
        `select 1 from "${schema}".jobs where starts_with(task_identifier, $1)
           and (locked_at is not null or (run_at <= clock_timestamp() and attempts < max_attempts)) limit 1`,
        [`${place}/`],
      );
      if (rows.length === 0 && this.#running.size === 0) return;
      this.#look();
      await wait(10);
    }
  }

  async stop(): Promise<void> {
    const isFirst = !this.#isStopped;
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    // Where the database does not answer, others free its tasks once this process does not live any more.
    const shutdown = isFirst ? this.#shutDown(this.#workers) : Promise.resolve();
    await Promise.all([...this.#running.values()].map(({ end }) => end));
    await Promise.race([shutdown, wait(LAST_WORDS, null, { ref: false })]);
    await this.#life;
  }

  async #shutDown(workers: WorkerPool | null): Promise<void> {
    try {
      await workers?.gracefulShutdown();
    } catch (error) {
      this.#complain(error);
    }
  }

  /** A pool of workers ends when it cannot say what became of a task; another one takes its place. */
  async #live(tasks: Tasks<P>): Promise<void> {
    const { Logger, runTaskList } = await import('graphile-worker');
    const { pool, schema, place, atOnce } = this.#options;
    const logger = new Logger(() => (level, message) => {
      // What a task failed with is told by onFailure.
      if (level === 'error' && !message.startsWith('Failed task')) this.#options.onTrouble?.(message);
    });
    const taskList: TaskList = Object.fromEntries(
      (Object.keys(tasks) as (keyof P & string)[]).map((name) => [
        `${place}/${name}`,
        (kept, { job }) => this.#run(tasks, name, kept as Kept, job),
      ]),
    );
    const worker = { completeJobBatchDelay: 0, failJobBatchDelay: 0 };
    while (!this.#isStopped) {
      const events: WorkerEvents = new EventEmitter();
      const ends = Promise.withResolvers<void>();
      // Its end may take long where the database was away; nothing new is begun from here on.
      events.once('pool:gracefulShutdown', () => ends.resolve());
      events.once('pool:forcefulShutdown', () => ends.resolve());
      // The database may have given a task to workers that never heard of it: under their name it would stay theirs.
      events.once('worker:getJob:error', ({ worker: { workerPool } }) => this.#shutDown(workerPool));
      const options = { schema, logger, concurrency: atOnce, pollInterval: LOOKS, noHandleSignals: true };
      this.#workers = runTaskList({ ...options, events, preset: { worker } }, taskList, pool);
      Promise.resolve(this.#workers.promise)
        .catch((error: unknown) => this.#complain(error))
        .finally(() => ends.resolve());
      await ends.promise;
      this.#workers = null;
      if (!this.#isStopped) await wait(AGAIN);
    }
  }

  async #run<Name extends keyof P & string>(
    tasks: Tasks<P>,
    name: Name,
    { key, payload }: Kept,
    job: Job,
  ): Promise<void> {
    const { around, now, onFailure } = this.#options;
    const run = Promise.withResolvers<void>();
    this.#running.set(key, { name, pool: job.locked_by ?? '', end: run.promise });
    try {
      await around({ name, key }, () => tasks[name](payload as P[Name]));
    } catch (error) {
      const failures = job.attempts;
      const nextAt = failures < MOST_ATTEMPTS ? now() + pauseAfter(failures) : null;
      onFailure({ key, error, failures, nextAt });
      // The engine repeats it after the same pause. One that is given up is done.
      if (nextAt !== null) throw error;
    } finally {
      this.#running.delete(key);
      run.resolve();
      for (const end of ENDS) this.#lookIn(end);
    }
  }

  #lookIn(milliseconds: number): void {
    if (this.#isStopped || this.#life === null) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#look();
    }, milliseconds);
    timer.unref();
    this.#timers.add(timer);
  }

  #look(): void {
    if (this.#isStopped) return;
    try {
      this.#workers?.nudge(1);
    } catch {
      // It has just ended, and the next one looks at once.
    }
  }

  #complain(error: unknown): void {
    this.#options.onTrouble?.(error instanceof Error ? error.message : String(error));
  }
}
