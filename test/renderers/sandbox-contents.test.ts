import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RenderCache } from '../../src/renderers/cache.ts';
import { chartClosureOf } from '../../src/renderers/chart-closure.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { findHelm } from '../../src/renderers/tools.ts';
import { MOST_BYTES, MOST_ENTRIES, planOf, writeContents } from '../../src/renderers/sandbox-contents.ts';
import { inSandbox, removeStaleSandboxes } from '../../src/renderers/sandbox.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { needsTool } from '../needs.ts';

const built = needsTool('helm');

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function files(...paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(paths.map((path) => [path, 'content']));
}

function plannedOf(paths: readonly string[], links: Readonly<Record<string, string>> = {}): string | null {
  const plan = planOf({ files: files(...paths), links: new Map(Object.entries(links)) });
  return typeof plan === 'string' ? plan : null;
}

describe('what is written into a sandbox', () => {
  test.each([
    ['files at the top and deep down', ['a', 'b/c', 'b/d/e.yaml'], {}],
    [
      'names with dots, spaces, dashes, quotes and line breaks',
      ['..a', 'a..', '...', ' ', '-rf', '"', 'a\nb', '.git/x'],
      {},
    ],
    [
      'names that look like a drive, an address or an option',
      ['c:/x', 'http:/host/x', '--post-renderer=sh'],
      {},
    ],
    ['the longest name', ['a'.repeat(255), `${'é'.repeat(127)}/x`], {}],
    ['names that differ by case', ['README', 'readme'], {}],
    [
      'symlinks to files, folders, the top and themselves',
      ['a/b'],
      { c: 'a/b', 'd/e': 'a', 'd/f': '.', g: 'g' },
    ],
    ['nothing', [], {}],
  ])('%s', (_what, paths, links) => {
    expect(plannedOf(paths, links)).toBeNull();
  });

  test.each([
    ['../x', '../x leads out of its folder'],
    ['a/../../x', 'a/../../x leads out of its folder'],
    ['a/../b', 'a/../b leads out of its folder'],
    ['..', '.. leads out of its folder'],
    ['app/charts/../../../../home/user/.ssh/authorized_keys', /leads out of its folder$/],
    ['/etc/passwd', '/etc/passwd is absolute'],
    ['/', '/ is absolute'],
    ['', '"" is empty'],
    ['a//b', 'a//b has an empty part'],
    ['a/', 'a/ has an empty part'],
    ['./a', './a has an empty part'],
    ['a/./b', 'a/./b has an empty part'],
    ['a\0b', '"a\\u0000b" has a zero byte'],
    ['a\ud800', '"a�" is not Unicode text'],
    ['a'.repeat(256), /^a+… has a part longer than 255 bytes$/],
    ['é'.repeat(128), /has a part longer than 255 bytes$/],
    [Array.from({ length: 900 }, () => 'abc').join('/'), /is longer than 3500 bytes$/],
  ])('not %j', (path, said) => {
    expect(plannedOf(['fine', path])).toMatch(said);
    expect(plannedOf([], { [path]: '.' })).toMatch(said);
    if (path !== '.') expect(plannedOf([], { link: path })).toMatch(/^link leads to .*, which /);
  });

  test.each([
    ['a file where there is to be a folder', ['a', 'a/b'], {}, 'a is a file and a folder'],
    ['a file where there is to be a folder, far above', ['a/b/c/d', 'a/b'], {}, 'a/b is a file and a folder'],
    ['a file behind a symlink', ['a/b'], { a: '.' }, 'a is a symlink and a folder'],
    ['a symlink behind a symlink', [], { a: '.', 'a/b': '.' }, 'a is a symlink and a folder'],
    ['a file and a symlink', ['a'], { a: '.' }, 'a is a file and a symlink'],
  ])('not %s', (_what, paths, links, said) => {
    expect(plannedOf(paths, links)).toBe(said);
  });

  test('not more than the budget', () => {
    const large = Buffer.alloc(MOST_BYTES / 2 + 1);
    expect(
      planOf({
        files: new Map([
          ['a', large],
          ['b', large],
        ]),
      }),
    ).toBe('b: its files are more than 256 MiB');
    const many = Array.from({ length: MOST_ENTRIES + 1 }, (_, index) => `f${index}`);
    expect(plannedOf(many)).toMatch(/^f\d+: it reads more than 60000 files and folders$/);
    const deep = Array.from({ length: MOST_ENTRIES / 2 + 1 }, (_, index) => `${index}/x`);
    expect(plannedOf(deep)).toMatch(/it reads more than 60000 files and folders$/);
  });

  test('nothing at all where one path is refused', async () => {
    const here = folder();
    expect(await writeContents(here, { files: files('a', 'b/c', '../d') })).toBe(
      '../d leads out of its folder',
    );
    expect(readdirSync(here)).toEqual([]);
  });

  test('nothing over what is there, and what the system refuses is a value too', async () => {
    const here = folder();
    mkdirSync(join(here, 'a'));
    expect(await writeContents(here, { files: files('a') })).toBe('a cannot be written (EEXIST)');
    expect(await writeContents(join(here, 'gone'), { files: files('a') })).toBe(
      'a cannot be written (ENOENT)',
    );
  });

  test('symlinks lead where they are to lead', async () => {
    const here = realpathSync(folder());
    const links = new Map([
      ['x/y/link', 'a/b'],
      ['top', '.'],
    ]);
    expect(await writeContents(here, { files: files('a/b'), links })).toBeNull();
    expect(readFileSync(join(here, 'x/y/link'), 'utf8')).toBe('content');
    expect(realpathSync(join(here, 'top'))).toBe(here);
  });

  test('whatever paths there are, nothing is made outside and nothing is thrown', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        'a',
        'b',
        'proc',
        'self',
        '\0',
        'x'.repeat(300),
        '\ud800',
        '~',
        '-',
        '\u2028',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(path, { maxLength: 6 }),
        fc.dictionary(path, path, { maxKeys: 4 }),
        async (paths, links) => {
          const outer = mkdtempSync(join(tmpdir(), 'faultline-test-'));
          try {
            const inner = join(outer, '1/2/3/4/5/6');
            mkdirSync(inner, { recursive: true });
            const answer = await writeContents(inner, {
              files: files(...paths),
              links: new Map(Object.entries(links)),
            });
            const made = readdirSync(outer, { recursive: true }) as string[];
            const outside = made.filter(
              (each) => !`${each}/`.startsWith('1/2/3/4/5/6/') && !'1/2/3/4/5/6'.startsWith(each),
            );
            expect(outside).toEqual([]);
            if (answer === null) for (const each of paths) expect(existsSync(join(inner, each))).toBe(true);
            for (const each of made.map((name) => join(outer, name)).filter((name) => existsSync(name)))
              expect(`${realpathSync(each)}/`.startsWith(`${realpathSync(outer)}/`)).toBe(true);
          } finally {
            rmSync(outer, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('in a folder of its own that is gone afterwards', async () => {
    let seen = '';
    const answer = await inSandbox(files('a'), async ({ top, folder: own }) => {
      seen = top;
      return { ok: true, stdout: readFileSync(join(own, 'a'), 'utf8') };
    });
    expect(answer).toEqual({ ok: true, stdout: 'content' });
    expect(existsSync(seen)).toBe(false);
    expect(await inSandbox(files('../a'), async () => ({ ok: true, stdout: '' }))).toEqual({
      ok: false,
      message: '../a leads out of its folder',
    });
  });
});

test('where no folder can be made, that is a value', async () => {
  vi.stubEnv('TMPDIR', '/nonexistent/folder');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await inSandbox(files('a'), async () => ({ ok: true, stdout: '' }))).toEqual({
    ok: false,
    message: 'no folder could be made for it in /nonexistent/folder (ENOENT)',
  });
});

describe('what an earlier process left behind', () => {
  /** A number that no process has. */
  const GONE = 2 ** 22 + 1;
  const hour = 3_600_000;

  test.runIf(process.platform === 'linux')(
    'is removed where it is surely over, and nothing else',
    async () => {
      const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0];
      const here = folder();
      const now = Date.now();
      const names = {
        ended: `faultline-sandbox-${namespace}-${GONE}-aaaaaa`,
        running: `faultline-sandbox-${namespace}-${process.pid}-aaaaaa`,
        elsewhere: `faultline-sandbox-1-${GONE}-aaaaaa`,
        other: 'faultline-something-else',
      };
      for (const name of Object.values(names)) mkdirSync(join(here, name, 'files'), { recursive: true });
      symlinkSync(join(here, names.other), join(here, `faultline-sandbox-${namespace}-${GONE}-bbbbbb`));
      await removeStaleSandboxes(here, now);
      expect(readdirSync(here).sort()).toEqual(
        [names.running, names.elsewhere, names.other, `faultline-sandbox-${namespace}-${GONE}-bbbbbb`].sort(),
      );
      await removeStaleSandboxes(here, now + 2 * hour);
      expect(readdirSync(here).sort()).toEqual(
        [names.other, `faultline-sandbox-${namespace}-${GONE}-bbbbbb`].sort(),
      );
    },
  );
});

describe('a chart whose names lead elsewhere fails alone', () => {
  const CHART = 'apiVersion: v2\nname: app\nversion: 1.0.0\n';
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fine}\n';

  /** What becomes of a chart with a dependency of this name, which lies in the repository. */
  async function outcome(name: string): Promise<string> {
    const tree = treeOf({
      'app/Chart.yaml': `${CHART}dependencies: [{name: ${JSON.stringify(name)}, version: 0.1.0, repository: "file://../up"}]\n`,
      'app/templates/x.yaml': map,
      'up/Chart.yaml': 'apiVersion: v2\nname: up\nversion: 0.1.0\n',
      'up/authorized_keys': 'ssh-ed25519 AAAA',
      'up/templates/y.yaml': map,
      'other/Chart.yaml': CHART,
      'other/templates/x.yaml': map,
    });
    const renderer = new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 2 }));
    const [said, beside] = await Promise.all(
      ['app', 'other'].map((root) =>
        renderer.render(tree, {
          id: root,
          closure: chartClosureOf(tree, root),
          release: { name: 'x', namespace: 'x' },
          values: [],
        }),
      ),
    );
    expect(beside).toMatchObject({ kind: 'rendered' });
    return said!.kind === 'failed' ? said!.message : 'rendered';
  }

  built.each([
    ['above the sandbox', '../../../../written-outside'],
    ['an absolute path', '/../../../../../../tmp/written-outside'],
    ['into /proc', '../../../../../../../../proc/self/x'],
    ['far too long', 'x'.repeat(300)],
    ['with a zero byte', 'x\0y'],
    ['a file', '../Chart.yaml'],
    ['the chart itself', '..'],
  ])('%s', async (_what, name) => {
    expect(await outcome(name)).not.toBe('rendered');
    for (const place of [tmpdir(), '/', process.cwd()])
      expect(existsSync(join(place, 'written-outside'))).toBe(false);
  });

  built('an entry of the tree that is named ..', async () => {
    const tree = treeOf({
      'app/Chart.yaml': CHART,
      'app/../../../written-outside': 'x',
      'app/templates/x.yaml': map,
    });
    const renderer = new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 1 }));
    const call = {
      id: 'app',
      closure: chartClosureOf(tree, 'app'),
      release: { name: 'x', namespace: 'x' },
      values: [],
    };
    expect(await renderer.render(tree, call)).toMatchObject({
      kind: 'failed',
      message: 'app/../../../written-outside leads out of its folder',
    });
  });
});
