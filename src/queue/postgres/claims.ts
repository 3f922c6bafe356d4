import type { Pool } from 'pg';
import type { TaskCount } from '../tally.ts';
import type { Whose } from '../turns.ts';

/** A task that can begin. */
export interface Due {
  readonly id: string;
  /** No two tasks of one queue run at the same time; null for a task of none. */
  readonly queue: string | null;
  readonly whose: Whose | null;
}

/** A task that this process has begun. */
export interface Taken extends Due {
  readonly name: string;
  readonly kept: unknown;
  /** How often it was begun, this time included. */
  readonly attempts: number;
}

export interface Looked {
  /** Those that have been due for longest first. */
  readonly due: readonly Due[];
  /** Milliseconds until another one is due; null where none is within {@link SOON}. */
  readonly next: number | null;
}

/** Milliseconds. */
export const SOON = 2_000;
/** So many are chosen among. */
const MOST = 2_000;

const GROUP = 'group ';
const PART = 'part ';

/** Marks a task with whose it is. */
export function flagsOf(whose: Whose | null): readonly string[] | null {
  return whose === null ? null : [`${GROUP}${whose.group}`, `${PART}${whose.part}`];
}

function whoseIn(flags: object | null): Whose | null {
  const named = (start: string): string | undefined =>
    Object.keys(flags ?? {})
      .find((name) => name.startsWith(start))
      ?.slice(start.length);
  const [group, part] = [named(GROUP), named(PART)];
  return group === undefined || part === undefined ? null : { group, part };
}

/**
 * Takes tasks of one place from the tables of graphile-worker, and says there what became of them, in the words of its own workers. Those take
 * whatever is due first, and lock all queues to find it: with a pool of them for each of many places, they would keep a database busy with
 * locks, and the tasks of one organisation could not take turns with those of another.
 */
export class Claims {
  readonly #pool: Pool;
  readonly #place: string;
  readonly #jobs: string;
  readonly #queues: string;
  readonly #ofPlace: string;
  readonly #tasks: string;
  readonly #take: string;

  constructor(pool: Pool, schema: string, place: string) {
    this.#pool = pool;
    this.#place = `${place}/`;
    this.#jobs = `"${schema}"._private_jobs`;
    this.#queues = `"${schema}"._private_job_queues`;
    this.#tasks = `"${schema}"._private_tasks`;
    this.#ofPlace = `jobs.task_id in (select id from ${this.#tasks} where starts_with(identifier, $1))`;
    this.#take = `"${schema}".faultline_take`;
  }

  async look(): Promise<Looked> {
    interface Row {
      readonly id: string;
      readonly queue: string | null;
      readonly flags: object | null;
      readonly wait: number;
    }
    const { rows } = await this.#pool.query<Row>(
      `select jobs.id::text as id, jobs.job_queue_id::text as queue, jobs.flags,
         (extract(epoch from jobs.run_at - clock_timestamp()) * 1000)::float8 as wait
       from ${this.#jobs} as jobs left join ${this.#queues} as queues on queues.id = jobs.job_queue_id
       where jobs.is_available and jobs.priority = 0 and jobs.run_at <= clock_timestamp() + $2 * interval '1 millisecond'
         and ${this.#ofPlace} and (queues.id is null or queues.is_available)
       order by jobs.run_at, jobs.id limit ${MOST}`,
      [this.#place, SOON],
    );
    const due = rows.filter(({ wait }) => wait <= 0);
    return {
      due: due.map(({ id, queue, flags }) => ({ id, queue, whose: whoseIn(flags) })),
      next: rows.find(({ wait }) => wait > 0)?.wait ?? null,
    };
  }

  /** How many groups have tasks in this place, now or later. */
  async groups(): Promise<number> {
    const { rows } = await this.#pool.query<{ readonly flags: object }>(
      `select distinct jobs.flags from ${this.#jobs} as jobs where jobs.flags is not null and ${this.#ofPlace}`,
      [this.#place],
    );
    return new Set(rows.map(({ flags }) => whoseIn(flags)?.group)).size;
  }

  /** How many tasks wait, by name. */
  async counts(): Promise<readonly TaskCount[]> {
    const { rows } = await this.#pool.query<{ identifier: string; waiting: number; overdue: number }>(
      `select identifier, count(*)::int as waiting,
         coalesce(greatest(0, extract(epoch from clock_timestamp() - min(run_at)) * 1000), 0)::float8 as overdue
       from ${this.#jobs} as jobs join ${this.#tasks} as tasks on tasks.id = jobs.task_id
       where locked_at is null and starts_with(identifier, $1) group by 1`,
      [this.#place],
    );
    return rows.map(({ identifier, waiting, overdue }) => ({
      name: identifier.slice(this.#place.length),
      waiting,
      running: 0,
      overdue,
    }));
  }

  /** Whether a task runs or is due. */
  async isBusy(): Promise<boolean> {
    const { rows } = await this.#pool.query(
      `select 1 from ${this.#jobs} as jobs where ${this.#ofPlace}
         and (locked_at is not null or (run_at <= clock_timestamp() and attempts < max_attempts)) limit 1`,
      [this.#place],
    );
    return rows.length > 0;
  }

  /** Begins a task; null where it has begun elsewhere, or another one of its queue has. @param worker whose task it is from now on */
  async take(due: Due, worker: string): Promise<Taken | null> {
    const { rows } = await this.#pool.query<{ name: string; kept: unknown; tried: number }>(
      `select name, kept, tried from ${this.#take}($1, $2)`,
      [due.id, worker],
    );
    const [row] = rows;
    if (row === undefined) return null;
    return { ...due, name: row.name.slice(this.#place.length), kept: row.kept, attempts: row.tried };
  }

  async complete({ id }: Due, worker: string): Promise<void> {
    await this.#ends(`delete from ${this.#jobs} as jobs where id = $1 and locked_by = $2`, [id, worker]);
  }

  /** It is begun again after a pause. */
  async fail({ id }: Due, worker: string, message: string): Promise<void> {
    await this.#ends(
      `update ${this.#jobs} as jobs set last_error = $3, locked_by = null, locked_at = null,
         run_at = greatest(now(), run_at) + (exp(least(attempts, 10)) * interval '1 second')
       where id = $1 and locked_by = $2`,
      [id, worker, message],
    );
  }

  /** It was not begun after all. */
  async giveBack({ id }: Due, worker: string): Promise<void> {
    await this.#ends(
      `update ${this.#jobs} as jobs set attempts = greatest(0, attempts - 1), locked_by = null, locked_at = null
       where id = $1 and locked_by = $2`,
      [id, worker],
    );
  }

  async #ends(change: string, values: readonly string[]): Promise<void> {
    await this.#pool.query(
      `with ended as (${change} returning job_queue_id)
       update ${this.#queues} as queues set locked_by = null, locked_at = null
       from ended where queues.id = ended.job_queue_id and queues.locked_by = $2`,
      [...values],
    );
  }
}
