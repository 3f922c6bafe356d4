import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { isolationNotice } from '../../src/commands/isolation-notice.ts';
import { rendererCheck } from '../../src/doctor/tools.ts';
import { RemoteRenderer } from '../../src/renderers/remote/remote-renderer.ts';
import { freePort } from '../free-port.ts';
import { madeFolder } from '../git/made-repository.ts';
import { needsTool } from '../needs.ts';
import { startedRenderer, TOKEN } from '../renderers/remote/started.ts';
import { faultline } from './command-line.ts';

const built = needsTool('kustomize', 'helm');
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const PATIENCE = { timeout: 30_000, interval: 50 };

describe('faultline renderer', () => {
  built('renders with the token alone, and ends when it is told to', async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [MAIN, 'renderer', '--port', String(port), '--host', '127.0.0.1'], {
      cwd: madeFolder(),
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], FAULTLINE_RENDERER_TOKEN: TOKEN },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const remote = new RemoteRenderer(`http://127.0.0.1:${port}`, TOKEN);
    const status = (): Promise<unknown> => remote.status();
    await vi.waitFor(
      async () => expect(await status()).toMatchObject({ parallel: expect.any(Number) }),
      PATIENCE,
    );
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('does not start without a token on a port', async () => {
    vi.stubEnv('FAULTLINE_RENDERER_TOKEN', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { status, stderr } = await faultline('renderer', '--port', '0');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('FAULTLINE_RENDERER_TOKEN is missing'),
    });
  });

  test('does not start with a token that can be guessed', async () => {
    vi.stubEnv('FAULTLINE_RENDERER_TOKEN', 'short');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { status, stderr } = await faultline('renderer', '--port', '0');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('FAULTLINE_RENDERER_TOKEN is shorter than 16 characters'),
    });
  });

  test.each(['--port=http', '--port=70000', '--parallel=0', '--parallel=many'])(
    'refuses %s',
    async (option) => {
      expect((await faultline('renderer', option)).status).toBe(2);
    },
  );
});

describe('a renderer apart', () => {
  const env = (url: string): NodeJS.ProcessEnv => ({
    FAULTLINE_RENDERER_URL: url,
    FAULTLINE_RENDERER_TOKEN: TOKEN,
  });

  test('that is away is named when a command starts', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await isolationNotice(env(url))).toBe(
      `the renderer at ${url} does not answer (ECONNREFUSED). Nothing is rendered until it does.`,
    );
  });

  test('without namespaces says so in the commands that use it', async () => {
    const warning = 'charts are rendered without namespaces.';
    const server = await startedRenderer({ isolation: { isolation: 'plain', warning } });
    onTestFinished(() => server.close());
    expect(await isolationNotice(env(server.url))).toBe(`at the renderer ${server.url}, ${warning}`);
    const [found] = await rendererCheck(new RemoteRenderer(server.url, TOKEN)).run();
    expect(found).toMatchObject({
      what: 'renderer',
      status: 'warning',
      detail: expect.stringContaining('isolation: plain'),
    });
  });

  built('is one line of doctor, with its tools and its isolation', async () => {
    const server = await startedRenderer({ isolation: { isolation: 'bubblewrap', warning: null } });
    onTestFinished(() => server.close());
    const [found] = await rendererCheck(new RemoteRenderer(server.url, TOKEN)).run();
    expect(found?.status).toBe('ok');
    expect(found?.detail).toMatch(/has kustomize .*v5.*, helm v.*; isolation: bubblewrap; 2 at a time$/);
  });

  test('that lacks a tool, or is away, fails the check', async () => {
    const server = await startedRenderer({ helm: null });
    const remote = new RemoteRenderer(server.url, TOKEN);
    expect(await rendererCheck(remote).run()).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('helm not found') },
    ]);
    await server.close();
    expect(await rendererCheck(remote).run()).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('does not answer') },
    ]);
  });
});
