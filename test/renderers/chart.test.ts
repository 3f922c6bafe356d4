import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chartClosureOf } from '../../src/renderers/chart-closure.ts';
import { describeChart, type ChartClosure } from '../../src/renderers/chart.ts';
import { folderTree } from '../../src/tree/folder.ts';
import { treeOf } from '../../src/tree/tree.ts';

function chart(name: string, rest = ''): string {
  return `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${rest}`;
}

function dependencies(...items: readonly string[]): string {
  return `dependencies:\n${items.map((item) => `  - {${item}}\n`).join('')}`;
}

function closureIn(files: Readonly<Record<string, string>>, root = 'app'): ChartClosure {
  return chartClosureOf(treeOf(files), root);
}

/** On disk, since only a folder has symlinks. */
async function closureWithLinks(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>>,
): Promise<ChartClosure> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const place = (path: string): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  for (const [path, content] of Object.entries(files)) writeFileSync(place(path), content);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, place(path));
  const tree = await folderTree(folder);
  await tree.load(tree.paths());
  return chartClosureOf(tree, 'app');
}

function prefixes({ parts }: ChartClosure): readonly string[] {
  return parts.map(({ folder, prefix }) => `${prefix.join('.')} ${folder}`);
}

function problems({ problems: all }: ChartClosure): readonly string[] {
  return all.map(({ file, message }) => `${file}: ${message}`);
}

describe('the files of a chart', () => {
  test('have a role each, and those outside take no part', () => {
    const closure = closureIn({
      'app/Chart.yaml': chart('app'),
      'app/values.yaml': '',
      'app/values-prod.yaml': '',
      'app/templates/_names.tpl': '',
      'app/templates/a.yaml': '',
      'app/templates/run.sh': '',
      'app/files/values.yaml': '',
      'app2/Chart.yaml': chart('app2'),
      'values.yaml': '',
    });
    expect(Object.fromEntries(closure.files)).toEqual({
      'app/Chart.yaml': 'chart',
      'app/values.yaml': 'values',
      'app/values-prod.yaml': 'other',
      'app/templates/_names.tpl': 'template',
      'app/templates/a.yaml': 'template',
      'app/templates/run.sh': 'other',
      'app/files/values.yaml': 'other',
    });
    expect([...closure.placed]).toEqual([...closure.files.keys()].sort().map((path) => [path, path]));
    expect(closure).toMatchObject({ root: 'app', remote: [], problems: [] });
  });

  test('at the top of the repository are all of it', () => {
    const closure = closureIn({ 'Chart.yaml': chart('app'), 'charts/a/Chart.yaml': chart('a') }, '.');
    expect(prefixes(closure)).toEqual([' .', 'a charts/a']);
    expect(closure.placed.get('charts/a/Chart.yaml')).toBe('charts/a/Chart.yaml');
  });
});

describe('a vendored chart', () => {
  test('stands under its alias, else its name, and below the charts that bring it', () => {
    const closure = closureIn({
      'app/Chart.yaml': chart('app', dependencies('name: db, alias: orders', 'name: db, alias: users')),
      'app/charts/postgres/Chart.yaml': chart('db', 'type: library\n'),
      'app/charts/postgres/charts/common/Chart.yaml': chart('common'),
      'app/charts/unnamed/Chart.yaml': chart('extra'),
      'app/charts/_off/Chart.yaml': chart('off'),
    });
    expect(prefixes(closure)).toEqual([
      ' app',
      'orders app/charts/postgres',
      'users app/charts/postgres',
      'orders.common app/charts/postgres/charts/common',
      'users.common app/charts/postgres/charts/common',
      'extra app/charts/unnamed',
    ]);
    expect(closure.parts.map(({ isLibrary }) => isLibrary)).toEqual([false, true, true, false, false, false]);
  });

  test('as an archive is named with its prefix', () => {
    const closure = closureIn({
      'app/Chart.yaml': chart('app', dependencies('name: db, alias: orders, version: 1.x')),
      'app/charts/db-1.2.0.tgz': '',
      'app/charts/db-extra-2.0.0.tgz': '',
    });
    expect(closure).toMatchObject({
      remote: [],
      archives: [
        { file: 'app/charts/db-1.2.0.tgz', prefix: ['orders'] },
        { file: 'app/charts/db-extra-2.0.0.tgz', prefix: ['db-extra'] },
      ],
    });
  });

  test('renders without what it does not bring along', () => {
    const closure = closureIn({
      'app/Chart.yaml': chart('app'),
      'app/charts/a/Chart.yaml': chart('a', dependencies('name: b, repository: "https://example.com"')),
    });
    expect(closure.remote).toEqual([]);
  });
});

describe('a chart that is named by its folder', () => {
  test('lies in the sandbox where it would be vendored, with its own dependencies', () => {
    const closure = closureIn({
      'app/Chart.yaml': chart('app', dependencies('name: lib, alias: l, repository: "file://../lib"')),
      'lib/Chart.yaml': chart('lib', dependencies('name: base, repository: "file://../base/"')),
      'base/Chart.yaml': chart('base'),
      'base/values.yaml': '',
    });
    expect(prefixes(closure)).toEqual([' app', 'l lib', 'l.base base']);
    expect(Object.fromEntries(closure.placed)).toEqual({
      'app/Chart.yaml': 'app/Chart.yaml',
      'app/charts/lib/Chart.yaml': 'lib/Chart.yaml',
      'app/charts/lib/charts/base/Chart.yaml': 'base/Chart.yaml',
      'app/charts/lib/charts/base/values.yaml': 'base/values.yaml',
    });
  });

  test('is placed once, however often it is used', () => {
    const uses = ['x', 'z'].map((alias) => `name: lib, alias: ${alias}, repository: "file://../lib"`);
    const closure = closureIn({
      'app/Chart.yaml': chart('app', dependencies(...uses)),
      'lib/Chart.yaml': chart('lib'),
    });
    expect(prefixes(closure)).toEqual([' app', 'x lib', 'z lib']);
    expect(closure.placed.size).toBe(2);
  });

  test('gives way to one that is vendored', () => {
    const closure = closureIn({
      'app/Chart.yaml': chart('app', dependencies('name: lib, repository: "file://../lib"')),
      'app/charts/lib/Chart.yaml': chart('lib'),
      'lib/Chart.yaml': chart('lib'),
    });
    expect(prefixes(closure)).toEqual([' app', 'lib app/charts/lib']);
  });

  test.each([
    ['file:///etc', 'file:///etc lies outside the repository'],
    ['file://../../other', 'file://../../other lies outside the repository'],
    ['file://../nowhere', 'file://../nowhere is not a chart'],
    ['file://../app', 'file://../app is a cycle'],
  ])('%s is a problem', (repository, message) => {
    const files = {
      'app/Chart.yaml': chart('app', dependencies(`name: lib, repository: "${repository}"`)),
    };
    expect(problems(closureIn(files))).toEqual([`app/Chart.yaml: ${message}`]);
  });

  test('by way of another that leads back is a problem', () => {
    const closure = closureIn({
      'app/Chart.yaml': chart('app', dependencies('name: lib, repository: "file://../lib"')),
      'lib/Chart.yaml': chart('lib', dependencies('name: app, repository: "file://../app"')),
    });
    expect(problems(closure)).toEqual(['lib/Chart.yaml: file://../app is a cycle']);
  });

  test('that multiplies is stopped', () => {
    const files: Record<string, string> = {};
    for (let level = 0; level < 20; level += 1) {
      const twice = ['x', 'y'].map(
        (alias) => `name: c${level + 1}, alias: ${alias}, repository: "file://../c${level + 1}"`,
      );
      files[`c${level}/Chart.yaml`] = chart(`c${level}`, dependencies(...twice));
    }
    expect(problems(closureIn(files, 'c0'))).toContainEqual('c0: depends on more than 500 charts');
  });
});

test('a dependency that is elsewhere is named', () => {
  const named = dependencies(
    'name: db, version: 12.x, repository: "https://example.com/charts"',
    'name: x, version: 1',
  );
  expect(closureIn({ 'app/Chart.yaml': chart('app', named) }).remote.map(describeChart)).toEqual([
    'chart db 12.x from https://example.com/charts',
    'chart x 1',
  ]);
});

test('Helm 2 has dependencies in a file of their own', () => {
  const closure = closureIn({
    'app/Chart.yaml': 'apiVersion: v1\nname: app\nversion: 1.0.0\n',
    'app/requirements.yaml': dependencies('name: db, alias: orders, repository: "file://../db"'),
    'db/Chart.yaml': 'apiVersion: v1\nname: db\nversion: 1.0.0\n',
  });
  expect(prefixes(closure)).toEqual([' app', 'orders db']);
  expect(closure.files.get('app/requirements.yaml')).toBe('chart');
});

test.each([
  [{ 'app/values.yaml': '' }, 'app/Chart.yaml: does not exist'],
  [{ 'app/Chart.yaml': 'a: b: c\n' }, 'app/Chart.yaml: is not YAML: bad indentation of a mapping entry'],
  [{ 'app/Chart.yaml': 'version: 1.0.0\n' }, 'app/Chart.yaml: names no chart'],
])('without a description there is no chart: %o', (files, problem) => {
  expect(problems(closureIn(files))).toContainEqual(problem);
});

describe('a symlink', () => {
  const files = {
    'app/Chart.yaml': chart('app'),
    'shared/values.yaml': '',
    'lib/Chart.yaml': chart('lib'),
    'lib/templates/a.yaml': '',
  };

  test('to a file or a folder of the repository is what it leads to', async () => {
    const closure = await closureWithLinks(files, {
      'app/values.yaml': '../shared/values.yaml',
      'app/charts/lib': '../../lib',
    });
    expect(problems(closure)).toEqual([]);
    expect(prefixes(closure)).toEqual([' app', 'lib lib']);
    expect(closure.files.get('shared/values.yaml')).toBe('values');
    expect(closure.placed.get('app/charts/lib/templates/a.yaml')).toBe('lib/templates/a.yaml');
  });

  test.each([
    ['/etc/hostname', 'is a symlink that leads to nothing in the repository'],
    ['../../../etc', 'is a symlink that leads to nothing in the repository'],
    ['nowhere', 'is a symlink that leads to nothing in the repository'],
    ['..', 'is a symlink that leads back to where it lies'],
    ['.', 'is a symlink that leads back to where it lies'],
  ])('to %s is a problem', async (target, message) => {
    expect(problems(await closureWithLinks(files, { 'app/link': target }))).toEqual([`app/link: ${message}`]);
  });

  test('among many that multiply is stopped', async () => {
    const links: Record<string, string> = { 'app/link': '../d0' };
    const leaves: Record<string, string> = { 'd18/x': '' };
    for (let level = 0; level < 18; level += 1)
      for (const name of ['a', 'b']) links[`d${level}/${name}`] = `../d${level + 1}`;
    const closure = await closureWithLinks({ ...files, ...leaves }, links);
    expect(problems(closure)).toContainEqual('app: has more than 50000 files');
  });
});
