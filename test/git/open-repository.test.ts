import { chmodSync, chownSync, existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openRepository } from '../../src/git/open-repository.ts';
import { InputError } from '../../src/errors/input-error.ts';
import { contentHash } from '../../src/tree/tree.ts';
import { commitFiles, git, madeFolder, madeRepository, writeFiles } from './made-repository.ts';

describe('what is opened', () => {
  test('a work tree has a head, a branch and a default branch', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    const repository = await openRepository(folder);
    expect(repository).toMatchObject({ path: folder, remote: null, branch: 'main', defaultBranch: 'main' });
    expect(repository.head).toEqual({
      sha: git(folder, 'rev-parse', 'HEAD'),
      author: 'Ada',
      email: 'ada@example.com',
      at: Date.parse('2026-03-01T10:00:00Z'),
      subject: 'first',
    });
  });

  test('a plain folder has files and no history', async () => {
    const repository = await openRepository(madeFolder({ 'a/b.yaml': 'b: 1\n' }));
    expect(repository).toMatchObject({ remote: null, head: null, branch: null, defaultBranch: null });
    expect((await repository.workTree()).paths()).toEqual(['a/b.yaml']);
    expect(await repository.log({ limit: 5 })).toEqual([]);
    expect(await repository.blame('a/b.yaml', 1, 'HEAD')).toBeNull();
    await expect(repository.treeAt('HEAD')).rejects.toThrow(InputError);
  });

  test('a folder below the root of a work tree is a plain folder', async () => {
    const folder = madeRepository({ 'apps/a.yaml': 'a: 1\n' });
    const repository = await openRepository(join(folder, 'apps'));
    expect(repository.head).toBeNull();
    expect((await repository.workTree()).paths()).toEqual(['a.yaml']);
  });

  test('a repository without commits has a branch and files', async () => {
    const folder = madeRepository();
    writeFiles(folder, { 'a.yaml': 'a: 1\n' });
    const repository = await openRepository(folder);
    expect(repository).toMatchObject({ head: null, branch: 'main' });
    expect((await repository.workTree()).paths()).toEqual(['a.yaml']);
    expect(await repository.log({ limit: 5 })).toEqual([]);
  });

  test('a detached HEAD has no branch', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    git(folder, 'checkout', '--quiet', '--detach');
    const repository = await openRepository(folder);
    expect(repository.branch).toBeNull();
    expect(repository.head?.subject).toBe('first');
  });

  test('the files of a bare repository are those of its HEAD', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    const bare = join(folder, 'bare.git');
    git(folder, 'clone', '--quiet', '--bare', folder, bare);
    expect((await (await openRepository(bare)).workTree()).paths()).toEqual(['a.yaml']);
  });

  test('a linked work tree, whose .git is a file, is a repository', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    const linked = join(madeFolder(), 'linked');
    git(folder, 'worktree', 'add', '--quiet', '-b', 'side', linked);
    const repository = await openRepository(linked);
    expect(repository.branch).toBe('side');
    expect((await repository.workTree()).paths()).toEqual(['a.yaml']);
  });

  test('the default branch is the one that the remote names', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    const clone = join(madeFolder(), 'clone');
    git(folder, 'clone', '--quiet', folder, clone);
    git(clone, 'checkout', '--quiet', '-b', 'feature');
    git(clone, 'remote', 'set-url', 'origin', 'https://bot:secret@github.com/acme/infra.git');
    const repository = await openRepository(clone);
    expect(repository).toMatchObject({
      branch: 'feature',
      defaultBranch: 'main',
      remote: { slug: 'acme/infra', url: 'https://github.com/acme/infra' },
    });
  });

  test('a folder that does not exist is an input error', async () => {
    await expect(openRepository('/nowhere/at/all')).rejects.toThrow(InputError);
  });

  test('a file is an input error', async () => {
    const folder = madeFolder({ 'a.yaml': 'a: 1\n' });
    await expect(openRepository(join(folder, 'a.yaml'))).rejects.toThrow(
      'a file; expected a git work tree, or a folder',
    );
  });

  test('the surroundings of a git hook do not change what is opened', async () => {
    const other = madeRepository({ 'other.yaml': 'o: 1\n' });
    vi.stubEnv('GIT_DIR', join(other, '.git'));
    vi.stubEnv('GIT_INDEX_FILE', join(other, '.git/index'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const repository = await openRepository(madeRepository({ 'a.yaml': 'a: 1\n' }));
    expect((await repository.workTree()).paths()).toEqual(['a.yaml']);
  });

  test('what a partial clone lacks is not fetched, and the message says what to do', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    git(folder, 'config', 'uploadpack.allowFilter', 'true');
    const clone = join(madeFolder(), 'clone');
    git(folder, 'clone', '--quiet', '--no-checkout', '--filter=blob:none', `file://${folder}`, clone);
    const repository = await openRepository(clone);
    await expect(repository.treeAt('HEAD')).rejects.toThrow('git fetch --refetch');
  });

  // Only root can give a folder away.
  test.runIf(process.getuid?.() === 0)(
    'a repository of another user is refused with what to do',
    async () => {
      const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
      chownSync(folder, 12345, 12345);
      chownSync(join(folder, '.git'), 12345, 12345);
      vi.stubEnv('HOME', folder);
      onTestFinished(() => void vi.unstubAllEnvs());
      await expect(openRepository(folder)).rejects.toThrow('safe.directory');
    },
  );
});

describe('files', () => {
  test('the work tree has changed and new files, and no ignored or deleted ones', async () => {
    const folder = madeRepository({ '.gitignore': 'out/\n', 'kept.yaml': 'a: 1\n', 'gone.yaml': 'a: 1\n' });
    writeFiles(folder, { 'kept.yaml': 'a: 2\n', 'new.yaml': 'b: 1\n', 'out/x.yaml': 'c: 1\n' });
    rmSync(join(folder, 'gone.yaml'));
    const tree = await (await openRepository(folder)).workTree();
    expect(tree.paths()).toEqual(['.gitignore', 'kept.yaml', 'new.yaml']);
    await tree.load(['kept.yaml']);
    expect(tree.read('kept.yaml')?.toString()).toBe('a: 2\n');
  });

  test('a commit keeps its files whatever the work tree has', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    const first = git(folder, 'rev-parse', 'HEAD');
    commitFiles(folder, { 'a.yaml': 'a: 2\n', 'b.yaml': 'b: 1\n' }, 'second');
    const tree = await (await openRepository(folder)).treeAt(first);
    expect(tree.paths()).toEqual(['a.yaml']);
    expect(tree.read('a.yaml')).toBeUndefined();
    await tree.load(['a.yaml', 'unknown.yaml']);
    expect(tree.read('a.yaml')?.toString()).toBe('a: 1\n');
  });

  test('contents come back byte for byte, empty and binary ones and odd names included', async () => {
    const contents = {
      'empty.yaml': Buffer.alloc(0),
      'binary.bin': Buffer.from([0, 10, 13, 255, 254, 10, 0]),
      'crlf.yaml': Buffer.from('a: 1\r\nb: 2'),
      '-rf.yaml': Buffer.from('dash: 1\n'),
      'with space/ümlaut "quoted".yaml': Buffer.from('odd: 1\n'),
    };
    const folder = madeRepository(contents);
    const tree = await (await openRepository(folder)).treeAt('HEAD');
    await tree.load(tree.paths());
    for (const [path, content] of Object.entries(contents)) {
      expect({ path, content: tree.read(path) }).toEqual({ path, content });
      expect(tree.entry(path)).toEqual({ kind: 'file', size: content.length, hash: contentHash(content) });
    }
  });

  test('the same content has the same hash in a commit and in the work tree', async () => {
    const repository = await openRepository(madeRepository({ 'a.yaml': 'a: 1\n' }));
    const [committed, lying] = [await repository.treeAt('HEAD'), await repository.workTree()];
    expect(committed.entry('a.yaml')).toMatchObject({
      hash: (lying.entry('a.yaml') as { hash: string }).hash,
    });
  });

  test('symlinks of a commit are listed with where they end', async () => {
    const folder = madeRepository({ 'base/a.yaml': 'a: 1\n' });
    symlinkSync('../base', join(folder, 'base/self'));
    symlinkSync('base/self/a.yaml', join(folder, 'through'));
    symlinkSync('/etc/passwd', join(folder, 'absolute'));
    symlinkSync('missing', join(folder, 'dangling'));
    commitFiles(folder, {}, 'links');
    const repository = await openRepository(folder);
    for (const tree of [await repository.treeAt('HEAD'), await repository.workTree()]) {
      expect(tree.entry('base/self')).toEqual({ kind: 'symlink', target: 'base' });
      expect(tree.entry('through')).toEqual({ kind: 'symlink', target: 'base/a.yaml' });
      expect(tree.entry('absolute')).toEqual({ kind: 'symlink', target: null });
      expect(tree.entry('dangling')).toEqual({ kind: 'symlink', target: null });
      await tree.load(['through']);
      expect(tree.read('through')).toBeUndefined();
    }
  });

  test('submodules are listed and cannot be read', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n' });
    const commit = git(folder, 'rev-parse', 'HEAD');
    git(folder, 'update-index', '--add', '--cacheinfo', `160000,${commit},vendor/module`);
    git(folder, 'commit', '--quiet', '-m', 'submodule');
    const tree = await (await openRepository(folder)).treeAt('HEAD');
    expect(tree.entry('vendor/module')).toEqual({ kind: 'submodule' });
  });

  test('an unknown commit is refused, and an option is no revision', async () => {
    const repository = await openRepository(madeRepository({ 'a.yaml': 'a: 1\n' }));
    await expect(repository.treeAt('0'.repeat(40))).rejects.toThrow('not a tree object');
    await expect(repository.treeAt('--help')).rejects.toThrow(InputError);
  });
});

describe('nothing of the repository is executed', () => {
  test('filters, text conversion, external diffs, monitors and hooks stay silent', async () => {
    const folder = madeRepository({ '.gitattributes': '* filter=evil diff=evil\n', 'a.yaml': 'a: 1\n' });
    const witness = join(folder, 'executed');
    const script = join(folder, '.git/evil.sh');
    writeFiles(folder, { '.git/evil.sh': `#!/bin/sh\necho "$0" >> ${witness}\ncat\n` });
    chmodSync(script, 0o755);
    for (const name of [
      'reference-transaction',
      'post-index-change',
      'post-checkout',
      'post-commit',
      'fsmonitor-watchman',
    ]) {
      writeFiles(folder, { [`.git/hooks/${name}`]: readFileSync(script) });
      chmodSync(join(folder, '.git/hooks', name), 0o755);
    }
    for (const key of [
      'filter.evil.clean',
      'filter.evil.smudge',
      'diff.evil.textconv',
      'diff.evil.command',
      'diff.external',
      'core.fsmonitor',
      'core.pager',
      'gpg.program',
    ]) {
      git(folder, 'config', key, script);
    }
    git(folder, 'config', 'log.showSignature', 'true');

    const repository = await openRepository(folder);
    const tree = await repository.treeAt('HEAD');
    await tree.load(tree.paths());
    const workTree = await repository.workTree();
    await workTree.load(workTree.paths());
    await repository.log({ paths: ['a.yaml'], limit: 3 });
    expect(await repository.blame('a.yaml', 1, 'HEAD')).not.toBeNull();
    const files = new Map([['a.yaml', Buffer.from('a: 2\n')]]);
    const written = await repository.writeBranch({ branch: 'fix', parent: 'HEAD', files, message: 'Fix' });
    expect(written.kind).toBe('written');
    expect(existsSync(witness)).toBe(false);
  });
});

describe('history', () => {
  test('the log of a path names only the commits that changed it, newest first', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    commitFiles(folder, { 'b.yaml': 'b: 2\n' }, 'other');
    commitFiles(folder, { 'a.yaml': 'a: 2\n' }, 'Change a\n\nWith a body.');
    const repository = await openRepository(folder);
    const log = await repository.log({ paths: ['a.yaml'], limit: 10 });
    expect(log.map(({ subject }) => subject)).toEqual(['Change a', 'first']);
    expect(await repository.log({ paths: ['a.yaml'], limit: 1 })).toHaveLength(1);
    expect(await repository.log({ paths: ['a.yaml'], from: 'HEAD~1', limit: 10 })).toHaveLength(1);
    expect(await repository.log({ paths: [':(top)*', '--all'], limit: 10 })).toEqual([]);
  });

  test('blame names the commit that last changed the line', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\nb: 1\n' });
    const second = commitFiles(folder, { 'a.yaml': 'a: 1\nb: 2\n' }, 'second');
    const repository = await openRepository(folder);
    expect((await repository.blame('a.yaml', 2, 'HEAD'))?.sha).toBe(second);
    expect((await repository.blame('a.yaml', 1, 'HEAD'))?.subject).toBe('first');
    expect((await repository.blame('a.yaml', 2, 'HEAD~1'))?.subject).toBe('first');
  });

  test('blame is silent about lines and paths that are not there', async () => {
    const repository = await openRepository(madeRepository({ 'a.yaml': 'a: 1\n' }));
    expect(await repository.blame('a.yaml', 9, 'HEAD')).toBeNull();
    expect(await repository.blame('none.yaml', 1, 'HEAD')).toBeNull();
  });

  test('blame does not accuse the commit that a shallow clone ends at', async () => {
    const folder = madeRepository({ 'a.yaml': 'a: 1\nb: 1\n' });
    commitFiles(folder, { 'c.yaml': 'c: 1\n' }, 'unrelated');
    const last = commitFiles(folder, { 'a.yaml': 'a: 1\nb: 2\n' }, 'last');
    const clone = join(madeFolder(), 'clone');
    git(folder, 'clone', '--quiet', '--depth=2', `file://${folder}`, clone);
    const repository = await openRepository(clone);
    expect(await repository.blame('a.yaml', 1, 'HEAD')).toBeNull();
    expect((await repository.blame('a.yaml', 2, 'HEAD'))?.sha).toBe(last);
  });

  test.each([
    ['what was squashed', 'Trim the memory of seatmap (#12)', 12],
    ['a number that is not at the end', 'Revert "(#12) trim"', null],
    ['an issue that is mentioned', 'Fix #12', null],
  ])('the pull request in the subject: %s', async (_case, subject, number) => {
    const folder = madeRepository({ a: '1' });
    commitFiles(folder, { a: '2' }, subject);
    const repository = await openRepository(folder);
    expect(await repository.pullRequestOf(repository.head!, repository.head!.sha)).toBe(number);
  });

  test('the pull request whose merge brought a commit, not one that came later', async () => {
    const folder = madeRepository({ a: '1', b: '1' });
    const direct = commitFiles(folder, { a: '2' }, 'straight to the branch');
    for (const [number, file] of [
      [7, 'a'],
      [8, 'b'],
    ] as const) {
      git(folder, 'checkout', '--quiet', '-b', `change-${number}`);
      commitFiles(folder, { [file]: '3' }, `change ${file}`);
      commitFiles(folder, { c: String(number) }, 'and more');
      git(folder, 'checkout', '--quiet', 'main');
      const message = `Merge pull request #${number} from acme/change-${number}`;
      git(folder, 'merge', '--quiet', '--no-ff', '-m', message, `change-${number}`);
    }
    const repository = await openRepository(folder);
    const head = repository.head!.sha;
    const numberOf = async (file: string) =>
      repository.pullRequestOf((await repository.blame(file, 1, head))!, head);
    expect([await numberOf('a'), await numberOf('b')]).toEqual([7, 8]);
    const [commit] = await repository.log({ from: direct, limit: 1 });
    expect(await repository.pullRequestOf(commit!, head)).toBeNull();
  });

  test('a commit contains itself and what came before it, and nothing that is not here', async () => {
    const folder = madeRepository({ a: '1' });
    const first = git(folder, 'rev-parse', 'HEAD');
    const second = commitFiles(folder, { a: '2' }, 'two');
    const repository = await openRepository(folder);
    expect(await repository.contains(second, first)).toBe(true);
    expect(await repository.contains(second, second)).toBe(true);
    expect(await repository.contains(first, second)).toBe(false);
    expect(await repository.contains(second, 'f'.repeat(40))).toBeNull();
  });
});

describe('modes at a commit', () => {
  test('are those of the paths and of the folders above them, as git has them', async () => {
    const folder = madeRepository({
      'apps/cart/run.sh': 'echo\n',
      'apps/cart/a [1].yaml': 'a: 1\n',
      'b.yaml': '',
    });
    chmodSync(join(folder, 'apps/cart/run.sh'), 0o755);
    symlinkSync('apps', join(folder, 'link'));
    const commit = commitFiles(folder, {}, 'modes');
    const repository = await openRepository(folder);
    const paths = ['apps/cart/run.sh', 'apps/cart/a [1].yaml', 'apps/new/c.yaml', 'link/cart/run.sh'];
    const found = await repository.modesAt(commit, paths);
    expect(found?.id).toBe(git(folder, 'rev-parse', `${commit}^{tree}`));
    expect(found?.modes).toEqual(
      new Map([
        ['apps', '040000'],
        ['apps/cart', '040000'],
        ['apps/cart/a [1].yaml', '100644'],
        ['apps/cart/run.sh', '100755'],
        ['link', '120000'],
      ]),
    );
    expect(await repository.modesAt('0'.repeat(40), paths)).toBeNull();
  });
});
