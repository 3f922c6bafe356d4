import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../free-port.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { deployment, recordedCluster } from '../service/made-service.ts';
import { serve } from '../service/process.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };

test('faultline serve answers webhooks as soon as it listens, until it is told to stop', async () => {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  const ana = github.person('ana', 'write');
  const folder = madeFolder();
  writeFiles(folder, {
    'faultline-service.yml':
      'clusters: {prod: {snapshot: snapshot}}\ninterval: 1h\nfolder: state\nwritePause: off\nonboarding: none\n',
    'snapshot/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
  });
  // Probot takes 0 for its default.
  const port = await freePort();
  const serving = serve(github, folder, {
    WEBHOOK_SECRET: github.webhookSecret,
    HOST: '127.0.0.1',
    PORT: String(port),
  });
  onTestFinished(() => void serving.kill('SIGKILL'));
  const address = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${address}/ping`)).status).toBe(200), PATIENCE);

  for (const path of ['/api/github/webhooks', '/']) {
    github.deliverTo(`${address}${path}`);
    const issue = ana.openIssue('cart is slow');
    ana.comment(issue, '/rca help');
    await github.webhooks.settled();
    const authors = () => repository.comments(issue).map(({ author }) => author);
    await vi.waitFor(() => expect(authors()).toEqual(['ana', github.botLogin]), PATIENCE);
  }
  serving.kill('SIGINT');
  expect(await once(serving, 'exit')).toEqual([0, null]);
  // SQLite removes it when the store is closed.
  expect(existsSync(join(folder, 'state/faultline.db-wal'))).toBe(false);
  expect(github.violations).toEqual([]);
});

test('SIGTERM ends the process although GitHub does not answer', async () => {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  const folder = madeFolder();
  writeFiles(folder, {
    'faultline-service.yml':
      'clusters: {prod: {snapshot: snapshot}}\npolling: 1h\nfolder: state\nwritePause: off\nonboarding: none\n',
    'snapshot/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
  });
  github.faults.add({
    when: { operation: 'git/create-tree' },
    does: { kind: 'delay', milliseconds: 3_600_000 },
  });
  const serving = serve(github, folder);
  onTestFinished(() => void serving.kill('SIGKILL'));
  // The proposal waits for its tree.
  await vi.waitFor(
    () => expect(github.journal.some(({ operation }) => operation === 'git/create-tree')).toBe(true),
    PATIENCE,
  );
  serving.kill('SIGTERM');
  expect(await once(serving, 'exit')).toEqual([0, null]);
  expect(existsSync(join(folder, 'state/faultline.db-wal'))).toBe(false);
});

test('SIGHUP reads the settings again, and takes none under which nothing would be heard', async () => {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  const folder = madeFolder();
  writeFiles(folder, {
    'faultline-service.yml':
      'clusters: {prod: {snapshot: healthy}}\npolling: 1h\nfolder: state\nwritePause: off\nonboarding: none\n',
    'healthy/cluster/shop.yaml': recordedCluster('512Mi', 0, '2026-03-01T09:55:00Z'),
    'failing/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
  });
  const serving = serve(github, folder);
  onTestFinished(() => void serving.kill('SIGKILL'));
  const dashboards = () => repository.issues().length;
  await vi.waitFor(() => expect(dashboards()).toBeGreaterThan(0), PATIENCE);

  writeFiles(folder, {
    'faultline-service.yml':
      'clusters: {prod: {snapshot: failing}}\npolling: off\nfolder: state\nwritePause: off\nonboarding: none\n',
  });
  serving.kill('SIGHUP');
  const log = () => readFileSync(join(folder, 'serve.log'), 'utf8');
  await vi.waitFor(() => expect(log()).toContain('WEBHOOK_SECRET is missing'), PATIENCE);
  expect(log()).toContain('the earlier ones stay in force');
  expect(repository.pulls()).toEqual([]);

  writeFiles(folder, {
    'faultline-service.yml':
      'clusters: {prod: {snapshot: failing}}\npolling: 1h\nfolder: state\nwritePause: off\nonboarding: none\n',
  });
  serving.kill('SIGHUP');
  await vi.waitFor(() => expect(repository.pulls().length).toBe(1), PATIENCE);
  serving.kill('SIGTERM');
  expect(await once(serving, 'exit')).toEqual([0, null]);
});

test('a settings file that changes as a mounted ConfigMap does is used without a restart', async () => {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  const folder = madeFolder();
  const settings = (snapshot: string): string =>
    `clusters: {prod: {snapshot: ${snapshot}}}\npolling: 1h\nfolder: ${join(folder, 'state')}\nwritePause: off\nonboarding: none\n`;
  writeFiles(folder, {
    'mounted/v1/faultline-service.yml': settings(join(folder, 'healthy')),
    'mounted/v2/faultline-service.yml': `${settings(join(folder, 'failing'))}intervall: 30s\n`,
    'mounted/v3/faultline-service.yml': settings(join(folder, 'failing')),
    'healthy/cluster/shop.yaml': recordedCluster('512Mi', 0, '2026-03-01T09:55:00Z'),
    'failing/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
  });
  const data = join(folder, 'mounted/..data');
  const swap = (version: string): void => {
    symlinkSync(version, `${data}_tmp`);
    renameSync(`${data}_tmp`, data);
  };
  swap('v1');
  symlinkSync('mounted/..data/faultline-service.yml', join(folder, 'faultline-service.yml'));
  const serving = serve(github, folder);
  onTestFinished(() => void serving.kill('SIGKILL'));
  const log = () => readFileSync(join(folder, 'serve.log'), 'utf8');
  await vi.waitFor(() => expect(repository.issues().length).toBeGreaterThan(0), PATIENCE);

  swap('v2');
  await vi.waitFor(() => expect(log()).toContain('the earlier ones stay in force'), PATIENCE);
  expect(log()).toContain('faultline-service.yml:6:1: unknown key \\"intervall\\"');
  expect(repository.pulls()).toEqual([]);

  swap('v3');
  await vi.waitFor(() => expect(repository.pulls().length).toBe(1), PATIENCE);
  expect(log()).toContain('clusters.prod.source.path: ');
  serving.kill('SIGTERM');
  expect(await once(serving, 'exit')).toEqual([0, null]);
});

test.runIf(process.platform === 'linux')(
  'what serve was started with is not to be read in /proc',
  async () => {
    const github = await startGitHub();
    onTestFinished(() => github.close());
    github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
    const folder = madeFolder();
    writeFiles(folder, {
      'faultline-service.yml':
        'clusters: {prod: {snapshot: snapshot}}\ninterval: 1h\nfolder: state\nonboarding: none\n',
      'snapshot/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
    });
    const port = await freePort();
    const serving = serve(github, folder, {
      WEBHOOK_SECRET: 'canary-webhook-secret',
      OTHER_PASSWORD: 'canary-other-password',
      HOST: '127.0.0.1',
      PORT: String(port),
    });
    onTestFinished(() => void serving.kill('SIGKILL'));
    await vi.waitFor(
      async () => expect((await fetch(`http://127.0.0.1:${port}/ping`)).status).toBe(200),
      PATIENCE,
    );
    // The process that serves is the one that was started: nothing stands between that could keep them.
    const environments = [serving.pid!, ...descendantsOf(serving.pid!)].map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1');
      } catch {
        return '';
      }
    });
    for (const secret of ['canary-', 'PRIVATE KEY', github.privateKey])
      expect(environments.filter((text) => text.includes(secret))).toEqual([]);
  },
);

function descendantsOf(pid: number): readonly number[] {
  const children = readdirSync('/proc').filter((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
    } catch {
      return false;
    }
  });
  return children.map(Number).flatMap((child) => [child, ...descendantsOf(child)]);
}
