import { chmod, chown, lstat, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from './isolation/tool-run.ts';
import { writeContents, type SandboxContents } from './sandbox-contents.ts';

/** A fresh folder for one run of a tool. */
export interface Sandbox {
  /** Of the two below, and nobody else's business. All are absolute, without symlinks in them. */
  readonly top: string;
  /** What the tool gets to see. */
  readonly folder: string;
  /** Empty: where a mount namespace can put its root, and where without one the tool has its temporary files. */
  readonly mountPoint: string;
}

/** Whose it is stands in the name: numbers of processes mean something in one PID namespace only. */
const PREFIX = `faultline-sandbox-${pidNamespace()}-${process.pid}-`;
const NAME = /^faultline-sandbox-(\d+)-(\d+)-\w+$/;
/** What belongs to another container with the same folder, or seems to belong to a process, is removed at this age in milliseconds. */
const STALE = 3_600_000;

const open = new Set<string>();
let removedStale: Promise<void> | null = null;

/**
 * Writes files to a fresh, empty folder, lets a tool run there, and removes it. What cannot be written safely is a failure
 * of this run, by the name of the path.
 */
export async function inSandbox(
  files: SandboxContents['files'],
  use: (sandbox: Sandbox) => Promise<RunResult>,
  links: SandboxContents['links'] = new Map(),
): Promise<RunResult> {
  await (removedStale ??= removeStaleSandboxes());
  let sandbox: Sandbox;
  try {
    sandbox = await madeSandbox();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { ok: false, message: `no folder could be made for it in ${tmpdir()} (${code ?? String(error)})` };
  }
  try {
    const refusal = await writeContents(sandbox.folder, { files, links });
    return refusal === null ? await use(sandbox) : { ok: false, message: refusal };
  } finally {
    await remove(sandbox.top);
    open.delete(sandbox.top);
  }
}

async function madeSandbox(): Promise<Sandbox> {
  const top = await realpath(await mkdtemp(join(tmpdir(), PREFIX)));
  open.add(top);
  const sandbox = { top, folder: join(top, 'files'), mountPoint: join(top, 'root') };
  await mkdir(sandbox.folder);
  await mkdir(sandbox.mountPoint);
  return sandbox;
}

/** A folder that cannot be removed loses no result: it is ours to remove again at the next start. */
async function remove(top: string): Promise<void> {
  const removal = (): Promise<void> => rm(top, { recursive: true, force: true, maxRetries: 3 });
  await removal()
    .catch(async () => {
      // A tool that could write may have closed a folder of its own.
      await reopen(top);
      await removal();
    })
    .catch(() => undefined);
}

async function reopen(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await reopen(join(folder, entry.name));
}

/**
 * Lets a tool that runs as another user in. The folders stay ours: it reads, and can put nothing in the way of their removal
 * but in those that it is to write into.
 */
export async function shareSandbox(
  { top, folder: files, mountPoint }: Sandbox,
  group: number,
  writable: readonly string[],
): Promise<void> {
  for (const folder of [top, files, mountPoint]) {
    await chown(folder, -1, group);
    await chmod(folder, writable.includes(folder) ? 0o770 : 0o750);
  }
}

/** What a process that was killed has left behind. */
export async function removeStaleSandboxes(
  folder: string = tmpdir(),
  now: number = Date.now(),
): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, namespace, pid] = NAME.exec(name) ?? [];
    if (pid === undefined || open.has(join(folder, name))) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => null);
    if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue;
    const isOver = namespace === pidNamespace() && !isRunning(Number(pid));
    if (!isOver && now - found.mtimeMs < STALE) continue;
    await remove(path);
  }
}

/** Linux's number of the namespace; 0 where there are none. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** For the end of the process, where nothing can be awaited any more. */
export function removeOpenSandboxes(): void {
  for (const top of open) rmSync(top, { recursive: true, force: true });
  open.clear();
}
