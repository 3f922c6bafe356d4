import type { Pool } from 'pg';
import { QUEUE_SCHEMA } from './schema.ts';

/** A lock that is younger may be of a queue that has not told of itself yet, in milliseconds. */
const YOUNG = 10_000;

/**
 * Frees tasks that were begun by queues that are gone: they run again, on whoever takes them next. By itself the engine would wait four hours.
 *
 * @param alive ids of the {@link GraphileQueue.pools} of all processes that live
 * @param young milliseconds
 * @returns the ids of those that are gone
 */
export async function freeLostTasks(
  pool: Pool,
  alive: readonly string[],
  { schema = QUEUE_SCHEMA, young = YOUNG }: { readonly schema?: string; readonly young?: number } = {},
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ readonly locked_by: string }>(
    `select distinct locked_by from (
       select locked_by, locked_at from "${schema}"._private_jobs
       union all select locked_by, locked_at from "${schema}"._private_job_queues
     ) as locked
     where locked_by is not null and locked_by <> all($1)
       and locked_at < clock_timestamp() - $2 * interval '1 millisecond'`,
    [alive, young],
  );
  const gone = rows.map(({ locked_by }) => locked_by);
  if (gone.length > 0) await pool.query(`select "${schema}".force_unlock_workers($1)`, [gone]);
  return gone;
}

/** Removes what nobody needs any more: names of queues, and tasks that were given up. */
export async function tidyTasks(pool: Pool, schema = QUEUE_SCHEMA): Promise<void> {
  const { Logger, makeWorkerUtils } = await import('graphile-worker');
  const tools = await makeWorkerUtils({ pgPool: pool, schema, logger: new Logger(() => () => undefined) });
  try {
    // Of settings that no replica has any more.
    await pool.query(
      `delete from "${schema}"._private_jobs where locked_at is null and run_at < clock_timestamp() - interval '7 days'`,
    );
    await tools.cleanup({ tasks: ['DELETE_PERMAFAILED_JOBS', 'GC_JOB_QUEUES'] });
  } finally {
    await tools.release();
  }
}
