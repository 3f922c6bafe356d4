import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, vi } from 'vitest';
import type { Failure } from '../../src/queue/in-process.ts';
import { GraphileQueue } from '../../src/queue/postgres.ts';
import { freeLostTasks, tidyTasks } from '../../src/queue/postgres/lost-tasks.ts';
import { prepareQueue } from '../../src/queue/postgres/schema.ts';
import { needsPostgres } from '../needs.ts';
import { findPostgres, freshSchema, startPostgres, type PostgresServer } from '../postgres/server.ts';
import { queueContract, whoseOf, type Opened, type Payloads } from './contract.ts';

let server: PostgresServer;
let pool: pg.Pool;
beforeAll(async () => {
  if (findPostgres() === null) return;
  server = await startPostgres();
  pool = newPool();
}, 60_000);
afterAll(async () => {
  await pool?.end();
  await server?.stop();
}, 60_000);

function newPool(): pg.Pool {
  const made = new pg.Pool({ connectionString: server.address, max: 30 });
  made.on('error', () => undefined);
  made.on('connect', (client) => client.on('error', () => undefined));
  return made;
}

/** The contract's queues share tables, and have a place each. */
let shared: Promise<string> | null = null;
function sharedSchema(): Promise<string> {
  shared ??= (async () => {
    const schema = freshSchema();
    await prepareQueue(pool, schema);
    return schema;
  })();
  return shared;
}

async function openNew(): Promise<Opened> {
  const schema = await sharedSchema();
  const place = freshSchema();
  let time = 1_000_000;
  const now = (): number => time;
  const queue = new GraphileQueue<Payloads>({ pool, schema, place, now, whoseOf });
  // In place of a clock that moves on, the times of tasks move back.
  const pass = async (milliseconds: number): Promise<void> => {
    time += milliseconds;
    await pool.query(
      `update "${schema}"._private_jobs as jobs set run_at = run_at - $1 * interval '1 millisecond'
       from "${schema}"._private_tasks as tasks where tasks.id = jobs.task_id and starts_with(identifier, $2)`,
      [milliseconds, `${place}/`],
    );
    await queue.drain();
  };
  return { queue, pass, now };
}

const pgTest = needsPostgres();
if (findPostgres() === null) pgTest('keeps the contract of a queue', () => undefined);
else queueContract('in PostgreSQL', openNew);

const task = (text: string, queue = text) => ({ name: 'note', key: text, queue, payload: { text } }) as const;

/** Queues of one place, as several processes have it. */
async function places(schema: string, count: number, onFailure?: (failure: Failure) => void) {
  await prepareQueue(pool, schema);
  return Array.from({ length: count }, () => {
    const queue = new GraphileQueue<Payloads>({
      pool,
      schema,
      place: 'prod',
      now: Date.now,
      ...(onFailure && { onFailure }),
    });
    onTestFinished(() => queue.stop());
    return queue;
  });
}

describe('queues of several processes', () => {
  pgTest('run each task once, and those of one queue one after the other', async () => {
    const [one, other] = await places(freshSchema(), 2);
    const runs: string[] = [];
    let atOnce = 0;
    let most = 0;
    const tasks = {
      note: async ({ text }: { readonly text: string }) => {
        runs.push(text);
        most = Math.max(most, (atOnce += 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
        atOnce -= 1;
      },
      other: async () => {},
    };
    one!.start(tasks);
    other!.start(tasks);
    const texts = Array.from({ length: 30 }, (_, n) => `task ${n}`);
    await Promise.all(texts.map((text, n) => (n % 2 ? one : other)!.add(task(text, 'repository'))));
    await Promise.all([one!.drain(), other!.drain()]);
    expect(runs.toSorted()).toEqual(texts.toSorted());
    expect(most).toBe(1);
  });

  pgTest('leave the tasks of another place alone', async () => {
    const schema = freshSchema();
    const [prod] = await places(schema, 1);
    const staging = new GraphileQueue<Payloads>({ pool, schema, place: 'staging', now: Date.now });
    onTestFinished(() => staging.stop());
    const [ran, alsoRan] = [
      vi.fn<() => Promise<void>>(async () => {}),
      vi.fn<() => Promise<void>>(async () => {}),
    ];
    prod!.start({ note: ran, other: ran });
    await prod!.add(task('same key'));
    await staging.add(task('same key'));
    await prod!.drain();
    expect(ran).toHaveBeenCalledOnce();
    staging.start({ note: alsoRan, other: alsoRan });
    await staging.drain();
    expect(alsoRan).toHaveBeenCalledOnce();
  });

  pgTest('keep what is due now when another process adds the same for later', async () => {
    const [one, other] = await places(freshSchema(), 2);
    const run = vi.fn<() => Promise<void>>(async () => {});
    await Promise.all([
      ...Array.from({ length: 10 }, () => other!.add(task('a'), Date.now() + 3_600_000)),
      one!.add(task('a')),
      ...Array.from({ length: 10 }, () => other!.add(task('a'), Date.now() + 3_600_000)),
    ]);
    one!.start({ note: run, other: run });
    await one!.drain();
    expect(run).toHaveBeenCalledOnce();
  });
});

describe('a process that is killed', () => {
  pgTest('loses no task: another one runs what it had begun, and what waited behind that', async () => {
    const schema = freshSchema();
    const [survivor] = await places(schema, 1);
    const child = spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), server.address, schema], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await survivor!.add(task('a', 'repository'));
    await survivor!.add(task('b', 'repository'));
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const runs: string[] = [];
    survivor!.start({ note: async ({ text }) => void runs.push(text), other: async () => {} });
    await vi.waitFor(() => expect(survivor!.pools).toHaveLength(1));
    expect(runs).toEqual([]);
    expect(await freeLostTasks(pool, survivor!.pools, { schema })).toEqual([]);
    expect(await freeLostTasks(pool, survivor!.pools, { schema, young: 0 })).toHaveLength(1);
    await survivor!.drain();
    expect(runs).toEqual(['a', 'b']);
  });
});

pgTest('a queue goes on when the database restarts, with what ran then', { timeout: 60_000 }, async () => {
  const schema = freshSchema();
  const failures: Failure[] = [];
  const [queue] = await places(schema, 1, (failure) => void failures.push(failure));
  const runs: string[] = [];
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  queue!.start({
    note: async ({ text }) => {
      runs.push(text);
      if (text !== 'a') return;
      begun.resolve();
      await goOn.promise;
    },
    other: async () => {},
  });
  await queue!.add(task('a', 'repository'));
  await queue!.add(task('b', 'repository'));
  await begun.promise;
  await server.restart('immediate', 200);
  goOn.resolve();
  await vi.waitFor(() => expect(runs).toEqual(['a', 'b']), { timeout: 30_000, interval: 50 });
  expect(failures).toEqual([]);
});

pgTest('a queue goes on however often its connections are cut', { timeout: 60_000 }, async () => {
  const schema = freshSchema();
  const [queue] = await places(schema, 1);
  const runs = new Set<string>();
  queue!.start({ note: async ({ text }) => void runs.add(text), other: async () => {} });
  for (let n = 0; n < 6; n += 1) {
    const added = vi.waitFor(() => queue!.add(task(`task ${n}`, 'repository')), { timeout: 10_000 });
    await server.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()',
    );
    await added;
  }
  await vi.waitFor(
    async () => {
      // What ended while nobody could be told is begun again.
      await freeLostTasks(pool, queue!.pools, { schema, young: 0 });
      expect(runs.size).toBe(6);
    },
    { timeout: 40_000, interval: 100 },
  );
});

pgTest('each failure is told, with when it is tried again', async () => {
  const failures: Failure[] = [];
  const [queue] = await places(freshSchema(), 1, (failure) => void failures.push(failure));
  const error = new Error('broken');
  queue!.start({ note: () => Promise.reject(error), other: async () => {} });
  await queue!.add(task('a'));
  await queue!.drain();
  expect(failures).toEqual([{ key: 'a', error, failures: 1, nextAt: expect.any(Number) }]);
});

pgTest('tasks are counted by name, those that run and those that are due', async () => {
  const [queue] = await places(freshSchema(), 1);
  const end = Promise.withResolvers<void>();
  const run = vi.fn<() => Promise<void>>(() => end.promise);
  queue!.start({ note: run, other: async () => {} });
  await queue!.add(task('a', 'q'));
  await vi.waitFor(() => expect(run).toHaveBeenCalledOnce());
  await queue!.add(task('b', 'q'));
  await queue!.add(task('later'), Date.now() + 600_000);
  await queue!.count();
  expect(queue!.counts()).toEqual([{ name: 'note', waiting: 2, running: 1, overdue: expect.any(Number) }]);
  end.resolve();
  await queue!.drain();
  await queue!.count();
  expect(queue!.counts()).toEqual([{ name: 'note', waiting: 1, running: 0, overdue: 0 }]);
});

pgTest('names longer than the tables allow stay apart', async () => {
  const [queue] = await places(freshSchema(), 1);
  const runs: string[] = [];
  queue!.start({ note: async ({ text }) => void runs.push(text), other: async () => {} });
  const long = 'x'.repeat(600);
  await queue!.add(task(`${long}a`));
  await queue!.add(task(`${long}b`));
  await queue!.drain();
  expect(runs.toSorted()).toEqual([`${long}a`, `${long}b`]);
});

pgTest('names of queues that nobody needs any more are removed', async () => {
  const schema = freshSchema();
  const [queue] = await places(schema, 1);
  queue!.start({ note: async () => {}, other: async () => {} });
  await queue!.add(task('a'));
  await queue!.drain();
  await tidyTasks(pool, schema);
  expect(await server.query(`select 1 from "${schema}"._private_job_queues`)).toEqual([]);
});
