import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { deployment, recordedCluster } from './made-service.ts';
import { serve } from './process.ts';

/** More than are needed for a pull request and the dashboard. */
const KILLS = 15;
const GREETING = 'Faultline: what it found in this repository';
const FIX = 'fix(cart): raise memory limit to 768Mi';
const DASHBOARD = 'Faultline dashboard';
const PATIENCE = { timeout: 60_000, interval: 50 };

test(
  'a process that dies after every write to GitHub leaves one of everything',
  { timeout: 240_000 },
  async () => {
    const github = await startGitHub();
    onTestFinished(() => github.close());
    const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
    const ana = github.person('ana', 'write');
    const folder = madeFolder();
    writeFiles(folder, {
      'faultline-service.yml':
        'clusters: {prod: {snapshot: snapshot}}\ninterval: 1s\npolling: 1s\nfolder: state\nwritePause: off\nonboarding: none\n',
      'snapshot/snapshot.yaml':
        'cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n',
      'snapshot/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
    });
    let process = serve(github, folder);
    onTestFinished(() => void process.kill('SIGKILL'));
    let kills = 0;
    github.onRequest((_n, moment, { method, path }) => {
      // What was written is there, but its answer never arrives. Tokens are no writes.
      if (moment !== 'done' || method === 'GET' || path.includes('access_tokens') || kills >= KILLS) return;
      kills += 1;
      process.kill('SIGKILL');
    });
    const isSettled = (): boolean =>
      repository.issues().some(({ title, body }) => title === DASHBOARD && body.includes('cart'));
    while (!isSettled()) {
      const died = once(process, 'exit');
      await Promise.race([died, vi.waitFor(() => expect(isSettled()).toBe(true), PATIENCE)]);
      if (process.signalCode === null) break;
      process = serve(github, folder);
    }
    github.onRequest(null);
    if (process.exitCode === null && process.signalCode === null) {
      process.kill('SIGKILL');
      await once(process, 'exit');
    }
    process = serve(github, folder);

    // It goes on as if nothing had been.
    const [pull] = repository.pulls();
    await ana.comment(pull!.number, '/rca status');
    await vi.waitFor(() => expect(repository.comments(pull!.number)).toHaveLength(2), PATIENCE);
    process.kill('SIGTERM');
    expect(await once(process, 'exit')).toEqual([0, null]);

    expect(kills).toBeGreaterThan(5);
    expect(github.violations).toEqual([]);
    expect(repository.pulls()).toMatchObject([{ title: FIX, state: 'open' }]);
    expect(repository.files(pull!.head).get('apps/cart.yaml')).toBe(deployment('768Mi'));
    const titles = repository.issues().map(({ title }) => title);
    expect(titles.toSorted()).toEqual([DASHBOARD, GREETING, FIX].toSorted());
  },
);
