import { resolve } from 'node:path';
import { backUpStore } from '../store/sqlite/backup.ts';
import { recoverStore } from '../store/sqlite.ts';
import { asInputError, storePath } from './store-path.ts';

export interface StoreOptions {
  readonly store?: string;
}

/** `faultline store backup <file>`: copies the store into one file, also while `serve` uses it. */
export async function storeBackupCommand(target: string, { store }: StoreOptions): Promise<void> {
  const source = store ?? storePath();
  await asInputError(store !== undefined, () => backUpStore(source, resolve(target)));
  process.stdout.write(`${source} is backed up in ${target}\n`);
}

/** `faultline store recover`: accepts a file that was copied without its -wal, with what is in it. */
export async function storeRecoverCommand({ store }: StoreOptions): Promise<void> {
  const file = store ?? storePath();
  await asInputError(store !== undefined, () => recoverStore(file, Date.now()));
  process.stdout.write(`${file} can be used again; the audit log records that its end may be missing\n`);
}
