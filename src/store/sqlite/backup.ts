import { chmodSync, existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreError, withFile } from '../store-error.ts';
import { noteClosed } from './lock.ts';
import { openForReading } from './open-database.ts';

/**
 * Copies a store into one complete file, also while another process writes to the store: every transaction is in it
 * entirely or not at all.
 *
 * @param target must not exist; it gets this name once it is complete
 * @throws {StoreError} `exists` for a target that is there; the problems of opening `file`
 */
export async function backUpStore(file: string, target: string): Promise<void> {
  if (existsSync(target)) throw exists(target);
  const source = openForReading(file);
  const partial = `${target}.partial-${process.pid}`;
  try {
    withFile(target, () => mkdirSync(dirname(target), { recursive: true, mode: 0o700 }));
    await backup(source, partial).catch((error: unknown) => withFile(target, () => raise(error)));
    withFile(partial, () => {
      chmodSync(partial, 0o600);
      const copy = new DatabaseSync(partial);
      noteClosed(copy);
      copy.close();
    });
    // Unlike a rename, this never replaces what another process has put there meanwhile.
    if (!linked(partial, target)) throw exists(target);
  } finally {
    source.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true });
  }
}

function linked(from: string, to: string): boolean {
  try {
    withFile(to, () => linkSync(from, to));
    return true;
  } catch (error) {
    if (existsSync(to)) return false;
    throw error;
  }
}

function exists(target: string): StoreError {
  return new StoreError('exists', `${target}: there is a file already; a backup overwrites nothing`);
}

function raise(error: unknown): never {
  throw error;
}
