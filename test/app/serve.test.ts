import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { deployment, recordedCluster } from '../service/made-service.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const PATIENCE = { timeout: 20_000, interval: 50 };

/** A port that was free a moment ago: Probot takes 0 for its default. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('faultline serve answers webhooks as soon as it listens, until it is told to stop', async () => {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  const ana = github.person('ana', 'write');
  const folder = madeFolder();
  writeFiles(folder, {
    'faultline-service.yml': 'clusters: {prod: {snapshot: snapshot}}\ninterval: 1h\nfolder: state\n',
    'snapshot/cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
  });
  const port = await freePort();
  const serving = spawn(process.execPath, [MAIN, 'serve'], {
    cwd: folder,
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      HOME: join(folder, 'home'),
      APP_ID: String(github.appId),
      PRIVATE_KEY: github.privateKey,
      WEBHOOK_SECRET: github.webhookSecret,
      GHE_HOST: github.host,
      GHE_PROTOCOL: 'http',
      HOST: '127.0.0.1',
      PORT: String(port),
    },
  });
  onTestFinished(() => void serving.kill('SIGKILL'));
  const address = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${address}/ping`)).status).toBe(200), PATIENCE);

  for (const path of ['/api/github/webhooks', '/']) {
    github.deliverTo(`${address}${path}`);
    const issue = ana.openIssue('cart is slow');
    ana.comment(issue, '/rca help');
    await github.webhooks.settled();
    expect(repository.comments(issue).map(({ author }) => author)).toEqual(['ana', github.botLogin]);
  }
  serving.kill('SIGINT');
  expect(await once(serving, 'exit')).toEqual([0, null]);
  // SQLite removes it when the store is closed.
  expect(existsSync(join(folder, 'state/faultline.db-wal'))).toBe(false);
  expect(github.violations).toEqual([]);
});
