import {
  spawn,
  type ChildProcessByStdio,
  type SpawnOptionsWithStdioTuple,
  type StdioNull,
  type StdioPipe,
} from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Limits {
  readonly seconds: number;
  /** Bytes of standard output; more stops the tool. */
  readonly output: number;
  /** Bytes of address space. Where the system cannot limit it (macOS), time alone does. */
  readonly memory: number;
}

export const RENDER_LIMITS: Limits = { seconds: 60, output: 64 * 2 ** 20, memory: 6 * 2 ** 30 };

/** A shell only to set the limit: it becomes the tool, whose name and arguments it never reads as text. */
const LIMITED = 'ulimit -v "$0" 2>/dev/null; exec "$@"';

export type RunResult =
  | { readonly ok: true; readonly stdout: string }
  | {
      readonly ok: false;
      readonly message: string;
      /** The limit or budget that ended it; left out where the tool itself refused, which is another thing. */
      readonly stopped?: string;
    };

export interface RunOptions {
  readonly limits?: Limits;
  /** What a failing tool says on standard error, in one line. */
  readonly messageOf?: (stderr: string, folder: string) => string;
  /** Beside the empty PATH and home; without it, a proxy that answers nothing. */
  readonly env?: Readonly<Record<string, string>>;
}

const NO_NETWORK = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };

/**
 * Runs a renderer on other people's files: no inherited environment, no home, no PATH to find `git` or plugins in, and
 * a proxy that answers nothing, so that nothing is fetched.
 */
export function run(
  command: string,
  args: readonly string[],
  folder: string,
  { limits = RENDER_LIMITS, messageOf = shortMessage, env = NO_NETWORK }: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const kibibytes = String(Math.floor(limits.memory / 1024));
    const child = started('/bin/sh', ['-c', LIMITED, kibibytes, command, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limits.seconds * 1000,
      killSignal: 'SIGKILL',
      env: { PATH: '/nonexistent', HOME: '/nonexistent', GOMAXPROCS: '2', ...env },
    });
    if (typeof child === 'string') return resolve({ ok: false, message: child });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let size = 0;
    let tooLarge = false;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.output) {
        tooLarge = true;
        child.kill('SIGKILL');
      } else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (err.length < 64) err.push(chunk);
    });
    child.on('error', (error) => resolve({ ok: false, message: error.message }));
    child.on('close', (code, signal) => {
      if (tooLarge)
        resolve({
          ok: false,
          message: `printed more than ${limits.output / 2 ** 20} MiB`,
          stopped: 'output of one render',
        });
      else if (signal)
        resolve({
          ok: false,
          message: `took longer than ${limits.seconds} s`,
          stopped: 'time of one render',
        });
      else if (code !== 0) resolve({ ok: false, message: messageOf(Buffer.concat(err).toString(), folder) });
      else resolve({ ok: true, stdout: Buffer.concat(out).toString() });
    });
  });
}

/** The process, or why there is none: what a repository says can be more than a system takes as an argument. */
function started(
  command: string,
  args: readonly string[],
  options: SpawnOptionsWithStdioTuple<StdioNull, StdioPipe, StdioPipe>,
): ChildProcessByStdio<null, Readable, Readable> | string {
  if (args.some((arg) => arg.includes('\0'))) return 'an argument of it has a zero byte';
  try {
    return spawn(command, args, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'E2BIG') throw error;
    return 'its arguments are longer than the system allows';
  }
}

/** How kubectl prints its error: with the time and its process, which say nothing and differ from run to run. */
const LOGGED = /^E\d{4} [\d:.]+ +\d+ \S+\] "command failed" err="(.*)"$/;

/** The tool's own words on one line, without the sandbox's path and without warnings. */
export function shortMessage(stderr: string, folder: string): string {
  const lines = stderr
    .replaceAll(`${folder}/`, '')
    .replaceAll(folder, '.')
    .split('\n')
    .map((line) => LOGGED.exec(line.trim())?.[1]?.replaceAll('\\"', '"') ?? line.trim())
    .filter((line) => line !== '' && !line.startsWith('# Warning'));
  return shortened(lines.join(' ').replace(/^Error: /i, ''));
}

export function shortened(text: string): string {
  return text.length > 400 ? `${text.slice(0, 399)}…` : text || 'failed without a message';
}
