import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { channelOf } from './announcements.ts';

/** Where the tasks are. Default of {@link prepareQueue}. */
export const QUEUE_SCHEMA = 'faultline_queue';

/** Makes the tables of tasks where there are none. Several processes may start at once. */
export async function prepareQueue(pool: Pool, schema = QUEUE_SCHEMA): Promise<void> {
  const { Logger, runMigrations } = await import('graphile-worker');
  const logger = new Logger(() => () => undefined);
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock(1179404365, hashtext($1))', [schema]);
    await runMigrations({ pgPool: pool, schema, logger });
    await client.query(addFunction(schema));
    await client.query(takeFunction(schema));
  } finally {
    // The lock ends with its connection.
    client.release(true);
  }
}

/**
 * Adds a task, at the earlier time where one with its key waits. One after the other for the same key: who adds it for later must not put off
 * what somebody else adds for now.
 */
function addFunction(schema: string): string {
  const inside = `"${schema}"`;
  return `create or replace function ${inside}.faultline_add(
    identifier text, payload json, queue text, delay double precision, attempts int, task_key text, whose text[],
    told text, teller text
  ) returns void language plpgsql as $$
  declare
    due timestamptz := clock_timestamp() + delay * interval '1 millisecond';
  begin
    perform pg_advisory_xact_lock(1179404366, hashtext(task_key));
    perform ${inside}.add_job(
      identifier := identifier,
      payload := payload,
      queue_name := queue,
      run_at := least(due, (
        select jobs.run_at from ${inside}._private_jobs as jobs where jobs.key = task_key and jobs.is_available
      )),
      max_attempts := attempts::smallint,
      job_key := task_key,
      flags := whose
    );
    if told is not null then
      perform pg_notify('${channelOf(schema)}', teller || ' ' || told);
    end if;
  end $$`;
}

/** Begins a task that is due, where no other one of its queue runs. Without a row where it cannot begin. */
function takeFunction(schema: string): string {
  const inside = `"${schema}"`;
  return `create or replace function ${inside}.faultline_take(job bigint, worker text)
    returns table (name text, kept json, tried int) language plpgsql as $$
  declare
    queue int;
  begin
    select jobs.job_queue_id into queue from ${inside}._private_jobs as jobs
      where jobs.id = job and jobs.is_available and jobs.run_at <= clock_timestamp() for update skip locked;
    if not found then return; end if;
    if queue is not null then
      update ${inside}._private_job_queues as queues set locked_by = worker, locked_at = now()
        where queues.id = queue and queues.is_available;
      if not found then return; end if;
    end if;
    return query update ${inside}._private_jobs as jobs
      set attempts = jobs.attempts + 1, locked_by = worker, locked_at = now()
      from ${inside}._private_tasks as tasks where jobs.id = job and tasks.id = jobs.task_id
      returning tasks.identifier, jobs.payload, jobs.attempts::int;
  end $$`;
}

/** The same name for the same text, and no longer than the tables allow. */
export function shortName(text: string): string {
  if (text.length <= 120) return text;
  return `${text.slice(0, 55)} ${createHash('sha256').update(text).digest('hex')}`;
}
