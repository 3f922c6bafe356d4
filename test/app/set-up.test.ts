import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../free-port.ts';
import { madeFolder } from '../git/made-repository.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const APP = new URL('../../app.yml', import.meta.url).pathname;

function firstStart(folder: string, port: number) {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: folder, PORT: String(port), HOST: '127.0.0.1' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('a first start offers a manifest that GitHub takes: no webhook, and no address of this machine for one', async () => {
  const folder = madeFolder();
  copyFileSync(APP, join(folder, 'app.yml'));
  const port = await freePort();
  const child = firstStart(folder, port);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const page = await vi.waitFor(async () => (await fetch(`http://127.0.0.1:${port}/probot`)).text(), {
    timeout: 20_000,
    interval: 50,
  });
  const [, written = ''] = /name="manifest"[^>]*value='([^']*)'/.exec(page) ?? [];
  const manifest = JSON.parse(written) as Record<string, unknown>;
  expect(manifest).toMatchObject({
    hook_attributes: { url: expect.stringMatching(/^https:\/\/[^/]*\.example\.com\//), active: false },
    public: false,
  });
  expect(said).not.toContain('smee');
});

test('a first start in a folder without app.yml says what is missing', async () => {
  const child = firstStart(madeFolder(), await freePort());
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said).toContain('no app.yml');
});
