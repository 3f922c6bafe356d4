import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../free-port.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { signed } from '../github/stand-in/webhooks/deliveries.ts';
import { serve } from '../service/process.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const APP = new URL('../../app.yml', import.meta.url).pathname;

test('faultline serve refuses long bodies and odd payloads', async () => {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  const folder = madeFolder();
  writeFiles(folder, {
    'faultline-service.yml': 'clusters: {prod: {snapshot: snapshot}}\ninterval: 1h\nfolder: state\n',
    'snapshot/cluster/empty.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
  });
  const port = await freePort();
  const serving = serve(github, folder, {
    WEBHOOK_SECRET: github.webhookSecret,
    HOST: '127.0.0.1',
    PORT: String(port),
  });
  onTestFinished(() => void serving.kill('SIGKILL'));
  const address = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${address}/ping`)).status).toBe(200), PATIENCE);
  const post = async (path: string, body: string, more: Record<string, string> = {}): Promise<number> => {
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': 'd1',
      'x-hub-signature-256': signed(github.webhookSecret, body),
      ...more,
    };
    return (await fetch(`${address}${path}`, { method: 'POST', body, headers })).status;
  };
  for (const path of ['/', '/api/github/webhooks']) {
    expect(await post(path, `"${'x'.repeat(26_000_000)}"`)).toBe(413);
    expect(await post(path, '[]')).toBe(422);
    expect(await post(path, '{}', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).toBe(400);
    expect(await post(path, '{"zen":"Keep it logically awesome."}', { 'x-github-event': 'ping' })).toBe(200);
  }
});

test('the set-up page takes credentials from itself alone, and keeps them to the owner', async () => {
  const folder = madeFolder();
  writeFileSync(join(folder, '.env'), 'LOG_LEVEL=info\n', { mode: 0o644 });
  copyFileSync(APP, join(folder, 'app.yml'));
  const port = await freePort();
  const serving = spawn(process.execPath, [MAIN, 'serve'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      NO_SMEE_SETUP: 'true',
      HOST: '127.0.0.1',
      PORT: String(port),
    },
  });
  onTestFinished(() => void serving.kill('SIGKILL'));
  let said = '';
  serving.stdout.on('data', (data) => (said += String(data)));
  const ask = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body = '',
  ): Promise<{ readonly status: number; readonly headers: NodeJS.Dict<string | string[]> }> =>
    new Promise((resolve, reject) => {
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const outgoing = request(
        { host: '127.0.0.1', port, method, path, agent: false, headers: { ...(body && length), ...headers } },
        (response) => resolve({ status: response.resume().statusCode!, headers: response.headers }),
      );
      outgoing.on('error', reject).end(body);
    });
  await vi.waitFor(async () => expect((await ask('GET', '/probot', {})).status).toBe(200), PATIENCE);
  const token = await vi.waitFor(() => /\?token=(\w+)/.exec(said)![1]!, PATIENCE);

  const here = `localhost:${port}`;
  const json = { 'content-type': 'application/json', host: here };
  const body = JSON.stringify({
    appId: '7',
    pem: '-----BEGIN-----\nabc\n-----END-----\n',
    webhook_secret: 's3cret',
  });
  const post = async (headers: Record<string, string>, text = body): Promise<number> =>
    (await ask('POST', '/probot/import', headers, text)).status;
  expect(await post({ ...json, 'content-type': 'text/plain' })).toBe(415);
  expect(await post({ ...json, origin: 'https://evil.example' })).toBe(403);
  expect(await post({ ...json, origin: 'null' })).toBe(403);
  expect(await post({ ...json, origin: `http://localhost:${port + 1}` })).toBe(403);
  expect(await post({ ...json, 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await post({ ...json, 'sec-fetch-site': 'same-site', origin: `http://${here}` })).toBe(403);
  expect(await post({ ...json, host: 'evil.example', origin: 'http://evil.example' })).toBe(403);
  expect(await post({ ...json, 'x-forwarded-host': 'evil.example' })).toBe(403);
  expect(await post(json, '{')).toBe(400);
  expect(await post(json, '[]')).toBe(400);
  expect(await post(json, JSON.stringify({ appId: '7\nPATH=x', pem: 'a', webhook_secret: 's' }))).toBe(400);
  expect(await post(json, JSON.stringify({ appId: '7', pem: 'a" \u0000', webhook_secret: 's' }))).toBe(400);
  expect(await post(json, 'x'.repeat(200_000))).toBe(413);
  const image = {
    host: here,
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'no-cors',
    'sec-fetch-dest': 'image',
  };
  expect((await ask('GET', '/probot/setup?code=1', image)).status).toBe(403);
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe('LOG_LEVEL=info\n');

  // Under another name, whoever has read the log.
  expect((await ask('GET', '/probot', { host: 'faultline.example' })).status).toBe(403);
  expect((await ask('GET', '/probot?token=0', { host: 'faultline.example' })).status).toBe(403);
  const welcome = await ask('GET', `/probot?token=${token}`, { host: 'faultline.example' });
  expect(welcome.status).toBe(303);
  const cookie = String(welcome.headers['set-cookie']).split(';')[0]!;
  expect((await ask('GET', '/probot', { host: 'faultline.example', cookie })).status).toBe(200);

  expect(await post({ ...json, origin: `http://${here}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(readFileSync(join(folder, '.env'), 'utf8')).toContain('APP_ID=7');
  expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
});
