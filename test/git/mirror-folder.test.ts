import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IN_USE, noteUse, sweepMirrors, type Swept } from '../../src/git/mirror-folder.ts';
import { openMirror, type Mirror } from '../../src/git/mirror.ts';
import { gitServer } from './git-server.ts';
import { commitFiles, git, madeFolder } from './made-repository.ts';

const MIB = 2 ** 20;
const DAY = 24 * 3_600_000;

/** Three repositories of about one MiB each on a server, and a clock. @param placed where below the folder the mirror of each is */
async function setting(placed = (name: string): string => `acme+${name}`) {
  const root = madeFolder();
  const folder = join(madeFolder(), 'mirrors');
  const clock = { now: Date.now() };
  const server = await gitServer(root);
  const mirrors = new Map<string, Mirror>();
  for (const name of ['a', 'b', 'c']) {
    const origin = join(root, 'acme', `${name}.git`);
    mkdirSync(origin, { recursive: true });
    git(origin, 'init', '--quiet', '--initial-branch=main');
    let seed = name.charCodeAt(0);
    // What does not compress.
    const bytes = Buffer.from(
      Array.from({ length: MIB }, () => (seed = (seed * 48_271) % 2_147_483_647) & 255),
    );
    commitFiles(origin, { 'x.bin': bytes, 'a.yaml': `${name}\n` }, 'first');
    mirrors.set(
      name,
      openMirror({
        folder: join(folder, placed(name)),
        access: async () => ({ url: `${server.url}/acme/${name}.git`, token: null }),
        defaultBranch: 'main',
        onUse: (home) => noteUse(home, clock.now),
      }),
    );
  }
  const use = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      await mirrors.get(name)!.fetch();
      clock.now += 2 * 60_000;
    }
  };
  const sweep = (maxBytes: number): Promise<Swept> =>
    sweepMirrors({ folder, maxBytes, now: () => clock.now });
  const there = (): readonly string[] =>
    readdirSync(folder)
      .map((name) => name.at(-1)!)
      .toSorted();
  return { mirrors, use, sweep, there, clock, server, folder };
}

test('mirrors that were used longest ago are removed until the others fit', async () => {
  const { use, sweep, there, clock } = await setting();
  await use('a', 'b', 'c', 'a');
  clock.now += DAY;
  const swept = await sweep(2.5 * MIB);
  expect(there()).toEqual(['a', 'c']);
  expect(swept).toMatchObject({ removed: [expect.stringMatching(/acme\+b$/)], isOver: false });
  expect(swept.bytes).toBeGreaterThan(2 * MIB);
  expect(swept.bytes).toBeLessThan(2.5 * MIB);
});

test('nothing is removed within the budget', async () => {
  const { use, sweep, there, clock } = await setting();
  await use('a', 'b', 'c');
  clock.now += DAY;
  expect(await sweep(4 * MIB)).toMatchObject({ removed: [], isOver: false });
  expect(there()).toEqual(['a', 'b', 'c']);
});

test('a mirror that is in use stays, and the answer says that the budget is exceeded', async () => {
  const { use, sweep, there, clock } = await setting();
  await use('a');
  clock.now += DAY;
  await use('b', 'c');
  clock.now += IN_USE - 10 * 60_000;
  expect(await sweep(MIB)).toMatchObject({ removed: [expect.stringMatching(/acme\+a$/)], isOver: true });
  expect(there()).toEqual(['b', 'c']);
});

test('reading a branch is a use', async () => {
  const { mirrors, use, sweep, there, clock } = await setting();
  await use('a', 'b', 'c');
  clock.now += DAY;
  await mirrors.get('a')!.at('main');
  await sweep(1);
  expect(there()).toEqual(['a']);
});

test('one that was removed is cloned again when it is needed, by whoever held it', async () => {
  const { mirrors, use, sweep, there, clock, server } = await setting();
  await use('a');
  clock.now += DAY;
  await sweep(1);
  expect(there()).toEqual([]);
  const before = server.requests.length;
  const repository = await mirrors.get('a')!.at('main');
  const tree = await repository!.treeAt(repository!.head!.sha);
  await tree.load(['a.yaml']);
  expect(tree.read('a.yaml')?.toString()).toBe('a\n');
  expect(server.requests.length).toBeGreaterThan(before);
});

test('a fetch that comes while it is removed waits and clones', async () => {
  const { mirrors, use, sweep, clock } = await setting();
  await use('a', 'b');
  clock.now += DAY;
  await Promise.all([sweep(1), mirrors.get('a')!.fetch(), mirrors.get('b')!.fetch()]);
  expect((await mirrors.get('a')!.at('main'))?.head).not.toBeNull();
  expect((await mirrors.get('b')!.at('main'))?.head).not.toBeNull();
});

test('a folder that is not there takes nothing', async () => {
  const folder = join(madeFolder(), 'none');
  expect(await sweepMirrors({ folder, maxBytes: 1, now: Date.now })).toEqual({
    removed: [],
    bytes: 0,
    isOver: false,
  });
});

test('mirrors of several shards have one budget', async () => {
  const shards: Readonly<Record<string, string>> = {
    a: 'prod-1/acme+a',
    b: 'prod-2/acme+b',
    c: 'prod-2/acme+c',
  };
  const { use, sweep, clock, folder } = await setting((name) => shards[name]!);
  await use('a', 'b', 'c');
  clock.now += DAY;
  const { removed } = await sweep(2.5 * MIB);
  expect(removed).toEqual([join(folder, 'prod-1/acme+a')]);
  expect(readdirSync(join(folder, 'prod-2')).toSorted()).toEqual(['acme+b', 'acme+c']);
});
