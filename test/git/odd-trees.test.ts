import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRepository } from '../../src/git/open-repository.ts';
import { expectHarmlessHead } from '../guard/hostile-head.ts';
import { commitTree, file, folder, writeBlob, writeTree, type RawEntry } from './made-objects.ts';
import { commitFiles, git, madeFolder, madeRepository } from './made-repository.ts';

/** A commit whose top has an ordinary file, and beside it the entries. */
async function treeWith(make: (repository: string, blob: string) => readonly RawEntry[]) {
  const repository = madeRepository();
  const blob = writeBlob(repository, 'a: 1\n');
  const tree = writeTree(repository, [...make(repository, blob), file('good.yaml', blob)]);
  const commit = commitTree(repository, tree);
  const made = await (await openRepository(repository)).treeAt(commit);
  await expectHarmlessHead(made);
  return made;
}

/** Spellings that some file system takes for a way out, or for git's own folder. */
const ODD_NAMES = [
  '.',
  '..',
  '.git',
  '.GIT',
  '.Git',
  'git~1',
  'GIT~1',
  'git~2',
  '.git.',
  '.git ',
  '.git . ',
  '.git::$INDEX_ALLOCATION',
  '.g\u200cit',
  '\ufeff.git',
  '.gi\u202et',
  'a\\b.yaml',
  '..\\up.yaml',
  '.git\\config',
];

describe('entries of a commit that no tree may have', () => {
  test.each(ODD_NAMES)('%j as a file is set aside, and the rest is read', async (name) => {
    const tree = await treeWith((_repository, blob) => [file(name, blob)]);
    expect(tree.paths()).toEqual(['good.yaml']);
    expect(tree.entry(name)).toBeUndefined();
    await tree.load([name, 'good.yaml']);
    expect(tree.read(name)).toBeUndefined();
    expect(tree.read('good.yaml')?.toString()).toBe('a: 1\n');
    expect(tree.problems).toMatchObject([{ path: name }]);
  });

  test.each(ODD_NAMES)('%j as a folder is set aside with all below it', async (name) => {
    const tree = await treeWith((repository, blob) => [
      folder('apps', writeTree(repository, [folder(name, writeTree(repository, [file('x.yaml', blob)]))])),
    ]);
    expect(tree.paths()).toEqual(['good.yaml']);
    expect(tree.problems).toMatchObject([{ path: `apps/${name}/x.yaml` }]);
  });

  test('a name with a slash in it is no file in a folder', async () => {
    const tree = await treeWith((repository, blob) => [
      file('apps/inner.yaml', blob),
      file('../../up.yaml', blob),
      folder('base', writeTree(repository, [file('a.yaml', blob)])),
    ]);
    expect(tree.paths()).toEqual(['base/a.yaml', 'good.yaml']);
    expect(tree.problems?.map(({ message }) => message)).toEqual([
      'has a slash in its name',
      'has a part named ..',
    ]);
  });

  test('a tree that git itself cannot read is refused as a whole, with what is wrong', async () => {
    const reading = treeWith((repository, blob) => [
      folder('', writeTree(repository, [file('a.yaml', blob)])),
    ]);
    await expect(reading).rejects.toThrow('empty filename in tree entry');
  });

  test('of two entries with one name, the first counts', async () => {
    const repository = madeRepository();
    const [first, second] = [writeBlob(repository, 'a: 1\n'), writeBlob(repository, 'a: 2\n')];
    const commit = commitTree(
      repository,
      writeTree(repository, [file('a.yaml', first), file('a.yaml', second)]),
    );
    const tree = await (await openRepository(repository)).treeAt(commit);
    expect(tree.paths()).toEqual(['a.yaml']);
    expect(tree.entry('a.yaml')).toMatchObject({ hash: first });
    expect(tree.problems).toEqual([{ path: 'a.yaml', message: 'is in its folder twice' }]);
  });

  test('a symlink and a submodule of such a name are set aside too', async () => {
    const tree = await treeWith((repository, blob) => [
      { mode: '120000', name: '..', id: writeBlob(repository, '/etc') },
      { mode: '160000', name: '.git', id: blob },
    ]);
    expect(tree.paths()).toEqual(['good.yaml']);
    expect(tree.problems).toHaveLength(2);
  });

  test.each([
    '.gitignore',
    '.gitattributes',
    '.gitmodules',
    '.github',
    'git',
    'git~',
    'agit~1',
    '.git-hooks',
    '...',
    '..a',
    'a..b',
    ' ',
    'with space.yaml',
    'ümlaut.yaml',
    '日本.yaml',
    'a:b.yaml',
    'line\nbreak.yaml',
  ])('%j is an ordinary name', async (name) => {
    const tree = await treeWith((_repository, blob) => [file(name, blob)]);
    expect(tree.paths()).toContain(name);
    expect(tree.problems).toEqual([]);
  });
});

describe('trees that are more than a repository', () => {
  test('a few that contain each other list billions of files: they are not listed to the end', async () => {
    const repository = madeRepository();
    let tree = writeTree(repository, [
      file('a-file-with-a-name-of-some-length.yaml', writeBlob(repository, '')),
    ]);
    for (let level = 0; level < 10; level += 1)
      tree = writeTree(
        repository,
        Array.from({ length: 10 }, (_, index) =>
          folder(`a-folder-with-a-name-of-some-length-${index}`, tree),
        ),
      );
    const commit = commitTree(repository, tree);
    const reading = (await openRepository(repository)).treeAt(commit);
    await expect(reading).rejects.toThrow('this repository has more than is read');
  }, 60_000);

  test('a symlink longer than any system follows leads nowhere', async () => {
    const repository = madeRepository();
    const long = writeBlob(repository, 'a/'.repeat(3000));
    const commit = commitTree(
      repository,
      writeTree(repository, [{ mode: '120000', name: 'link', id: long }]),
    );
    const tree = await (await openRepository(repository)).treeAt(commit);
    expect(tree.entry('link')).toEqual({ kind: 'symlink', target: null });
  });
});

describe('an index and a folder that name what no tree may have', () => {
  test('a path of the index that leads outside is not read', async () => {
    const parent = madeFolder({ 'aa/secret.yaml': 'secret: 1\n' });
    const repository = join(parent, 'repository');
    mkdirSync(repository);
    git(repository, 'init', '--quiet', '--initial-branch=main');
    commitFiles(repository, { 'aXXaaXsecret.yaml': 'mine: 1\n', 'good.yaml': 'a: 1\n' }, 'first');
    // Another name of the same length: nothing else in the index changes but its checksum.
    const index = join(repository, '.git/index');
    const bytes = readFileSync(index);
    bytes.write('../aa/secret.yaml', bytes.indexOf('aXXaaXsecret.yaml'), 'latin1');
    createHash('sha1')
      .update(bytes.subarray(0, -20))
      .digest()
      .copy(bytes, bytes.length - 20);
    writeFileSync(index, bytes);
    expect(git(repository, 'ls-files')).toContain('../aa/secret.yaml');

    const tree = await (await openRepository(repository)).workTree();
    await tree.load(['../aa/secret.yaml']);
    expect(tree.read('../aa/secret.yaml')).toBeUndefined();
    expect(tree.problems).toEqual([{ path: '../aa/secret.yaml', message: 'has a part named ..' }]);
  });

  test('in a folder without git, git’s own folder in any spelling is set aside', async () => {
    const plain = madeFolder({ 'a.yaml': 'a: 1\n', '.GIT/config': 'x', 'GIT~1/x.yaml': 'x' });
    const tree = await (await openRepository(plain)).workTree();
    expect(tree.paths()).toEqual(['a.yaml']);
  });
});
