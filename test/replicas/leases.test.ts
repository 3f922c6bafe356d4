import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest';
import { Leases, TAKES } from '../../src/replicas/leases.ts';
import { newClient } from '../../src/store/postgres/pool.ts';
import { startProxy, type TcpProxy } from '../live/tcp-proxy.ts';
import { needsPostgres } from '../needs.ts';
import { findPostgres, freshSchema, startPostgres, type PostgresServer } from '../postgres/server.ts';

let server: PostgresServer;
beforeAll(async () => {
  if (findPostgres() !== null) server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop(), 60_000);

const pgTest = needsPostgres();
const SOON = { timeout: 25_000, interval: 20 };

interface Made {
  readonly leases: Leases;
  readonly proxy: TcpProxy;
  /** What it was told, in order. */
  readonly told: string[];
}

/** Replicas of one schema, each with a network of its own. */
async function replicas(count: number, names: readonly string[]): Promise<readonly Made[]> {
  const schema = freshSchema();
  await server.query(`create schema "${schema}"`);
  const all = names.map((name) => ({ name, locks: [`cluster ${name}`] }));
  const made: Made[] = [];
  for (let n = 0; n < count; n += 1) {
    const proxy = await startProxy(`http://127.0.0.1:${server.port}`);
    const address = `postgres://faultline@127.0.0.1:${new URL(proxy.address).port}/postgres`;
    const told: string[] = [];
    const leases = new Leases({
      id: `replica ${n}`,
      connect: () => newClient(address),
      schema,
      all,
      pools: () => [],
      taken: (name) => void told.push(`taken ${name}`),
      lost: (name) => void told.push(`lost ${name}`),
      letGo: async (name) => void told.push(`let go ${name}`),
      trouble: () => undefined,
    });
    onTestFinished(async () => {
      await leases.close();
      await proxy.close();
    });
    made.push({ leases, proxy, told });
  }
  return made;
}

const heldBy = (made: readonly Made[]): readonly string[] => made.flatMap(({ leases }) => leases.held);

pgTest('each lease is held by one replica, and all replicas have a part', { timeout: 60_000 }, async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const made = await replicas(3, names);
  made[0]!.leases.start();
  await vi.waitFor(() => expect(heldBy(made)).toHaveLength(6), SOON);
  for (const one of made.slice(1)) one.leases.start();
  await vi.waitFor(() => expect(made.map(({ leases }) => leases.held.length)).toEqual([2, 2, 2]), SOON);
  expect(heldBy(made).toSorted()).toEqual(names);
});

pgTest('no replica has none while another one has two', { timeout: 60_000 }, async () => {
  const made = await replicas(3, ['a', 'b', 'c', 'd']);
  made[0]!.leases.start();
  await vi.waitFor(() => expect(heldBy(made)).toHaveLength(4), SOON);
  for (const one of made.slice(1)) one.leases.start();
  await vi.waitFor(
    () => expect(made.map(({ leases }) => leases.held.length).toSorted()).toEqual([1, 1, 2]),
    SOON,
  );
});

pgTest('nothing is left to a replica that is gone', { timeout: 90_000 }, async () => {
  const made = await replicas(3, ['a', 'b', 'c', 'd']);
  for (const { leases } of made) leases.start();
  await vi.waitFor(
    () => expect(made.map(({ leases }) => leases.held.length).toSorted()).toEqual([1, 1, 2]),
    SOON,
  );
  const [gone, ...others] = made.toSorted((one, other) => other.leases.held.length - one.leases.held.length);
  const before = others.map(({ told }) => told.length);
  gone!.proxy.goSilent();
  await vi.waitFor(() => expect(heldBy(others)).toHaveLength(4), SOON);
  // Until it is forgotten, and a while longer.
  await gone!.leases.close();
  const since = others.flatMap(({ told }, index) => told.slice(before[index]));
  expect(since.filter((one) => one.startsWith('let go'))).toEqual([]);
  expect(since.filter((one) => one.startsWith('taken'))).toHaveLength(2);
});

pgTest('a replica that leaves lets another one take over at once', { timeout: 60_000 }, async () => {
  const [one, other] = await replicas(2, ['a']);
  one!.leases.start();
  await vi.waitFor(() => expect(one!.leases.held).toEqual(['a']), SOON);
  other!.leases.start();
  await one!.leases.close();
  const left = performance.now();
  await vi.waitFor(() => expect(other!.leases.mayAct('a')).toBe(true), SOON);
  expect(performance.now() - left).toBeLessThan(TAKES - 2_000);
});

pgTest(
  'a replica that is cut off acts no more before another one takes over, and learns of it',
  { timeout: 90_000 },
  async () => {
    const [one, other] = await replicas(2, ['a']);
    one!.leases.start();
    await vi.waitFor(() => expect(one!.leases.mayAct('a')).toBe(true), SOON);
    other!.leases.start();
    let both = 0;
    const looking = setInterval(() => {
      if (one!.leases.mayAct('a') && other!.leases.mayAct('a')) both += 1;
    }, 5);
    // Nobody is told: the database still sees the connection.
    one!.proxy.goSilent();
    const cut = performance.now();
    await vi.waitFor(() => expect(other!.leases.mayAct('a')).toBe(true), SOON);
    expect(performance.now() - cut).toBeLessThan(20_000);
    expect(one!.leases.mayAct('a')).toBe(false);
    one!.proxy.resume();
    await vi.waitFor(() => expect(one!.told).toEqual(['taken a', 'lost a']), SOON);
    clearInterval(looking);
    expect(both).toBe(0);
    expect(one!.leases.held).toEqual([]);
  },
);

pgTest('replicas keep what they hold when the database restarts', { timeout: 60_000 }, async () => {
  const made = await replicas(2, ['a', 'b']);
  for (const { leases } of made) leases.start();
  await vi.waitFor(() => expect(made.map(({ leases }) => leases.held.length)).toEqual([1, 1]), SOON);
  const told = made.map((one) => [...one.told]);
  await server.restart('immediate');
  await vi.waitFor(
    async () =>
      expect(
        await server.query(
          `select count(*)::int as count from pg_locks where locktype = 'advisory' and granted`,
        ),
      ).toEqual([{ count: 2 }]),
    SOON,
  );
  expect(made.map((one) => one.told)).toEqual(told);
});
