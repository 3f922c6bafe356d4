import { execFile } from 'node:child_process';
import { accessSync, constants, openSync, readSync, closeSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A file or folder that a sandbox shows, read-only, and where it shows it. */
export interface Visible {
  /** Absolute, without symlinks in it. */
  readonly from: string;
  readonly to: string;
  readonly isFolder?: boolean;
}

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/run/current-system/sw/bin'];

/** A program of the system. PATH is not asked: what starts the sandbox is not for a work tree's `bin` to say. */
export function systemProgram(name: string): string | null {
  return FOLDERS.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const known = new Map<string, Promise<readonly Visible[] | string>>();

/**
 * The program's own file and the libraries that it is linked with, or why it cannot be put into a sandbox. Programs belong to the operator, so that asking the system's loader is safe.
 */
export function filesOfProgram(command: string): Promise<readonly Visible[] | string> {
  const found = known.get(command) ?? filesOf(command);
  known.set(command, found);
  return found;
}

async function filesOf(command: string): Promise<readonly Visible[] | string> {
  let from: string;
  try {
    from = realpathSync(command);
    if (isScript(from)) return `${command} is a script, and only the program itself can run in the sandbox`;
  } catch {
    return `${command}: not found`;
  }
  const own = { from, to: command };
  const ldd = systemProgram('ldd');
  if (ldd === null) return [own];
  // For a static program it answers with a failure and no path.
  const printed = await promisify(execFile)(ldd, [from], { env: {}, timeout: 10_000 }).then(
    ({ stdout }) => stdout,
    () => '',
  );
  const paths = [...printed.matchAll(/(?:=> |^\s+)(\/[^\n]+?) \(0x/gm)].map(([, path]) => path!);
  const cache = paths.length > 0 && isReadable('/etc/ld.so.cache') ? ['/etc/ld.so.cache'] : [];
  return [own, ...[...paths, ...cache].map((path) => ({ from: realpathSync(path), to: path }))];
}

function isScript(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(2);
    readSync(file, start, 0, 2, 0);
    return start.toString('latin1') === '#!';
  } finally {
    closeSync(file);
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a user without any rights of ours can run it: it and every folder above it are open to everybody. */
export function isOpenToEverybody(path: string): boolean {
  try {
    const real = realpathSync(path);
    if ((statSync(real).mode & 0o005) !== 0o005) return false;
    for (let folder = dirname(real); ; folder = dirname(folder)) {
      if ((statSync(folder).mode & 0o001) === 0) return false;
      if (folder === dirname(folder)) return true;
    }
  } catch {
    return false;
  }
}
