import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isolationIn } from '../../../src/renderers/isolation/detect.ts';
import type { Isolation, IsolationMode } from '../../../src/renderers/isolation/isolation.ts';
import { filesOfNetwork } from '../../../src/renderers/isolation/network.ts';
import { start, type StartOptions } from '../../../src/renderers/isolation/start.ts';
import type { RunResult } from '../../../src/renderers/isolation/tool-run.ts';
import { inSandbox, removeStaleSandboxes, type Sandbox } from '../../../src/renderers/sandbox.ts';
import { needsIsolation } from '../../needs.ts';
import { eventually, isRunningWith, uniqueSleep } from './processes.ts';

/*
 * The "renderer" is a shell here, which can try everything that a renderer could that a repository has taken over.
 */

const LIMITS = { seconds: 20, output: 2 ** 20, memory: 2 ** 32 };
const CANARY = 'canary-that-nobody-may-see';
const isRoot = process.getuid?.() === 0;

/** What scripts call; they are Bash's, since it opens connections. */
const PROGRAMS = ['/bin/cat', '/bin/sleep', '/usr/bin/head', '/usr/bin/setsid', '/usr/bin/wc', '/bin/rm'];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  // Open, as far as folders go: only the files' own modes are in the way.
  chmodSync(path, 0o755);
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function canary(): string {
  const path = join(folder(), 'secret');
  writeFileSync(path, CANARY, { mode: 0o600 });
  return path;
}

for (const mode of ['bubblewrap', 'namespaces', 'plain'] as const)
  describe(`in mode ${mode}`, () => {
    const isolated = needsIsolation(mode);
    const walled = mode === 'plain' ? (test.skip as typeof test) : isolated;
    /** What plain has to say about files comes from the other user that root makes renderers. */
    const apart = mode === 'plain' && !isRoot ? (test.skip as typeof test) : isolated;

    async function ran(
      script: string,
      options: Partial<StartOptions> = {},
      after: (sandbox: Sandbox) => void = () => undefined,
    ): Promise<RunResult> {
      const isolation = (await isolationIn(mode)) as Isolation;
      return inSandbox(new Map([['app/file', 'content']]), async (sandbox) => {
        const result = await start('/bin/bash', ['-c', script], sandbox, {
          isolation,
          limits: LIMITS,
          programs: PROGRAMS,
          env: { PATH: '/bin:/usr/bin' },
          ...options,
        });
        after(sandbox);
        return result;
      });
    }

    isolated('the sandbox is read', async () => {
      expect(
        await ran('cat app/file; echo "$0 $# $FAULTLINE_X"', { env: { PATH: '/bin', FAULTLINE_X: 'x' } }),
      ).toEqual({ ok: true, stdout: 'content/bin/bash 0 x\n' });
    });

    isolated('nothing of the environment comes along', async () => {
      process.env['FAULTLINE_TEST_TOKEN'] = CANARY;
      onTestFinished(() => void delete process.env['FAULTLINE_TEST_TOKEN']);
      const printed = await ran('set; compgen -e; cat /proc/self/environ 2>&1 || true');
      expect(printed).toMatchObject({ ok: true });
      expect(JSON.stringify(printed)).not.toContain(CANARY);
    });

    isolated('it runs as nobody, and can get no other rights', async () => {
      const printed = await ran('setpriv --dump', { programs: ['/usr/bin/setpriv'] });
      const rights = (printed as { stdout: string }).stdout;
      expect(rights).toContain('no_new_privs: 1\n');
      expect(rights).toContain('Inheritable capabilities: [none]\n');
      expect(rights).toContain('Ambient capabilities: [none]\n');
      if (mode !== 'plain' || isRoot)
        expect(rights).toMatch(/^uid: 65534\neuid: 65534\ngid: 65534\negid: 65534\n/);
    });

    apart.each([
      ['by its path', (path: string) => path],
      ['by way of the folders above', (path: string) => `../../../../../../..${path}`],
      ['through /proc of whoever started it', (path: string) => `/proc/$PPID/root${path}`],
      ['through its own /proc', (path: string) => `/proc/self/root${path}`],
    ])('a file of the host is not read %s', async (_how, named) => {
      const printed = await ran(`cat ${named(canary())} && echo READ || true`);
      expect(printed).toMatchObject({ ok: true });
      expect(JSON.stringify(printed)).not.toContain(CANARY);
      expect((printed as { stdout: string }).stdout).not.toContain('READ');
    });

    walled('files that everybody may read are not there either', async () => {
      const open = canary();
      chmodSync(open, 0o644);
      const printed = await ran(
        `for path in ${open} /etc/passwd /etc/hostname /proc/self/environ /proc/1/environ /sys/kernel ${process.cwd()}/package.json "$HOME"; do [ -e "$path" ] && echo "sees $path"; done; true`,
      );
      expect(printed).toEqual({ ok: true, stdout: '' });
    });

    walled('with a network, and what belongs to it, it sees no more files than these', async () => {
      const named = canary();
      chmodSync(named, 0o644);
      const script = `for path in ${named} ${process.cwd()}/package.json /etc/passwd /proc/1; do [ -e "$path" ] && echo "sees $path"; done; [ -e /etc/hosts ] && echo hosts; : >/etc/made; : >made && echo wrote`;
      const options = { hasNetwork: true, isWritable: true, visible: filesOfNetwork({}) };
      expect(await ran(script, options)).toEqual({ ok: true, stdout: 'hosts\nwrote\n' });
    });

    apart('nothing is written outside', async () => {
      const outside = folder();
      const path = `${outside}/made`;
      await ran(
        `: >${path}; : >../../../../../../../..${path}; : >made; : >../made; : >app/made; echo x >app/file; cat app/file`,
      );
      expect(readdirSync(outside)).toEqual([]);
    });

    apart('its own folder stays as it is', async () => {
      let files: readonly string[] = [];
      let text = '';
      await ran(': >made; : >app/made; echo other >app/file; rm -f app/file', {}, ({ folder: own }) => {
        files = readdirSync(own, { recursive: true }) as string[];
        text = readFileSync(join(own, 'app/file'), 'utf8');
      });
      expect([[...files].sort(), text]).toEqual([['app', 'app/file'], 'content']);
    });

    walled('nothing is connected to', async () => {
      let connections = 0;
      const server = createServer(() => {
        connections += 1;
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const connect = `exec 9<>/dev/tcp/127.0.0.1/${port} && echo CONNECTED`;
      const printed = await ran(`(${connect}); (${connect.replace('127.0.0.1', 'localhost')}); true`);
      expect(printed).toEqual({ ok: true, stdout: '' });
      expect(connections).toBe(0);
      // The same with a network: the canary would have counted.
      await ran(connect, { hasNetwork: true });
      expect(await eventually(() => connections === 1)).toBe(true);
    });

    isolated('what takes too long ends with everything that it started', async () => {
      const seconds = uniqueSleep();
      let path = '';
      const script = `sleep ${seconds} & (sleep ${seconds} & exec sleep ${seconds}) & sleep ${seconds}`;
      const answer = await ran(script, { limits: { ...LIMITS, seconds: 0.5 } }, ({ top }) => {
        path = top;
      });
      expect(answer).toEqual({ ok: false, message: 'took longer than 0.5 s', stopped: 'time of one render' });
      expect(await eventually(() => !isRunningWith(seconds))).toBe(true);
      expect(existsSync(path)).toBe(false);
    });

    isolated('what ends leaves nothing running', async () => {
      const seconds = uniqueSleep();
      expect(await ran(`sleep ${seconds} & echo done`)).toEqual({ ok: true, stdout: 'done\n' });
      expect(await eventually(() => !isRunningWith(seconds))).toBe(true);
    });

    isolated('neither does what leaves its process group', async () => {
      const seconds = uniqueSleep();
      expect(await ran(`setsid sleep ${seconds} & echo done`)).toMatchObject({ ok: true });
      expect(await eventually(() => !isRunningWith(seconds))).toBe(true);
    });

    isolated('temporary files have a place, and go with the sandbox', async () => {
      let path = '';
      const script =
        'cd "${TMPDIR:-/tmp}" && /bin/mkdir -p a/b && echo x >a/b/c && /bin/chmod 0 a/b && echo made';
      const programs = ['/bin/mkdir', '/bin/chmod'];
      const answer = await ran(script, { programs }, ({ top }) => {
        path = top;
      });
      expect(answer).toEqual({ ok: true, stdout: 'made\n' });
      expect(existsSync(path)).toBe(false);
    });

    isolated('what prints for ever is stopped', async () => {
      const limits = { ...LIMITS, output: 2 ** 16 };
      expect(await ran('while :; do echo more; done', { limits })).toEqual({
        ok: false,
        message: 'printed more than 0.0625 MiB',
        stopped: 'output of one render',
      });
      expect(await ran('while :; do echo more >&2; done', { limits })).toMatchObject({ ok: false });
    });

    walled('what fills the disk fills a small one of its own', async () => {
      const fill = (name: string): string => `head -c 90000000 /dev/urandom 2>/dev/null >/tmp/${name}`;
      const printed = await ran(`${fill('a')}; ${fill('b')}; cat /tmp/a /tmp/b | wc -c`);
      expect(Number((printed as { stdout: string }).stdout)).toBeLessThanOrEqual(128 * 2 ** 20);
    });

    isolated('no file of it grows without end', async () => {
      // Without isolation, /tmp is everybody's.
      const printed = await ran('f=/tmp/big-$$; head -c 140000000 /dev/urandom >"$f"; wc -c <"$f"; rm "$f"');
      expect(Number((printed as { stdout: string }).stdout)).toBeLessThanOrEqual(128 * 2 ** 20);
    });

    isolated('what starts too many processes is stopped', async () => {
      const seconds = uniqueSleep();
      const most = mode === 'plain' ? 100 : 2000;
      const script = `for i in {1..${most}}; do sleep ${seconds} & done; wait`;
      const answer = await ran(script, { limits: { ...LIMITS, seconds: 3 } });
      expect(answer).toMatchObject({ ok: false });
      expect(await eventually(() => !isRunningWith(seconds))).toBe(true);
    });

    isolated('what needs too much memory ends', async () => {
      const limits = { ...LIMITS, memory: 2 ** 27 };
      expect(await ran('printf -v x "%0300000000d" 1', { limits })).toMatchObject({ ok: false });
    });

    isolated('a program in a folder that is closed to others runs too', async () => {
      const closed = folder();
      const program = join(closed, 'program');
      copyFileSync('/bin/cat', program);
      chmodSync(closed, 0o700);
      const isolation = (await isolationIn(mode)) as Isolation;
      const options = { isolation, limits: LIMITS, env: {} };
      const printed = await inSandbox(new Map([['file', 'content']]), (sandbox) =>
        start(program, ['file'], sandbox, options),
      );
      expect(printed).toEqual({ ok: true, stdout: 'content' });
    });

    for (const signal of ['SIGKILL', 'SIGTERM'] as const)
      isolated(`everything ends when this process is ended by ${signal}`, async () => {
        const seconds = uniqueSleep();
        const home = folder();
        const child = renders(mode, `sleep ${seconds} & sleep ${seconds}; true`, { TMPDIR: home });
        expect(await eventually(() => isRunningWith(seconds))).toBe(true);
        child.kill(signal);
        await new Promise((resolve) => child.once('close', resolve));
        expect(child.signalCode).toBe(signal);
        expect(await eventually(() => !isRunningWith(seconds))).toBe(true);
        // Nothing can tidy up after SIGKILL but the next start.
        if (signal === 'SIGKILL') await removeStaleSandboxes(home);
        expect(readdirSync(home).filter((name) => name.startsWith('faultline-'))).toEqual([]);
      });

    isolated('the environment of its parents is in no /proc', async () => {
      const search =
        'for each in /proc/[0-9]*; do if grep -qa canary-of-the-parent $each/environ 2>/dev/null; then cat $each/cmdline; fi; done; echo searched';
      const child = renders(mode, search.replace('grep -qa', '/bin/grep -qa'), {
        FAULTLINE_CANARY: 'canary-of-the-parent',
      });
      let printed = '';
      child.stdout!.on('data', (chunk: Buffer) => (printed += String(chunk)));
      await new Promise((resolve) => child.once('close', resolve));
      expect(JSON.parse(printed)).toEqual({ ok: true, stdout: 'searched\n' });
    });
  });

/** A process of ours that runs one script. */
function renders(mode: IsolationMode, script: string, env: Readonly<Record<string, string>>) {
  const file = join(import.meta.dirname, 'renders.ts');
  return spawn(process.execPath, [file, mode, script], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
