import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { corrupt, StoreError, withFile } from '../store-error.ts';
import { migrate, MIGRATIONS, versionOf } from './migrations.ts';

/** In the header of every file of ours (https://www.sqlite.org/pragma.html#pragma_application_id): `FLTL` in ASCII. */
const APPLICATION_ID = 0x464c544c;

/** How long to wait for another process that is just writing, in milliseconds. */
const BUSY_TIMEOUT = 5_000;

const MEMORY = ':memory:';

/** Opens a file for writing, makes it where there is none, and brings it to the newest version. */
export function openForWriting(file: string): DatabaseSync {
  if (file !== MEMORY) makeFile(file);
  return opened(file, {}, (database) => {
    checkOwner(database, file, { mayBeEmpty: true });
    // Written to the disk before a call returns, also when the power fails (https://www.sqlite.org/pragma.html#pragma_synchronous).
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    checkPages(database, file);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    migrate(database);
  });
}

/** Opens a file that is there for reading, also while another process writes to it. */
export function openForReading(file: string): DatabaseSync {
  if (!existsSync(file)) throw new StoreError('missing', `${file}: there is no such file`);
  return opened(file, { readOnly: true }, (database) => {
    checkOwner(database, file, { mayBeEmpty: false });
  });
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
    throw new StoreError('foreign', `${file}: this is no store of Faultline`);
  const version = versionOf(database);
  if (version > MIGRATIONS.length)
    throw new StoreError(
      'newer',
      `${file}: version ${version} was written by a newer Faultline; this one knows versions up to ${MIGRATIONS.length}. ` +
        'Use the newer one, or move the file away to start without its history.',
    );
}

function checkPages(database: DatabaseSync, file: string): void {
  const found = String(Object.values(database.prepare('PRAGMA quick_check(1)').get()!)[0]);
  if (found !== 'ok') throw corrupt(file, found.replace(/\s+/g, ' '));
}
