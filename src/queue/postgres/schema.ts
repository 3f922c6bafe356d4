import { createHash } from 'node:crypto';
import type { Pool } from 'pg';

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
    identifier text, payload json, queue text, delay double precision, attempts int, task_key text
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
      job_key := task_key
    );
  end $$`;
}

/** The same name for the same text, and no longer than the tables allow. */
export function shortName(text: string): string {
  if (text.length <= 120) return text;
  return `${text.slice(0, 55)} ${createHash('sha256').update(text).digest('hex')}`;
}
