import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMirror, type Mirror } from '../../src/git/mirror.ts';
import { gitServer } from './git-server.ts';
import {
  commitTree,
  file,
  folder,
  writeBlob,
  writeObject,
  writeTree,
  type RawEntry,
} from './made-objects.ts';
import { commitFiles, git, madeFolder } from './made-repository.ts';

/** A repository on a server, and a mirror that has its first commit. */
async function mirrored(): Promise<{ readonly origin: string; readonly mirror: Mirror }> {
  const root = madeFolder();
  const origin = join(root, 'acme', 'infra.git');
  mkdirSync(origin, { recursive: true });
  git(origin, 'init', '--quiet', '--initial-branch=main');
  commitFiles(origin, { 'a.yaml': 'a: 1\n' }, 'first');
  const server = await gitServer(root);
  const mirror = openMirror({
    folder: join(madeFolder(), 'acme+infra'),
    access: async () => ({ url: `${server.url}/acme/infra.git`, token: null }),
    defaultBranch: 'main',
    sleep: async () => {},
  });
  await mirror.fetch();
  return { origin, mirror };
}

const ID = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

const REFUSED: readonly (readonly [string, (origin: string, blob: string) => readonly RawEntry[]])[] = [
  ['an entry named ..', (_origin, blob) => [file('..', blob)]],
  ['an entry named .', (_origin, blob) => [file('.', blob)]],
  ['an entry named .git', (_origin, blob) => [file('.git', blob)]],
  ['an entry named .GIT', (_origin, blob) => [file('.GIT', blob)]],
  ['an entry named git~1', (_origin, blob) => [file('git~1', blob)]],
  ['an entry named .git with a character that HFS leaves out', (_origin, blob) => [file('.g\u200cit', blob)]],
  ['a folder named ..', (origin, blob) => [folder('..', writeTree(origin, [file('x.yaml', blob)]))]],
  ['a name with a slash', (_origin, blob) => [file('../up.yaml', blob)]],
  ['an entry that stands twice', (_origin, blob) => [file('x', blob), file('x', blob)]],
  ['entries out of order', (_origin, blob) => [file('z', blob), file('y', blob)]],
  ['a submodule without a commit', () => [{ mode: '160000', name: 'm', id: '0'.repeat(40) }]],
  [
    'a submodule whose address is an option',
    (origin) => [
      file('.gitmodules', writeBlob(origin, '[submodule "m"]\n\tpath = m\n\turl = --upload-pack=x\n')),
      { mode: '160000', name: 'm', id: ID },
    ],
  ],
  [
    'a submodule whose path is an option',
    (origin) => [
      file('.gitmodules', writeBlob(origin, '[submodule "m"]\n\tpath = -m\n\turl = https://x.example/m\n')),
      { mode: '160000', name: 'm', id: ID },
    ],
  ],
  [
    'a submodule whose name leads outside',
    (origin) => [
      file(
        '.gitmodules',
        writeBlob(origin, '[submodule "../../x"]\n\tpath = m\n\turl = https://x.example/m\n'),
      ),
      { mode: '160000', name: 'm', id: ID },
    ],
  ],
  [
    'submodule settings behind a symlink',
    (origin) => [{ mode: '120000', name: '.gitmodules', id: writeBlob(origin, 'a.yaml') }],
  ],
];

describe('objects that are fetched are checked', () => {
  test.each(REFUSED)('%s is refused by name, and the mirror stays as it was', async (_title, make) => {
    const { origin, mirror } = await mirrored();
    const before = (await mirror.at('main'))!.head!.sha;
    commitTree(origin, writeTree(origin, make(origin, writeBlob(origin, ''))));
    await expect(mirror.fetch()).rejects.toMatchObject({
      name: 'FetchError',
      failure: 'unsafe',
      message: expect.stringMatching(/fsck error|object [0-9a-f]{40}/),
    });
    expect((await mirror.at('main'))!.head!.sha).toBe(before);
  });

  test('one branch that is refused leaves nothing behind that a later fetch stumbles over', async () => {
    const { origin, mirror } = await mirrored();
    const good = git(origin, 'rev-parse', 'HEAD');
    commitTree(origin, writeTree(origin, [file('..', writeBlob(origin, ''))]));
    await expect(mirror.fetch()).rejects.toThrow('git could not fetch');
    git(origin, 'update-ref', 'refs/heads/main', good);
    commitFiles(origin, { 'a.yaml': 'a: 2\n' }, 'second');
    await mirror.fetch();
    expect((await mirror.at('main'))!.head!.subject).toBe('second');
  });

  test('what old tools have left in real histories is fetched', async () => {
    const { origin, mirror } = await mirrored();
    const blob = writeBlob(origin, 'a: 2\n');
    const inner = writeTree(origin, [file('b.yaml', blob)]);
    const tree = writeTree(origin, [
      { mode: '100664', name: 'a.yaml', id: blob },
      { mode: '040000', name: 'apps', id: inner },
    ]);
    let parent = '';
    for (const who of [
      'Ada <ada@example.com> 1772359200 +0000',
      'Ada<ada@example.com> 1772359200 +0000',
      'Ada <ada@example.com> 1772359200 +051800',
      'Ada <ada@example.com> 01772359200 +0000',
      '<ada@example.com> 1772359200 +0000',
      'Ada Lovelace 1772359200 +0000',
    ])
      parent = writeObject(
        origin,
        'commit',
        Buffer.from(
          `tree ${tree}\n${parent === '' ? '' : `parent ${parent}\n`}author ${who}\ncommitter ${who}\n\nold\n`,
        ),
      );
    git(origin, 'update-ref', 'refs/heads/main', parent);
    await mirror.fetch();
    const repository = (await mirror.at('main'))!;
    expect((await repository.workTree()).paths()).toEqual(['a.yaml', 'apps/b.yaml']);
  });

  test('ordinary symlinks, submodules and names that look odd are fetched', async () => {
    const { origin, mirror } = await mirrored();
    const blob = writeBlob(origin, '');
    const modules = writeBlob(origin, '[submodule "m"]\n\tpath = m\n\turl = https://x.example/m.git\n');
    commitTree(
      origin,
      writeTree(origin, [
        file('..a', blob),
        file('.gitattributes', blob),
        file('.gitmodules', modules),
        { mode: '120000', name: 'link', id: writeBlob(origin, '../../etc/passwd') },
        { mode: '160000', name: 'm', id: ID },
      ]),
    );
    await mirror.fetch();
    expect((await (await mirror.at('main'))!.workTree()).entry('link')).toEqual({
      kind: 'symlink',
      target: null,
    });
  });
});
