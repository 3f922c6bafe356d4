import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { corrupt, StoreError, withFile } from '../store-error.ts';
import { MIGRATIONS } from '../migrations.ts';

/** In the header of every file of ours (https://www.sqlite.org/pragma.html#pragma_application_id): `FLTL` in ASCII. */
const APPLICATION_ID = 0x464c544c;

/** How long to wait for another process that is just writing, in milliseconds. */
const BUSY_TIMEOUT = 5_000;

export const MEMORY = ':memory:';

/**
 * Opens a file for writing, and makes it where there is none. Its version may be an older one.
 *
 * @param acceptLoss opens a file that was copied without its -wal, with what is in it
 */
export function openForWriting(file: string, { acceptLoss = false } = {}): DatabaseSync {
  if (file !== MEMORY) makeFile(file);
  const isAlone = hasNoWal(file);
  return opened(file, {}, (database) => {
    checkOwner(database, file, { mayBeEmpty: true });
    if (isAlone && !acceptLoss) refuseCopiedAlone(database, file);
    // Written to the disk before a call returns, also when the power fails (https://www.sqlite.org/pragma.html#pragma_synchronous).
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    checkPages(database, file);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  });
}

/** Opens a file that is there for reading, also while another process writes to it. */
export function openForReading(file: string): DatabaseSync {
  if (!existsSync(file)) throw new StoreError('missing', `${file}: there is no such file`);
  const isAlone = hasNoWal(file);
  return opened(file, { readOnly: true }, (database) => {
    checkOwner(database, file, { mayBeEmpty: false });
    if (isAlone) refuseCopiedAlone(database, file);
  });
}

/** Asked before SQLite opens the file, since opening it makes one. An empty one is what a reader of a copied file left behind. */
function hasNoWal(file: string): boolean {
  return file !== MEMORY && !(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0);
}

/**
 * While a process writes, the file says so itself, and its latest transactions are in the -wal beside it. A file that says so and has
 * no -wal was copied alone: nobody can tell how much of its end is missing.
 */
function refuseCopiedAlone(database: DatabaseSync, file: string): void {
  if (!wasCopiedAlone(database)) return;
  throw new StoreError(
    'incomplete',
    `${file}: a process had this file open when it was copied, and ${basename(file)}-wal, which held its latest records, was not ` +
      'copied with it. Restore both files, or a copy made by `faultline store backup`. To go on without those records: ' +
      '`faultline store recover`',
  );
}

function wasCopiedAlone(database: DatabaseSync): boolean {
  // Older versions did not note it.
  if (versionOf(database) < 2) return false;
  return database.prepare('SELECT "open" FROM writer').get()?.['open'] === 1;
}

/** What is in there is masked, and still nobody else's business: the folder and the file are for this user alone. */
function makeFile(file: string): void {
  makeFolder(file);
  if (!existsSync(file)) withFile(file, () => closeSync(openSync(file, 'a', 0o600)));
}

export function makeFolder(file: string): void {
  withFile(file, () => mkdirSync(dirname(file), { recursive: true, mode: 0o700 }));
}

function opened(
  file: string,
  options: { readonly readOnly?: boolean },
  prepare: (database: DatabaseSync) => void,
): DatabaseSync {
  return withFile(file, () => {
    const database = new DatabaseSync(file, {
      ...options,
      timeout: BUSY_TIMEOUT,
      enableForeignKeyConstraints: true,
    });
    try {
      prepare(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function checkOwner(
  database: DatabaseSync,
  file: string,
  { mayBeEmpty }: { readonly mayBeEmpty: boolean },
): void {
  const owner = Number(database.prepare('PRAGMA application_id').get()!['application_id']);
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (owner !== APPLICATION_ID && !(isEmpty && mayBeEmpty))
    throw new StoreError('foreign', `${file}: this is not a store of Faultline`);
  const version = versionOf(database);
  if (version > MIGRATIONS.length)
    throw new StoreError(
      'newer',
      `${file}: version ${version} was written by a newer Faultline; this one knows versions up to ${MIGRATIONS.length}. ` +
        'Use the newer one, or move the file away to start without its history.',
    );
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()!['user_version']);
}

function checkPages(database: DatabaseSync, file: string): void {
  const found = String(Object.values(database.prepare('PRAGMA quick_check(1)').get()!)[0]);
  if (found !== 'ok') throw corrupt(file, found.replace(/\s+/g, ' '));
}
