import { resolve } from 'node:path';
import { migrateStore } from '../store/migrate-store.ts';
import { backUpStore } from '../store/sqlite/backup.ts';
import { recoverStore } from '../store/sqlite.ts';
import { printedJson } from '../output/printed-json.ts';
import { anchorText } from '../store/audit.ts';
import { InputError } from '../errors/input-error.ts';
import { isPostgresAddress, shownPlace } from '../store/postgres/address.ts';
import { asInputError, storePath } from './store-path.ts';

export interface StoreOptions {
  readonly store?: string;
  readonly output: 'text' | 'json';
}

/** `faultline store backup <file>`: copies the store into one file, also while `serve` uses it. */
export async function storeBackupCommand(target: string, { store, output }: StoreOptions): Promise<void> {
  const source = fileOf(store);
  await asInputError(store !== undefined, () => backUpStore(source, resolve(target)));
  process.stdout.write(
    output === 'json'
      ? printedJson({ version: 1, store: source, backup: resolve(target) })
      : `${source} is backed up in ${target}\n`,
  );
}

/** `faultline store recover`: accepts a file that was copied without its -wal, with what is in it. */
export async function storeRecoverCommand({ store, output }: StoreOptions): Promise<void> {
  const file = fileOf(store);
  await asInputError(store !== undefined, () => recoverStore(file, Date.now()));
  process.stdout.write(
    output === 'json'
      ? printedJson({ version: 1, store: file })
      : `${file} can be used again; the audit log records that its end may be missing\n`,
  );
}

export interface StoreMigrateOptions {
  readonly to?: string;
  readonly output: 'text' | 'json';
}

/** `faultline store migrate <file>`: copies the store from its file into an empty PostgreSQL database. */
export async function storeMigrateCommand(file: string, { to, output }: StoreMigrateOptions): Promise<void> {
  const address = to ?? process.env['FAULTLINE_STORE'] ?? '';
  if (!isPostgresAddress(address))
    throw new InputError(
      `${to === undefined ? 'FAULTLINE_STORE' : '--to'}: expected the address of the PostgreSQL database to copy to, as postgres://user@host:5432/database`,
    );
  const { rows, audit } = await asInputError(false, () => migrateStore(file, address, Date.now()));
  const database = shownPlace(address);
  if (output === 'json') {
    const head = audit.head === null ? null : anchorText(audit.head);
    process.stdout.write(
      printedJson({
        version: 1,
        store: resolve(file),
        database,
        rows,
        audit: { records: audit.records, head },
      }),
    );
    return;
  }
  const count = Object.values(rows).reduce((sum, one) => sum + one, 0);
  process.stdout.write(
    `${file} is copied to ${database}: ${count} row(s), ${audit.records} of them the audit log, which is intact. ` +
      'The file is as it was; start Faultline with FAULTLINE_STORE and keep the file as a backup\n',
  );
}

/** @throws {InputError} where the store is a database, which has tools of its own */
function fileOf(store: string | undefined): string {
  const place = store ?? storePath();
  if (isPostgresAddress(place))
    throw new InputError(
      'the store is a PostgreSQL database: back it up with pg_dump, and restore it with pg_restore',
    );
  return place;
}
