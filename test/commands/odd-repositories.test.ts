import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { commitFiles, git, madeFolder, madeRepository } from '../git/made-repository.ts';
import { faultline } from './command-line.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {key: value}\n';
const FIELD = ['--object', 'cm/map', '--field', 'data.key'];

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', madeFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** A clone of the last of two commits. */
function shallow(): string {
  const origin = madeRepository({ 'apps/map.yaml': MAP });
  commitFiles(origin, { note: 'later' }, 'Note something');
  const clone = join(madeFolder(), 'clone');
  git(origin, 'clone', '--quiet', '--depth', '1', `file://${origin}`, clone);
  return clone;
}

describe('what is no repository is refused with status 2, and what is one is not', () => {
  test.each([
    ['a folder that does not exist', () => '/nowhere', '--repo /nowhere: no such folder'],
    [
      'a file',
      () => join(madeFolder({ 'a.yaml': MAP }), 'a.yaml'),
      'a file; expected a git work tree, or a folder',
    ],
    [
      'the folder of git',
      () => join(madeRepository({ 'a.yaml': MAP }), '.git'),
      'the folder of git itself; expected the work tree, /',
    ],
  ])('%s', async (_what, made, message) => {
    const { status, stdout, stderr } = await faultline('locate', '--repo', made(), ...FIELD);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test.each([
    ['a plain folder', () => madeFolder({ 'a.yaml': MAP }), ' is not a git repository'],
    ['a repository without commits', () => madeRepository(), ' has no commits yet'],
  ])('%s has no revisions', async (_what, made, message) => {
    const { status, stderr } = await faultline('guard', '--repo', made(), '--base', 'main');
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--base main: ');
  });

  test.each([
    ['a bare one', () => git(madeRepository({ 'apps/map.yaml': MAP }), 'rev-parse', '--absolute-git-dir')],
    ['one with a detached head', () => detached()],
    ['a submodule', () => submodule()],
  ])('%s is read, without a warning', async (_what, made) => {
    const folder = made();
    const { status, stdout, stderr } = await faultline('blame', '--repo', bareOf(folder), ...FIELD);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('wins  apps/map.yaml:4:13');
  });
});

/** A folder of git is bare where it says so. */
function bareOf(folder: string): string {
  if (!folder.endsWith('.git')) return folder;
  const bare = join(madeFolder(), 'bare');
  git('/', 'clone', '--quiet', '--bare', folder, bare);
  return bare;
}

function detached(): string {
  const repo = madeRepository({ 'apps/map.yaml': MAP });
  git(repo, 'checkout', '--quiet', '--detach');
  return repo;
}

function submodule(): string {
  const outer = madeRepository({ note: 'outer' });
  const inner = madeRepository({ 'apps/map.yaml': MAP });
  git(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'inner');
  return join(outer, 'inner');
}

test('an object that may be in a submodule is not said to be nowhere', async () => {
  const { stdout } = await faultline('locate', '--repo', join(submodule(), '..'), ...FIELD);
  expect(stdout).toContain(
    'no root renders a ConfigMap map; inner is a submodule, whose files were not read',
  );
});

describe('what a folder lacks is said on standard error', () => {
  test('history, below the root of a work tree', async () => {
    const repo = madeRepository({ 'apps/map.yaml': MAP });
    const { status, stdout, stderr } = await faultline('blame', '--repo', join(repo, 'apps'), ...FIELD);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /apps is below the root of a work tree: it is read without history; --repo \/\S+ reads all\n/,
    );
    expect(stdout).toContain('wins  map.yaml:4:13');
  });

  test('what a shallow clone cut off', async () => {
    const { status, stdout, stderr } = await faultline(
      'blame',
      '--repo',
      shallow(),
      ...FIELD,
      '--output',
      'json',
    );
    expect(status).toBe(0);
    expect(stderr).toContain('is a shallow clone');
    expect(JSON.parse(stdout)).toMatchObject({ layers: [{ commit: null }] });
  });

  test('a commit that a shallow clone may lack', async () => {
    const { status, stderr } = await faultline('guard', '--repo', shallow(), '--base', 'HEAD~1');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /--base HEAD~1: no commit, .*a shallow clone: git fetch --unshallow brings what is missing/,
    );
  });
});

describe('an option that does not exist is named, with the one that is meant', () => {
  test.each([
    [['locate', '--repo', '.', '--object', 'a/b', '--feild', 'x'], '--feild', '--field'],
    [['locate', '--objekt=a/b'], '--objekt', '--object'],
    [['config', 'explain', 'a/b', '--cluser', 'x'], '--cluser', '--cluster'],
    [['--vresion'], '--vresion', '--version'],
  ])('%j', async (args, wrong, right) => {
    const { status, stdout, stderr } = await faultline(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error: unknown option '${wrong}'\n\\(Did you mean ${right}\\?\\)\n`));
  });

  test.each([
    ['a value that looks like one', ['locate', '--repo', '/nowhere', ...FIELD, '--set', '--feild']],
    ['a value behind =', ['locate', '--repo=/nowhere', ...FIELD, '--set=--feild']],
  ])('%s is none', async (_what, args) => {
    expect((await faultline(...args)).stderr).toContain('--repo /nowhere: no such folder');
  });
});

test('a name with control characters drives no terminal', async () => {
  const { stderr } = await faultline('locate', '--repo', '/no\u001b[31mwhere', ...FIELD);
  expect(stderr).not.toContain('\u001b');
  expect(stderr).toContain('no such folder');
});

test('a file that the system forbids to read is named, since the answer lacks it', () => {
  const repo = madeFolder({
    'apps/map.yaml': MAP,
    'apps/other.yaml': MAP.replace('name: map', 'name: other'),
  });
  chmodSync(join(repo, 'apps/map.yaml'), 0);
  chmodSync(repo, 0o755);
  // The superuser may read everything.
  const as = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const home = madeFolder();
  chmodSync(home, 0o777);
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'locate', '--repo', repo, ...FIELD], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: home, XDG_CACHE_HOME: home },
    ...as,
  });
  expect(status).toBe(0);
  expect(stderr).toContain('warning: apps/map.yaml may not be read by this user, and is set aside');
});
