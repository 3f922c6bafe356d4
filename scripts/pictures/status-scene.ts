import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statusSite } from '../../src/commands/status-site.ts';
import { Observation } from '../../src/observation/observation.ts';
import { StatusViews } from '../../src/service/status/status-views.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import { startGitHub } from '../../test/github/stand-in/start.ts';
import { commented } from '../../test/service/conversation.ts';
import { installationsOf, recordedIn, serviceOn } from '../../test/service/on-stand-in.ts';
import { demoFolder } from '../demo-repository.ts';

const CLUSTER = 'saltmarsh-prod';
/** A moment after the demo's cluster was recorded. */
const NOW = Date.parse('2026-05-21T10:42:00Z');

export interface StatusScene {
  /** `http://127.0.0.1:…`, without a slash. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * The status page of the service as it runs on the demo's repository and cluster: some proposals are open, one is merged, and people have
 * given commands.
 *
 * @param history a repository with the demo's commits
 */
export async function statusScene(history: string): Promise<StatusScene> {
  const github = await startGitHub({ now: NOW });
  const folder = mkdtempSync(join(tmpdir(), 'faultline-pictures-'));
  const store = await openMemoryStore();
  const repository = github.repository('saltmarsh-ferries/platform', { files: { 'README.md': '' } });
  const ana = github.person('ana', 'write');
  execFileSync('git', ['fetch', '--quiet', '--force', history, 'main:main'], { cwd: repository.folder });
  const service = serviceOn(github, {
    store,
    clusters: [recordedIn(join(demoFolder, 'snapshot'), CLUSTER)],
    mirrors: join(folder, 'mirrors'),
    problem: (facts) => console.error(facts),
  });
  const installations = installationsOf(github);
  for (const found of await installations.list()) service.add(await installations.hostFor(found));
  await service.scan(CLUSTER);
  const pull = repository.pulls().find(({ title }) => title.includes('seatmap'))!;
  await service.comment(repository.slug, commented(github, pull.number, ana, '/rca snooze 24h'));
  github.clock.advance(9 * 60_000);
  ana.merge(repository.pulls().find(({ title }) => title.includes('fares'))!.number);
  await service.scan(CLUSTER);
  github.clock.advance(40_000);
  const observation = new Observation(github.clock.now);
  const source = new StatusViews({ service: () => service, store, now: github.clock.now });
  observation.serveSite(statusSite({ access: { token: null, proxy: null }, source, log: console }));
  const server = await observation.listen({ host: '127.0.0.1', port: 0 });
  return {
    address: `http://127.0.0.1:${server.port}`,
    close: async () => {
      await server.close();
      await service.queue.stop();
      await store.close();
      await github.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
