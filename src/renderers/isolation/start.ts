import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { basename, dirname } from 'node:path';
import type { Limits, RunResult } from './tool-run.ts';
import { removeOpenSandboxes, shareSandbox, type Sandbox } from '../sandbox.ts';
import type { Isolation } from './isolation.ts';
import { launchOf } from './launch.ts';
import { killStrays } from './strays.ts';
import { filesOfProgram, isOpenToEverybody, type Visible } from './programs.ts';

export interface StartOptions {
  readonly isolation: Isolation;
  readonly limits: Limits;
  /** Other programs that the tool may start, by absolute path. */
  readonly programs?: readonly string[];
  /** Other files that it may read. */
  readonly visible?: readonly Visible[];
  readonly isWritable?: boolean;
  readonly hasNetwork?: boolean;
  /** Whether the folder is its home too. */
  readonly isHome?: boolean;
  /** The whole environment beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a failing tool says on standard error, in one line. */
  readonly messageOf?: (stderr: string, folder: string) => string;
}

/** Tells which processes are a tool's, where no namespace does. */
const MARKER = 'FAULTLINE_SANDBOX';
/** Bytes of standard error that are kept. */
const MOST_SAID = 2 ** 20;
/** Milliseconds until what a process has printed is given up, once it has ended. */
const DRAIN = 2_000;

/** The groups that run, by the process id of their first. */
const running = new Set<number>();

/**
 * Starts a tool in its sandbox, in a process group of its own, and waits for its end. The group is killed as a whole when the tool
 * takes too long or prints too much, and also when it has ended: what it left behind goes with it.
 */
export async function start(
  command: string,
  args: readonly string[],
  sandbox: Sandbox,
  options: StartOptions,
): Promise<RunResult> {
  const { limits, env = {}, messageOf = (stderr) => stderr.trim(), isWritable = false } = options;
  const commands = [command, ...(options.programs ?? [])];
  const visible = await visibleTo(commands, options);
  if (typeof visible === 'string') return { ok: false, message: visible };
  const isPlain = options.isolation.mode === 'plain';
  const isolation = isPlain
    ? options.isolation
    : identityFor(options.isolation, [...commands, dirname(sandbox.top)]);
  let program: number | null = null;
  if (isolation.identity !== null) {
    if (!isOpenToEverybody(dirname(sandbox.top)))
      return { ok: false, message: `${dirname(sandbox.top)} is closed to the user that renders: set TMPDIR` };
    const writable = [...(isWritable ? [sandbox.folder] : []), ...(isPlain ? [sandbox.mountPoint] : [])];
    await shareSandbox(sandbox, isolation.identity, writable);
    // A program in a folder that is closed to that user is handed over opened.
    if (isPlain && !isOpenToEverybody(command)) program = openSync(command, 'r');
  }
  const {
    command: shell,
    args: line,
    folder,
  } = launchOf(isolation, {
    command: program === null ? command : '/proc/self/fd/5',
    args,
    sandbox,
    visible,
    limits: { memory: limits.memory, processor: 2 * limits.seconds + 5 },
    isWritable,
    hasNetwork: options.hasNetwork ?? false,
  });
  const marker = isPlain ? basename(sandbox.top) : null;
  const child = spawned(shell, line, {
    cwd: sandbox.folder,
    // The fourth is the watchdog's: it ends when we do.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ignore', program ?? 'ignore'],
    detached: true,
    env: {
      PATH: '/nonexistent',
      ...env,
      ...(options.isHome ? { HOME: folder } : {}),
      ...(marker === null ? {} : { [MARKER]: marker, TMPDIR: sandbox.mountPoint }),
    },
    ...(isolation.identity === null ? {} : { uid: isolation.identity, gid: isolation.identity }),
  });
  if (program !== null) closeSync(program);
  if (typeof child === 'string') return { ok: false, message: child };
  // Without new privileges, a tool's processes stay its user's.
  const own = isolation.identity ?? process.getuid?.() ?? null;
  const user = isolation.programs['setpriv'] === undefined ? null : own;
  return ended(child, limits, marker === null ? null : { marker, user }, (stderr) =>
    messageOf(stderr, folder),
  );
}

/** All that has to be there for programs to run; empty where everything is. */
async function visibleTo(
  commands: readonly string[],
  { isolation, visible = [] }: StartOptions,
): Promise<readonly Visible[] | string> {
  if (isolation.mode === 'plain') return [];
  const { prlimit } = isolation.programs;
  const all = new Map(visible.map((each) => [each.to, each]));
  for (const command of [...commands, ...(prlimit === undefined ? [] : [prlimit])]) {
    const files = await filesOfProgram(command);
    if (typeof files === 'string') return files;
    for (const file of files) all.set(file.to, file);
  }
  return [...all.values()];
}

/** Inside the wall, root gives its rights away only where what it needs can still be read. */
function identityFor(isolation: Isolation, needed: readonly string[]): Isolation {
  const isOpen = isolation.identity === null || needed.every(isOpenToEverybody);
  return isOpen ? isolation : { ...isolation, identity: null };
}

function ended(
  child: ChildProcess,
  limits: Limits,
  tracked: { readonly marker: string; readonly user: number | null } | null,
  messageOf: (stderr: string) => string,
): Promise<RunResult> {
  return new Promise((resolve) => {
    const group = child.pid;
    if (group !== undefined) remember(group);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let size = 0;
    let said = 0;
    let ending: { readonly message: string; readonly stopped: string } | null = null;
    const stop = (message: string, stopped: string): void => {
      ending ??= { message, stopped };
      kill(group);
    };
    const clock = setTimeout(
      () => stop(`took longer than ${limits.seconds} s`, 'time of one render'),
      limits.seconds * 1000,
    );
    const finish = (result: RunResult): void => {
      clearTimeout(clock);
      if (group !== undefined) running.delete(group);
      for (const stream of child.stdio) stream?.destroy();
      resolve(result);
    };
    (child.stdout as Readable).on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.output)
        stop(`printed more than ${limits.output / 2 ** 20} MiB`, 'output of one render');
      else out.push(chunk);
    });
    (child.stderr as Readable).on('data', (chunk: Buffer) => {
      said += chunk.length;
      if (said <= MOST_SAID) err.push(chunk);
      if (said > limits.output)
        stop(`printed more than ${limits.output / 2 ** 20} MiB`, 'output of one render');
    });
    child.stdio[3]?.on('error', () => undefined);
    child.on('error', (error) => finish({ ok: false, message: error.message }));
    const conclude = (code: number | null, signal: string | null): void => {
      if (ending !== null) finish({ ok: false, ...ending });
      else if (signal !== null) finish({ ok: false, message: `was ended by ${signal}` });
      else if (code !== 0) finish({ ok: false, message: messageOf(Buffer.concat(err).toString()) });
      else finish({ ok: true, stdout: Buffer.concat(out).toString() });
    };
    child.on('exit', (code, signal) => {
      // Its watchdog, and what it started and did not wait for. The watchdog keeps the group's number from being somebody else's.
      kill(group);
      if (tracked !== null) killStrays(MARKER, tracked.marker, tracked.user);
      // A process that left the group can hold the pipe open for as long as it likes.
      const patience = setTimeout(() => conclude(code, signal), DRAIN);
      child.on('close', () => clearTimeout(patience));
    });
    child.on('close', conclude);
  });
}

/** The process, or why there is none: what a repository says can be more than a system takes as an argument. */
function spawned(command: string, args: readonly string[], options: SpawnOptions): ChildProcess | string {
  if (args.some((arg) => arg.includes('\0'))) return 'an argument of it has a zero byte';
  try {
    return spawn(command, args, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === 'E2BIG'
      ? 'its arguments are longer than the system allows'
      : `cannot be started (${code})`;
  }
}

function kill(group: number | undefined): void {
  if (group === undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

let isWatching = false;

/** The end of this process is the end of everything that it started, and of its folders. */
function remember(group: number): void {
  running.add(group);
  if (isWatching) return;
  isWatching = true;
  process.on('exit', endAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const onSignal = (): void => {
      // Somebody else has a plan for this signal, `serve` for one: the end comes when they say so.
      if (process.listenerCount(signal) > 1) return;
      endAll();
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
}

function endAll(): void {
  for (const group of running) kill(group);
  removeOpenSandboxes();
}
