import { execFileSync } from 'node:child_process';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../src/errors/input-error.ts';
import { folderTree, MAX_FILE_SIZE } from '../../src/tree/folder.ts';
import { contentHash } from '../../src/tree/tree.ts';
import { madeFolder } from '../git/made-repository.ts';

test('all files below the folder but git’s own are listed, sorted', async () => {
  const folder = madeFolder({
    'b.yaml': 'b',
    'a/c.yaml': 'c',
    'a/.git/config': 'x',
    '.git/HEAD': 'x',
    '.hidden/d': 'd',
  });
  expect((await folderTree(folder)).paths()).toEqual(['.hidden/d', 'a/c.yaml', 'b.yaml']);
});

test('contents are readable once loaded, and the hash is git’s with or without loading', async () => {
  const tree = await folderTree(madeFolder({ 'a.yaml': 'a: 1\n' }));
  expect(tree.read('a.yaml')).toBeUndefined();
  expect(tree.entry('a.yaml')).toEqual({ kind: 'file', size: 5, hash: contentHash(Buffer.from('a: 1\n')) });
  await tree.load(['a.yaml', 'unknown.yaml']);
  expect(tree.read('a.yaml')?.toString()).toBe('a: 1\n');
});

test('a list shows only its files, without those that are not there', async () => {
  const folder = madeFolder({ 'a.yaml': 'a', 'b.yaml': 'b' });
  expect((await folderTree(folder, { list: ['b.yaml', 'gone.yaml'] })).paths()).toEqual(['b.yaml']);
});

test('a linked folder is a symlink, and nothing behind it is listed', async () => {
  const outside = madeFolder({ 'secret.yaml': 's' });
  const folder = madeFolder({ 'real/a.yaml': 'a' });
  symlinkSync(outside, join(folder, 'out'));
  symlinkSync('real', join(folder, 'in'));
  symlinkSync('loop', join(folder, 'loop'));
  const tree = await folderTree(folder);
  expect(tree.paths()).toEqual(['in', 'loop', 'out', 'real/a.yaml']);
  expect(tree.entry('in')).toEqual({ kind: 'symlink', target: 'real' });
  expect(tree.entry('out')).toEqual({ kind: 'symlink', target: null });
  expect(tree.entry('loop')).toEqual({ kind: 'symlink', target: null });
});

test('a listed file that lies behind a linked folder is not there', async () => {
  const outside = madeFolder({ 'secret.yaml': 's' });
  const folder = madeFolder({ 'a.yaml': 'a' });
  symlinkSync(outside, join(folder, 'apps'));
  expect((await folderTree(folder, { list: ['a.yaml', 'apps/secret.yaml'] })).paths()).toEqual(['a.yaml']);
});

test('a file that is too large is listed and not readable', async () => {
  const folder = madeFolder();
  writeFileSync(join(folder, 'large.yaml'), '');
  truncateSync(join(folder, 'large.yaml'), MAX_FILE_SIZE + 1);
  const tree = await folderTree(folder);
  await tree.load(['large.yaml']);
  expect(tree.entry('large.yaml')).toMatchObject({ kind: 'file', size: MAX_FILE_SIZE + 1 });
  expect(tree.read('large.yaml')).toBeUndefined();
});

test('a pipe is left out', async () => {
  const folder = madeFolder({ 'a.yaml': 'a' });
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect((await folderTree(folder)).paths()).toEqual(['a.yaml']);
});

test('a folder that does not exist is an input error', async () => {
  await expect(folderTree('/nowhere/at/all')).rejects.toThrow(InputError);
});
