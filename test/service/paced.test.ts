import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { madeFolder } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { manyWorkloads } from './many-workloads.ts';
import { installationsOf, recordedIn, serviceOn } from './on-stand-in.ts';

const PAUSE = 1_000;

/** Six incidents in one repository, and GitHub at the pace that it asks for. */
async function madeStalls() {
  const github = await startGitHub();
  onTestFinished(async () => {
    await github.close();
    expect(github.violations).toEqual([]);
  });
  const { files, cluster } = manyWorkloads(6);
  const repository = github.repository('acme/infra', {
    files: { ...files, '.github/faultline.yml': 'dashboard: false\n' },
  });
  const slept: number[] = [];
  const clock = {
    now: github.clock.now,
    sleep: async (milliseconds: number) => {
      slept.push(milliseconds);
      github.clock.advance(milliseconds);
    },
  };
  const service = serviceOn(github, {
    store: await openMemoryStore(),
    clusters: [recordedIn(madeFolder(cluster), 'prod')],
    mirrors: join(madeFolder(), 'mirrors'),
  });
  onTestFinished(() => void service.queue.stop());
  const installations = installationsOf(github, clock, null, PAUSE);
  for (const found of await installations.list()) service.add(await installations.hostFor(found));
  return { github, repository, service, slept };
}

test(
  'a scan opens what GitHub takes at once, waits for nothing, and the rest is opened bit by bit',
  { timeout: 120_000 },
  async () => {
    const { github, repository, service, slept } = await madeStalls();
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(2);
    // Nothing is due before GitHub takes more, however often somebody asks.
    await service.queue.drain();
    expect(repository.pulls()).toHaveLength(2);
    for (const opened of [4, 6]) {
      github.clock.advance(10 * PAUSE);
      await service.queue.drain();
      expect(repository.pulls()).toHaveLength(opened);
    }
    expect(slept).toEqual([]);
    const writes = github.journal.filter(({ method, kind }) => kind === 'rest' && method !== 'GET');
    const made = writes.filter(({ path }) => !path.endsWith('_tokens'));
    expect(made).toHaveLength(6 * 4);
    github.clock.advance(60_000);
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(6);
  },
);
