import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRepository } from '../../src/git/open-repository.ts';
import { InputError } from '../../src/errors/input-error.ts';
import { commitFiles, git, madeRepository, writeFiles } from './made-repository.ts';

const now = Date.parse('2026-05-04T12:00:00Z');

function files(contents: Readonly<Record<string, string>>): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(contents).map(([path, text]) => [path, Buffer.from(text)]));
}

test('one commit on top of the parent, by Faultline, with the files and the message as given', async () => {
  const folder = madeRepository({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
  const repository = await openRepository(folder, { now: () => now });
  const message = 'fix(cart): raise the limit\n\nWith "quotes", ümlauts and\n# a line like a comment\n';
  const contents = files({ 'a.yaml': 'a: 2', 'new/c.yaml': '' });
  const written = await repository.writeBranch({
    branch: 'faultline/cart',
    parent: 'main',
    files: contents,
    message,
  });
  expect(written).toEqual({ kind: 'written', commit: git(folder, 'rev-parse', 'faultline/cart') });
  expect(git(folder, 'log', '-1', '--format=%an <%ae> %at %P', 'faultline/cart')).toBe(
    `Faultline <noreply@faultline.dev> ${now / 1000} ${git(folder, 'rev-parse', 'main')}`,
  );
  expect(git(folder, 'log', '-1', '--format=%B', 'faultline/cart')).toBe(message.trim());
  expect(git(folder, 'diff', '--name-status', 'main', 'faultline/cart')).toBe('M\ta.yaml\nA\tnew/c.yaml');
  expect(git(folder, 'show', 'faultline/cart:a.yaml')).toBe('a: 2');
});

test('the work tree, the index and HEAD stay as they are', async () => {
  const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
  writeFiles(folder, { 'a.yaml': 'a: dirty\n', 'staged.yaml': 's: 1\n' });
  git(folder, 'add', 'staged.yaml');
  const state = () => [
    git(folder, 'status', '--porcelain'),
    git(folder, 'rev-parse', 'HEAD'),
    git(folder, 'ls-files', '-s'),
  ];
  const before = state();
  const repository = await openRepository(folder);
  await repository.writeBranch({
    branch: 'fix',
    parent: 'HEAD',
    files: files({ 'a.yaml': 'a: 2\n' }),
    message: 'Fix',
  });
  expect(state()).toEqual(before);
});

test('an executable file stays executable', async () => {
  const folder = madeRepository();
  writeFiles(folder, { 'run.sh': 'old\n' });
  chmodSync(join(folder, 'run.sh'), 0o755);
  commitFiles(folder, {}, 'first');
  const repository = await openRepository(folder);
  await repository.writeBranch({
    branch: 'fix',
    parent: 'HEAD',
    files: files({ 'run.sh': 'new\n' }),
    message: 'Fix',
  });
  expect(git(folder, 'ls-tree', 'fix', 'run.sh')).toMatch(/^100755 blob /);
});

test('writing the same once more changes nothing', async () => {
  const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
  const repository = await openRepository(folder);
  const proposal = { branch: 'fix', parent: 'HEAD', files: files({ 'a.yaml': 'a: 2\n' }), message: 'Fix' };
  const first = await repository.writeBranch(proposal);
  expect(await repository.writeBranch(proposal)).toEqual({ kind: 'unchanged', commit: first.commit });
});

test('a branch with other content is left alone', async () => {
  const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
  git(folder, 'branch', 'fix');
  const repository = await openRepository(folder);
  const proposal = { branch: 'fix', parent: 'HEAD', files: files({ 'a.yaml': 'a: 2\n' }), message: 'Fix' };
  expect(await repository.writeBranch(proposal)).toEqual({
    kind: 'exists',
    commit: git(folder, 'rev-parse', 'main'),
  });
  expect(git(folder, 'rev-parse', 'fix')).toBe(git(folder, 'rev-parse', 'main'));
});

test('a symlink is not overwritten', async () => {
  const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
  symlinkSync('a.yaml', join(folder, 'link.yaml'));
  commitFiles(folder, {}, 'link');
  const repository = await openRepository(folder);
  const proposal = { branch: 'fix', parent: 'HEAD', files: files({ 'link.yaml': 'a: 2\n' }), message: 'Fix' };
  await expect(repository.writeBranch(proposal)).rejects.toThrow(InputError);
});

test.each(['.git/config', '../outside.yaml', '/etc/passwd'])('%s cannot be written', async (path) => {
  const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
  const repository = await openRepository(folder);
  const proposal = { branch: 'fix', parent: 'HEAD', files: files({ [path]: 'a: 2\n' }), message: 'Fix' };
  await expect(repository.writeBranch(proposal)).rejects.toThrow(InputError);
  expect(git(folder, 'branch', '--list', 'fix')).toBe('');
});

test.each(['-d', 'a..b', 'with space', '@{-1}', 'end.lock'])('%s is no branch', async (branch) => {
  const repository = await openRepository(madeRepository({ 'a.yaml': 'a: 1\n' }));
  const proposal = { branch, parent: 'HEAD', files: files({ 'a.yaml': 'a: 2\n' }), message: 'Fix' };
  await expect(repository.writeBranch(proposal)).rejects.toThrow(InputError);
});

test('a branch below the name of another branch is refused with words', async () => {
  const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
  git(folder, 'branch', 'faultline');
  const repository = await openRepository(folder);
  const proposal = {
    branch: 'faultline/fix',
    parent: 'HEAD',
    files: files({ 'a.yaml': 'a: 2\n' }),
    message: 'Fix',
  };
  await expect(repository.writeBranch(proposal)).rejects.toThrow('faultline/fix');
});
