import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { deployment, recordedCluster } from './made-service.ts';
import { manyWorkloads } from './many-workloads.ts';
import { installationsOf, recordedIn, serviceOn } from './on-stand-in.ts';

const TIMEOUT = { timeout: 120_000 };

/** Command lines of the processes that are started from now on. */
function startedFromNow(): string[] {
  const started: string[] = [];
  const { spawn } = childProcess;
  const counting = (...args: readonly unknown[]): unknown => {
    const [command, rest] = args as [string, unknown];
    // The stand-in serves fetches with git.
    if (!JSON.stringify(rest).includes('upload-pack'))
      started.push([command, ...(Array.isArray(rest) ? (rest as string[]) : [])].join(' '));
    return Reflect.apply(spawn, childProcess, args);
  };
  childProcess.spawn = counting as typeof spawn;
  syncBuiltinESMExports();
  onTestFinished(() => {
    childProcess.spawn = spawn;
    syncBuiltinESMExports();
  });
  return started;
}

/** A service that has proposed what its cluster shows: three workloads, each of a kustomization. */
async function madeStanding() {
  const github = await startGitHub();
  onTestFinished(async () => {
    await github.close();
    expect(github.violations).toEqual([]);
  });
  const { files, cluster } = manyWorkloads(3);
  const kustomizations = Object.keys(files).map((path): readonly [string, string] => {
    const [folder, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
    return [`${folder}/kustomization.yaml`, `resources: [${name}]\n`];
  });
  const repository = github.repository('acme/infra', {
    files: { ...files, ...Object.fromEntries(kustomizations) },
  });
  const snapshot = madeFolder(cluster);
  const problems: string[] = [];
  const service = serviceOn(github, {
    store: await openMemoryStore(),
    clusters: [recordedIn(snapshot, 'prod')],
    mirrors: join(madeFolder(), 'mirrors'),
    problem: (facts) => void problems.push(JSON.stringify(facts)),
  });
  onTestFinished(() => void service.queue.stop());
  const installations = installationsOf(github);
  for (const found of await installations.list()) service.add(await installations.hostFor(found));
  const scan = async (): Promise<void> => {
    github.clock.advance(60_000);
    await service.scan('prod');
    expect(problems).toEqual([]);
  };
  await scan();
  return { github, repository, snapshot, scan };
}

test('a scan that finds what the last one found starts no process but the fetch', TIMEOUT, async () => {
  const { repository, scan } = await madeStanding();
  expect(repository.pulls()).toHaveLength(3);
  // The branches of the pull requests are new to the mirror.
  await scan();
  const started = startedFromNow();
  await scan();
  expect(started).toHaveLength(2);
  expect(started).toEqual([expect.stringContaining(' fetch '), expect.stringContaining(' for-each-ref ')]);
});

test('one more incident costs nothing of those that stand', TIMEOUT, async () => {
  const { repository, snapshot, scan } = await madeStanding();
  const ana = repository.person('ana', 'write');
  ana.push('main', { 'other/cart.yaml': deployment('512Mi') });
  await scan();
  await scan();
  const cart = recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z');
  writeFiles(snapshot, { 'cluster/zz-cart.yaml': cart });
  const started = startedFromNow();
  await scan();
  expect(repository.pulls()).toHaveLength(4);
  // The new one is a plain manifest, which no program renders.
  expect(started.filter((line) => !line.startsWith('git '))).toEqual([]);
});

test('a value that is changed by hand is seen at once', TIMEOUT, async () => {
  const { repository, scan } = await madeStanding();
  const ana = repository.person('ana', 'write');
  const path = 'apps/stall-001/stall-001.yaml';
  ana.push('main', { [path]: repository.files().get(path)!.replace('512Mi', '768Mi') });
  await scan();
  const states = repository
    .pulls()
    .map(({ head, state }) => `${head.split('/').at(-1)!.slice(0, 9)} ${state}`);
  expect(states.toSorted()).toEqual(['stall-000 open', 'stall-001 closed', 'stall-002 open']);
});
