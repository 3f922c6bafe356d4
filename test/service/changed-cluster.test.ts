import { describe, expect, test } from 'vitest';
import { bareSettings, serviceOn, servingOn, installationsOf } from './on-stand-in.ts';
import { madeFolder } from '../git/made-repository.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { ToldCluster } from './made-cluster.ts';
import { madeService } from './made-service.ts';

/** As `serve` runs: the cluster is well, was read once, and from then on says when it changes. */
async function watching() {
  const made = await madeService();
  const { github, snapshot, record } = made;
  record('512Mi', 0);
  const cluster = new ToldCluster('prod', snapshot, null);
  const store = await openMemoryStore();
  const service = serviceOn(github, { store, clusters: [cluster], mirrors: madeFolder() });
  const silent = (): void => {};
  const serving = servingOn(github, service, {
    store,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    settings: {
      ...bareSettings,
      interval: 24 * 3_600_000,
      clusters: [{ name: 'prod', source: { kind: 'recorded', path: snapshot }, repositories: null }],
    },
  });
  for (const found of await installationsOf(github).list())
    service.add(await installationsOf(github).hostFor(found));
  await serving.start();
  await service.queue.drain();
  /** What changed settles. */
  const settle = async (): Promise<void> => {
    // Reading took its time, and then waits for some more.
    github.clock.advance(60_000);
    await service.queue.drain();
  };
  return { ...made, store, record, cluster, serving, service, settle };
}

describe('a merged change', { timeout: 60_000 }, () => {
  test('is called resolved when its quiet time is over, long before the next scan', async () => {
    const { github, ana, record, cluster, settle, repository, service, serving, store } = await watching();
    record('512Mi', 6);
    cluster.tell();
    await settle();
    const [pull] = repository.pulls();
    ana.merge(pull!.number);
    record('768Mi', 0);
    cluster.tell();
    await settle();
    const outcome = async () => (await store.verifications.get('acme/infra', pull!.number))?.outcome;
    expect(await outcome()).toBe('pending');
    github.clock.advance(3_600_000);
    await service.queue.drain();
    expect(await outcome()).toBe('resolved');
    await serving.stop();
  });
});

describe('a cluster that says that it has changed', { timeout: 60_000 }, () => {
  test('is read again at once, and what fails gets its pull request', async () => {
    const { record, cluster, settle, repository, serving } = await watching();
    expect(repository.pulls()).toEqual([]);
    record('512Mi', 6);
    cluster.tell();
    await settle();
    expect(repository.pulls()).toHaveLength(1);
    await serving.stop();
  });

  test('is read once, however often it says so', async () => {
    const { cluster, settle, serving } = await watching();
    const before = cluster.read;
    for (let times = 0; times < 1000; times += 1) cluster.tell();
    await settle();
    expect(cluster.read).toBe(before + 1);
    await serving.stop();
  });

  test('is read at once until that has taken long, and then takes a share of the time', async () => {
    const { github, cluster, service, serving } = await watching();
    cluster.whileReading = () => github.clock.advance(1_500);
    const readWithin = async (milliseconds: number): Promise<number> => {
      const before = cluster.read;
      cluster.tell();
      github.clock.advance(milliseconds);
      await service.queue.drain();
      return cluster.read - before;
    };
    expect(await readWithin(500)).toBe(1);
    expect(await readWithin(500)).toBe(1);
    expect(await readWithin(500)).toBe(0);
    expect(await readWithin(6_000)).toBe(1);
    await serving.stop();
  });

  test('costs no request to GitHub where it shows nothing new', async () => {
    const { github, record, cluster, settle, serving } = await watching();
    record('512Mi', 6);
    cluster.tell();
    await settle();
    const before = github.journal.length;
    // The same failure, once more.
    record('512Mi', 7);
    cluster.tell();
    await settle();
    expect(github.journal.slice(before)).toEqual([]);
    // It is over.
    record('512Mi', 0);
    cluster.tell();
    await settle();
    expect(github.journal.length).toBeGreaterThan(before);
    await serving.stop();
  });

  test('is closed when serving ends, and starts nothing afterwards', async () => {
    const { record, cluster, settle, serving, repository } = await watching();
    await serving.stop();
    expect(cluster.isClosed).toBe(true);
    record('512Mi', 6);
    cluster.tell();
    await settle();
    expect(repository.pulls()).toEqual([]);
  });
});
