import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FetchError } from '../../src/git/fetch.ts';
import { openMirror, type Mirror } from '../../src/git/mirror.ts';
import { gitServer, type GitServer } from './git-server.ts';
import { commitFiles, git, madeFolder } from './made-repository.ts';

const TOKEN = `gh${'s_'}Mn4pQ7rS2tU5vW8xY1zA3bC6dE9fG0hJkL2m`;
const RENEWED = `gh${'s_'}Zy9xW8vU7tS6rQ5pN4mL3kJ2hG1fE0dCbA9z`;

interface Setting {
  readonly server: GitServer;
  /** A work tree that stands for the repository on GitHub: what is committed in it is there at once. */
  readonly origin: string;
  readonly folder: string;
  readonly mirror: Mirror;
  /** Refused tokens that access was asked with. */
  readonly refused: readonly string[];
  readonly slept: readonly number[];
}

async function setting(): Promise<Setting> {
  const root = madeFolder();
  const origin = join(root, 'acme', 'infra.git');
  mkdirSync(origin, { recursive: true });
  git(origin, 'init', '--quiet', '--initial-branch=main');
  commitFiles(origin, { 'a.yaml': 'one\n' }, 'first');
  const server = await gitServer(root);
  server.token = TOKEN;
  const folder = join(madeFolder(), 'mirrors', 'acme+infra');
  const refused: string[] = [];
  const slept: number[] = [];
  const mirror = openMirror({
    folder,
    access: async (token) => {
      if (token !== undefined) refused.push(token);
      return { url: `${server.url}/acme/infra.git`, token: token === undefined ? TOKEN : RENEWED };
    },
    defaultBranch: 'main',
    sleep: async (milliseconds) => slept.push(milliseconds),
  });
  return { server, origin, folder, mirror, refused, slept };
}

async function contentOf(mirror: Mirror, branch: string, path = 'a.yaml'): Promise<string | null> {
  const repository = await mirror.at(branch);
  const tree = await repository?.workTree();
  await tree?.load([path]);
  return tree?.read(path)?.toString() ?? null;
}

describe('a mirror', () => {
  test('gives the repository at the head of a branch', async () => {
    const { mirror, server, origin } = await setting();
    const repository = await mirror.at('main');
    expect(repository).toMatchObject({
      branch: 'main',
      defaultBranch: 'main',
      head: { sha: git(origin, 'rev-parse', 'HEAD') },
      remote: { slug: 'acme/infra', url: expect.stringContaining(server.url.slice('http://'.length)) },
    });
    expect(await contentOf(mirror, 'main')).toBe('one\n');
    expect(await mirror.at('other')).toBeNull();
  });

  test('shows what was pushed since, only after a fetch', async () => {
    const { mirror, origin } = await setting();
    await mirror.fetch();
    commitFiles(origin, { 'a.yaml': 'two\n' }, 'second');
    expect(await contentOf(mirror, 'main')).toBe('one\n');
    await mirror.fetch();
    expect(await contentOf(mirror, 'main')).toBe('two\n');
  });

  test('follows branches that were pushed with force, deleted, or replaced by a folder of branches', async () => {
    const { mirror, origin } = await setting();
    git(origin, 'branch', 'gone');
    git(origin, 'branch', 'topic');
    await mirror.fetch();
    git(origin, 'branch', '-D', 'gone');
    git(origin, 'branch', '-D', 'topic');
    git(origin, 'branch', 'topic/part');
    git(origin, 'commit', '--quiet', '--amend', '--message', 'another');
    await mirror.fetch();
    expect(await mirror.at('gone')).toBeNull();
    expect(await mirror.at('topic')).toBeNull();
    expect(await mirror.at('topic/part')).not.toBeNull();
    expect((await mirror.at('main'))?.head?.sha).toBe(git(origin, 'rev-parse', 'main'));
  });

  test('keeps what it gave while branches move on', async () => {
    const { mirror, origin } = await setting();
    const before = (await mirror.at('main'))!;
    commitFiles(origin, { 'a.yaml': 'two\n' }, 'second');
    await mirror.fetch();
    const tree = await before.workTree();
    await tree.load(['a.yaml']);
    expect(tree.read('a.yaml')?.toString()).toBe('one\n');
  });

  test('opens a branch once while it does not move', async () => {
    const { mirror, origin } = await setting();
    git(origin, 'branch', 'other');
    await mirror.fetch();
    const [main, other] = [await mirror.at('main'), await mirror.at('other')];
    commitFiles(origin, { 'a.yaml': 'two\n' }, 'second');
    await mirror.fetch();
    expect(await mirror.at('other')).toBe(other);
    expect(await mirror.at('main')).not.toBe(main);
    expect((await mirror.at('main'))?.head?.sha).toBe(git(origin, 'rev-parse', 'main'));
  });

  test('shares a fetch between those who ask at the same time, but not one that began before', async () => {
    const { mirror, server, origin } = await setting();
    await mirror.fetch();
    const before = server.requests.length;
    let pushed = false;
    let late: Promise<void>[] = [];
    server.before = () => {
      if (pushed) return;
      pushed = true;
      // The first fetch has begun: what comes now is seen by the next only.
      commitFiles(origin, { 'a.yaml': 'two\n' }, 'second');
      late = [mirror.fetch(), mirror.fetch(), mirror.fetch()];
    };
    await mirror.fetch();
    await Promise.all(late);
    expect(await contentOf(mirror, 'main')).toBe('two\n');
    const fetches = server.requests.slice(before).filter(({ path }) => path.endsWith('/info/refs'));
    expect(fetches).toHaveLength(2);
  });

  test('is the same for several that open one folder', async () => {
    const { mirror, folder, server } = await setting();
    const access = async () => ({ url: `${server.url}/acme/infra.git`, token: TOKEN });
    const other = openMirror({ folder, access, defaultBranch: 'main' });
    await Promise.all([mirror.fetch(), other.fetch(), mirror.at('main'), other.at('main')]);
    expect(readdirSync(folder)).toEqual(['mirror.git']);
  });
});

describe('a mirror after an accident', () => {
  test('throws a half clone away', async () => {
    const { mirror, folder } = await setting();
    mkdirSync(join(folder, 'temporary-999999-0123456789ab', 'objects'), { recursive: true });
    mkdirSync(join(folder, `temporary-${process.pid}-0123456789ab`), { recursive: true });
    expect(await contentOf(mirror, 'main')).toBe('one\n');
    expect(readdirSync(folder)).toEqual(['mirror.git']);
  });

  test('leaves the clone of a process that still runs alone', async () => {
    const { mirror, folder } = await setting();
    const theirs = `temporary-${process.ppid}-0123456789ab`;
    mkdirSync(join(folder, theirs), { recursive: true });
    await mirror.fetch();
    expect(readdirSync(folder).sort()).toEqual(['mirror.git', theirs]);
  });

  test('is cloned again when the clone was cut off', async () => {
    const { mirror, folder, server } = await setting();
    server.before = ({ path }) => path.endsWith('/git-upload-pack');
    await expect(mirror.fetch()).rejects.toMatchObject({ failure: 'unreachable' });
    expect(readdirSync(folder)).toEqual([]);
    server.before = () => {};
    expect(await contentOf(mirror, 'main')).toBe('one\n');
  });

  test('tries again when the server does not answer', async () => {
    const { mirror, server, slept } = await setting();
    let drops = 2;
    server.before = () => drops-- > 0;
    expect(await contentOf(mirror, 'main')).toBe('one\n');
    expect(slept).toEqual([1000, 2000]);
  });

  test('gets past the lock of a process that was killed', async () => {
    const { mirror, folder, origin } = await setting();
    await mirror.fetch();
    commitFiles(origin, { 'a.yaml': 'two\n' }, 'second');
    writeFileSync(join(folder, 'mirror.git', 'refs', 'heads', 'main.lock'), '');
    writeFileSync(join(folder, 'mirror.git', 'packed-refs.lock'), '');
    await mirror.fetch();
    expect(await contentOf(mirror, 'main')).toBe('two\n');
  });

  test('is cloned again when objects are missing', async () => {
    const { mirror, folder, origin } = await setting();
    await mirror.fetch();
    execFileSync('rm', ['-r', join(folder, 'mirror.git', 'objects')]);
    mkdirSync(join(folder, 'mirror.git', 'objects'));
    commitFiles(origin, { 'a.yaml': 'two\n' }, 'second');
    await mirror.fetch();
    expect(await contentOf(mirror, 'main')).toBe('two\n');
  });
});

describe('the token of a mirror', () => {
  test('is renewed once when it is refused', async () => {
    const { mirror, server, refused } = await setting();
    server.token = RENEWED;
    expect(await contentOf(mirror, 'main')).toBe('one\n');
    expect(refused).toEqual([TOKEN]);
  });

  test('that is refused twice is told, without the token', async () => {
    const { mirror, server } = await setting();
    server.token = 'another';
    const error = await mirror.fetch().then(
      () => null,
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(FetchError);
    expect(error).toMatchObject({ failure: 'refused' });
    expect(holdsToken(String((error as Error).stack) + JSON.stringify(error))).toBe(false);
  });

  test.runIf(existsSync('/proc'))(
    'is in no command line, file or message, while it is fetched and afterwards',
    async () => {
      const { mirror, server, folder, origin } = await setting();
      await mirror.fetch();
      commitFiles(origin, { 'a.yaml': 'two\n' }, 'second');
      let commands: readonly string[] = [];
      server.before = () => {
        commands = [...commands, ...commandLines()];
      };
      await mirror.fetch();
      expect(commands.some((command) => command.includes('fetch') && command.includes(server.url))).toBe(
        true,
      );
      expect(commands.filter(holdsToken)).toEqual([]);
      expect(server.requests.at(-1)?.authorization).toContain('Basic');
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      const holding = files.filter(({ parentPath, name }) =>
        holdsToken(readFileSync(join(parentPath, name), 'latin1')),
      );
      expect(files.map(({ name }) => name)).toContain('config');
      expect(holding).toEqual([]);
      expect(existsSync(join(folder, 'mirror.git', 'logs'))).toBe(false);
    },
  );
});

function holdsToken(text: string): boolean {
  const encoded = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
  return [TOKEN, RENEWED, encoded, 'x-access-token'].some((secret) => text.includes(secret));
}

/** Of all processes on this machine. */
function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        return [readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });
}
