import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkChain } from '../../src/store/check-chain.ts';
import { backUpStore } from '../../src/store/sqlite/backup.ts';
import { openStore, readAudit, recoverStore } from '../../src/store/sqlite.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { Store } from '../../src/store/store.ts';
import { madeFolder } from '../git/made-repository.ts';
import { all } from './contract/open.ts';

async function opened(file: string): Promise<Store> {
  const store = await openStore(file);
  onTestFinished(() => store.close());
  return store;
}

async function problemOf(open: () => Promise<unknown>): Promise<string> {
  try {
    await open();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return (error as StoreError).problem;
  }
  return 'none';
}

/** A store that is open in this process, with records that so far stand in its -wal alone. */
async function inUse(folder: string): Promise<string> {
  const file = join(folder, 'faultline.db');
  const store = await opened(file);
  for (let n = 1; n <= 20; n += 1) await store.audit.append('start', { n }, n);
  return file;
}

test('a backup of a store in use has all its records in one file', async () => {
  const folder = madeFolder();
  const file = await inUse(folder);
  const target = join(folder, 'backups', 'monday.db');
  await backUpStore(file, target);
  expect(readdirSync(join(folder, 'backups'))).toEqual(['monday.db']);
  expect(statSync(target).mode & 0o777).toBe(0o600);
  const check = await readAudit(target, async (audit) => checkChain(audit.records(), await audit.anchors()));
  expect(check).toMatchObject({ intact: true, records: 20 });
  expect((await (await opened(target)).audit.head())?.sequence).toBe(20);
});

test('a backup overwrites nothing, and leaves nothing behind when it fails', async () => {
  const folder = madeFolder();
  const file = await inUse(folder);
  const target = join(folder, 'taken.db');
  copyFileSync(file, target);
  const before = readFileSync(target);
  await expect(backUpStore(file, target)).rejects.toMatchObject({ problem: 'exists' });
  await expect(backUpStore(join(folder, 'none.db'), join(folder, 'new.db'))).rejects.toMatchObject({
    problem: 'missing',
  });
  expect(readFileSync(target).equals(before)).toBe(true);
  expect(readdirSync(folder).filter((name) => name.includes('partial') || name === 'new.db')).toEqual([]);
});

test('a file that was copied without its -wal is refused, for reading and for writing', async () => {
  const folder = madeFolder();
  const copy = join(folder, 'copy.db');
  copyFileSync(await inUse(folder), copy);
  expect(await problemOf(() => openStore(copy))).toBe('incomplete');
  expect(await problemOf(() => readAudit(copy, (audit) => audit.head()))).toBe('incomplete');
  // Asking must not make it look whole.
  expect(await problemOf(() => openStore(copy))).toBe('incomplete');
});

test('a file that was copied with its -wal is whole', async () => {
  const folder = madeFolder();
  const file = await inUse(folder);
  const copy = join(folder, 'copy.db');
  copyFileSync(file, copy);
  copyFileSync(`${file}-wal`, `${copy}-wal`);
  expect((await (await opened(copy)).audit.head())?.sequence).toBe(20);
});

test('a file whose process has closed it is whole alone', async () => {
  const folder = madeFolder();
  const file = join(folder, 'faultline.db');
  const store = await openStore(file);
  await store.audit.append('start', {}, 1);
  await store.close();
  expect(existsSync(`${file}-wal`)).toBe(false);
  const copy = join(folder, 'copy.db');
  copyFileSync(file, copy);
  expect((await (await opened(copy)).audit.head())?.sequence).toBe(1);
});

test('a recovered file opens, and its audit log says what may be missing', async () => {
  const folder = madeFolder();
  const copy = join(folder, 'copy.db');
  copyFileSync(await inUse(folder), copy);
  await recoverStore(copy, 7_000);
  const { audit } = await opened(copy);
  expect((await all(audit.records())).at(-1)?.payload).toContain('later records may be missing');
  expect(await problemOf(() => recoverStore(join(folder, 'none.db'), 1))).toBe('missing');
});
