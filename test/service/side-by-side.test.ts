import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { WatchedCluster } from '../../src/service/clusters.ts';
import { withinTime } from '../../src/concurrency/time-limit.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { clusterThatOpens } from './made-cluster.ts';
import { madeService, recordedCluster, type MadeService } from './made-service.ts';
import { recordedIn } from './on-stand-in.ts';

function requests({ github }: MadeService) {
  const from = github.journal.length;
  return () => {
    const asked = github.journal.slice(from).filter(({ path }) => !path.endsWith('_tokens'));
    const of = (kind: string) => asked.filter((one) => one.kind === kind).length;
    return { fetches: of('git'), calls: of('rest') + of('graphql') };
  };
}

/** Another cluster in which nothing of it fails. */
function quietCluster(name: string): WatchedCluster {
  const folder = join(madeFolder(), name);
  writeFiles(folder, {
    'snapshot.yaml': `cluster: ${name}\ncapturedAt: 2026-03-01T10:01:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n`,
    'cluster/shop.yaml': recordedCluster('512Mi', 0, '2026-03-01T09:55:01Z'),
  });
  return recordedIn(folder, name);
}

describe('clusters and repositories', { timeout: 120_000 }, () => {
  test('an idle scan of three clusters costs one fetch, and the calls of one cluster', async () => {
    const one = await madeService();
    await one.service.scanAll();
    const three = await one.startAgain(one.store, [quietCluster('eu'), quietCluster('us')]);
    for (let times = 0; times < 2; times += 1) {
      one.github.clock.advance(60_000);
      await three.service.scanAll();
    }
    one.github.clock.advance(60_000);
    const asked = requests(one);
    await three.service.scanAll();
    const ofThree = asked();

    const alone = await one.startAgain(one.store);
    for (let times = 0; times < 2; times += 1) {
      one.github.clock.advance(60_000);
      await alone.service.scanAll();
    }
    one.github.clock.advance(60_000);
    const askedAlone = requests(one);
    await alone.service.scanAll();
    expect(ofThree).toEqual(askedAlone());
    expect(one.errors).toEqual([]);
  });

  test('a cluster that never answers delays no other, and is not asked twice at once', async () => {
    let opened = 0;
    const dead = clusterThatOpens('dead', () => {
      opened += 1;
      return new Promise(() => {});
    });
    const made = await madeService();
    const again = await made.startAgain(made.store, [dead]);
    void again.service.watch('dead');
    await again.service.scan('prod');
    expect(made.repository.pulls()).toHaveLength(1);
    expect(await again.service.watch('dead')).toEqual([]);
    expect(opened).toBe(1);
  });

  test('a repository that cannot be fetched delays no other', async () => {
    const made = await madeService();
    const { github } = made;
    const other = github.repository('acme/other', { files: { 'README.md': 'nothing' } });
    github.faults.add({
      when: { kind: 'git', path: /acme\/other/ },
      times: 1000,
      does: { kind: 'delay', milliseconds: 20_000 },
    });
    const again = await made.startAgain(made.store);
    expect(again.service.serves(other.slug)).toBe(true);
    void again.service.scanAll();
    await vi.waitFor(() => expect(made.repository.pulls()).toHaveLength(1), 60_000);
    github.faults.clear();
  });
});

test('work that takes too long is not waited for', async () => {
  const never = new Promise<never>(() => {});
  await expect(withinTime(never, 5, 'reading')).rejects.toThrow('reading took longer');
  expect(await withinTime(Promise.resolve(1), 5, 'reading')).toBe(1);
});
