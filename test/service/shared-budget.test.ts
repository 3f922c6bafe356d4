import { afterAll, beforeAll, describe, expect } from 'vitest';
import { limitsOf, type Budget, type Calls, type Limits } from '../../src/github/limits.ts';
import { sharedBudget } from '../../src/service/shared-budget.ts';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { needsPostgres } from '../needs.ts';
import { findPostgres, freshSchema, startPostgres, type PostgresServer } from '../postgres/server.ts';

/* Two replicas, each with a connection of its own to one PostgreSQL, write as one installation. */

const test = needsPostgres();
let server: PostgresServer;
beforeAll(async () => {
  if (findPostgres() !== null) server = await startPostgres();
}, 60_000);
afterAll(async () => server?.stop(), 60_000);

const START = Date.parse('2026-03-01T10:00:00Z');
const MINUTE = 60_000;
const fine = { status: 200, headers: {}, data: { id: 1 } };

/** A clock that moves on to the next sleeper when nobody does anything any more. */
function sharedClock() {
  let now = START;
  const count = { busy: 0, left: 0 };
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const sleep = (milliseconds: number): Promise<void> => {
    count.busy -= 1;
    return new Promise((resolve) => {
      const wake = (): void => {
        count.busy += 1;
        resolve();
      };
      sleepers.push({ until: now + milliseconds, wake });
    });
  };
  /** Runs until all of it has ended. */
  const run = async (all: readonly (() => Promise<unknown>)[]): Promise<void> => {
    [count.busy, count.left] = [all.length, all.length];
    const ended = all.map((work) =>
      work().finally(() => {
        count.left -= 1;
        count.busy -= 1;
      }),
    );
    while (count.left > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (count.busy > 0) continue;
      sleepers.sort((one, other) => one.until - other.until);
      const next = sleepers.shift();
      if (next === undefined) continue;
      now = Math.max(now, next.until);
      next.wake();
    }
    await Promise.all(ended);
  };
  return { now: () => now, sleep, run };
}

async function replicas(installations: readonly string[] = ['7']) {
  const schema = freshSchema();
  const clock = sharedClock();
  const stores: { close(): Promise<void> }[] = [];
  const open = async (): Promise<ReadonlyMap<string, Limits>> => {
    const store = await openPostgresStore(server.address, { schema });
    stores.push(store);
    const limitsFor = (budget: Budget): Limits =>
      limitsOf({ graphql: null as never }, clock, { writePause: 1, budget });
    return new Map(installations.map((id) => [id, limitsFor(sharedBudget(store, id))]));
  };
  const all = [await open(), await open()] as const;
  return { all, clock, close: () => Promise.all(stores.map((store) => store.close())) };
}

describe('two replicas of one installation', () => {
  test('never make more writes together than GitHub allows one', { timeout: 120_000 }, async () => {
    const { all, clock, close } = await replicas();
    const writes: number[] = [];
    const write = (calls: Calls) => (): Promise<unknown> =>
      calls.write(async () => {
        writes.push(clock.now());
        return fine;
      });
    await clock.run(
      Array.from({ length: 200 }, (_none, n) => write(all[n % 2]!.get('7')!.calls(`acme/infra-${n}`))),
    );
    await close();
    writes.sort((one, other) => one - other);
    expect(writes).toHaveLength(200);
    for (const [index, at] of writes.entries())
      if (index >= 80) expect(at - writes[index - 80]!).toBeGreaterThanOrEqual(MINUTE);
    // And no fewer: 80 at once, 80 a minute later, the rest after two.
    expect(writes.at(-1)! - START).toBeLessThan(2.5 * MINUTE);
  });

  test('both wait when GitHub closes to one of them', async () => {
    const { all, clock, close } = await replicas();
    const [one, other] = all.map((each) => each.get('7')!.calls('acme/infra'));
    const refused = Object.assign(new Error('You have exceeded a secondary rate limit.'), {
      status: 403,
      request: { method: 'POST', url: 'https://api.github.com/repos/acme/infra/pulls' },
      response: { headers: { 'retry-after': '300' } },
    });
    let isRefused = false;
    const at: number[] = [];
    await clock.run([
      async () => {
        await one!.write(async () => {
          if (!isRefused) {
            isRefused = true;
            throw refused;
          }
          return fine;
        });
      },
    ]);
    const closed = clock.now();
    expect(closed - START).toBe(300_000);
    isRefused = false;
    await clock.run([
      () =>
        one!.write(async () => {
          if (!isRefused) {
            isRefused = true;
            throw refused;
          }
          at.push(clock.now());
          return fine;
        }),
      async () => {
        await clock.sleep(1_000);
        await other!.write(async () => {
          at.push(clock.now());
          return fine;
        });
      },
    ]);
    await close();
    expect(at.every((time) => time - closed >= 300_000)).toBe(true);
    expect(at).toHaveLength(2);
  });

  test('let a repository that comes late write before those that wrote before it write again', async () => {
    const { all, clock, close } = await replicas();
    const order: string[] = [];
    const writing =
      (replica: number, repository: string, count: number, after = 0) =>
      async (): Promise<void> => {
        const calls = all[replica]!.get('7')!.calls(repository);
        await clock.sleep(after);
        for (let n = 0; n < count; n += 1)
          await calls.locked(() =>
            calls.write(async () => {
              order.push(repository);
              return fine;
            }),
          );
      };
    const storm = Array.from({ length: 30 }, (_none, n) => writing(0, `acme/storm-${n}`, 4));
    await clock.run([...storm, writing(1, 'acme/late', 1, 10)]);
    await close();
    expect(order).toHaveLength(121);
    // 80 were made at once; then each of the others waits for its next place, and the late one behind them.
    expect(order.indexOf('acme/late')).toBeLessThanOrEqual(80 + 30);
    expect(order.slice(80, 110).filter((name) => name === 'acme/storm-0').length).toBeLessThanOrEqual(2);
  });

  test('spend nothing of another installation', async () => {
    const { all, clock, close } = await replicas(['7', '8']);
    let last = 0;
    await clock.run(
      Array.from(
        { length: 80 },
        (_none, n) => () =>
          all[n % 2]!.get('7')!
            .calls(`acme/infra-${n}`)
            .write(async () => fine),
      ),
    );
    await clock.run([
      () =>
        all[0]
          .get('8')!
          .calls('other/infra')
          .write(async () => {
            last = clock.now();
            return fine;
          }),
    ]);
    await close();
    expect(last - START).toBeLessThan(MINUTE);
  });
});
