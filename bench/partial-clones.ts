import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seeded } from './random.ts';
import { table } from './table.ts';

/*
 * `node bench/partial-clones.ts`: what a mirror takes as a whole clone, and as a partial one (`--filter=blob:none`) to which the contents of
 * the head, and those that blame and `log -S` need, are fetched in one request each. A made-up repository with 2,000 manifests, 3,000
 * commits and packaged charts of many versions, over git's own protocol on this machine: a network adds its round trips.
 *
 * `node bench/partial-clones.ts <repository>…`: what of real repositories, with their histories, `--filter=blob:limit` would leave out.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { commits: { type: 'string', default: '3000' }, charts: { type: 'string', default: '200' } },
});
const [commits, charts] = [Number(values.commits), Number(values.charts)];
const MANIFESTS = 2_000;
const CHART = 200 * 1024;

if (positionals.length > 0) {
  leftOut(positionals);
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), 'faultline-partial-'));
const origin = join(folder, 'origin.git');
const random = seeded(7);

/** By limit in bytes, what larger contents take of the disk. */
function leftOut(repositories: readonly string[]): void {
  const limits = [2 ** 20, 100 * 2 ** 10];
  const rows: (string | number)[][] = [
    ['repository', 'objects', 'MiB', 'over 1 MiB', '%', 'over 100 KiB', '%'],
  ];
  for (const path of repositories) {
    const listed = git(path, [
      'cat-file',
      '--batch-all-objects',
      '--unordered',
      '--batch-check=%(objecttype) %(objectsize) %(objectsize:disk)',
    ]);
    const objects = listed
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([type, size, disk]) => ({ isBlob: type === 'blob', size: Number(size), disk: Number(disk) }));
    const bytes = objects.reduce((sum, { disk }) => sum + disk, 0);
    const above = limits.map((limit) =>
      objects.reduce((sum, { isBlob, size, disk }) => (isBlob && size > limit ? sum + disk : sum), 0),
    );
    const parts = above.flatMap((part) => [(part / 2 ** 20).toFixed(1), ((100 * part) / bytes).toFixed(1)]);
    rows.push([path.split('/').at(-2) ?? path, objects.length, (bytes / 2 ** 20).toFixed(1), ...parts]);
  }
  process.stdout.write(`${table(rows)}\n`);
}

function git(at: string, args: readonly string[], input?: string | Buffer): string {
  return execFileSync('git', args, {
    cwd: at,
    input: input ?? '',
    maxBuffer: 2 ** 30,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' },
  }).toString();
}

function manifest(index: number, tag: number): string {
  const name = `service-${index}`;
  const env = Array.from(
    { length: 20 },
    (_none, at) => `            - {name: SETTING_${at}, value: "${name}-${at}"}\n`,
  );
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  template:\n    spec:\n      containers:\n        - name: server\n          image: registry.example/${name}:1.${tag}.0\n          env:\n${env.join('')}`;
}

/** In the form of `git fast-import`. */
function history(): Buffer {
  const parts: (string | Buffer)[] = [];
  const write = (path: string, content: string | Buffer): void => {
    parts.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n`, content, '\n');
  };
  for (let commit = 0; commit < commits; commit += 1) {
    const message = `Deploy ${commit}`;
    parts.push(
      `commit refs/heads/main\ncommitter ana <ana@example.com> ${1_700_000_000 + commit * 60} +0000\ndata ${message.length}\n${message}\n`,
    );
    if (commit === 0)
      for (let index = 0; index < MANIFESTS; index += 1)
        write(`apps/${index % 50}/${index}.yaml`, manifest(index, 0));
    for (let change = 0; change < 3; change += 1) {
      const index = Math.floor(random() * MANIFESTS);
      write(`apps/${index % 50}/${index}.yaml`, manifest(index, commit));
    }
    if (commit % Math.ceil(commits / charts) === 0)
      write(
        `charts/chart-${Math.floor(commit / 15) % 10}.tgz`,
        Buffer.from(Array.from({ length: CHART }, () => Math.floor(random() * 256))),
      );
    parts.push('\n');
  }
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function timed<T>(work: () => T): readonly [seconds: string, answer: T] {
  const begun = performance.now();
  const answer = work();
  return [((performance.now() - begun) / 1000).toFixed(2), answer];
}

function mib(path: string): string {
  const bytes = (at: string): number => {
    const found = statSync(at);
    return found.isDirectory()
      ? readdirSync(at).reduce((sum, name) => sum + bytes(join(at, name)), 0)
      : found.size;
  };
  return (bytes(path) / 2 ** 20).toFixed(1);
}

/** Fetches objects by their names in one request, as nothing else of git does for a caller. */
function fetchAll(at: string, ids: readonly string[]): void {
  git(
    at,
    [
      '-c',
      'fetch.negotiationAlgorithm=noop',
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--stdin',
      `file://${origin}`,
    ],
    `${ids.join('\n')}\n`,
  );
}

function missingOf(at: string, args: readonly string[]): readonly string[] {
  return git(at, ['rev-list', '--objects', '--missing=print', ...args])
    .split('\n')
    .filter((line) => line.startsWith('?'))
    .map((line) => line.slice(1));
}

const FILE = 'apps/7/57.yaml';
const rows: (string | number)[][] = [
  ['step', 'whole: seconds', 'MiB', 'partial: seconds', 'MiB', 'objects fetched'],
];
try {
  git(folder, ['init', '--quiet', '--bare', origin]);
  git(origin, ['fast-import', '--quiet'], history());
  git(origin, ['symbolic-ref', 'HEAD', 'refs/heads/main']);
  for (const [key, value] of [
    ['uploadpack.allowFilter', 'true'],
    ['uploadpack.allowAnySHA1InWant', 'true'],
  ] as const)
    git(origin, ['config', key, value]);
  git(origin, ['repack', '-adq']);

  const [whole, partial] = [join(folder, 'whole.git'), join(folder, 'partial.git')];
  const [cloned] = timed(() => git(folder, ['clone', '--quiet', '--bare', `file://${origin}`, whole]));
  const [clonedPartly] = timed(() =>
    git(folder, ['clone', '--quiet', '--bare', '--filter=blob:none', `file://${origin}`, partial]),
  );
  rows.push(['clone', cloned, mib(whole), clonedPartly, mib(partial), 0]);

  const head = missingOf(partial, ['-n', '1', 'main']);
  const [fetchedHead] = timed(() => fetchAll(partial, head));
  const read = (at: string): string =>
    git(at, ['cat-file', '--batch-check'], git(at, ['ls-tree', '-r', '--format=%(objectname)', 'main']));
  const [readWhole] = timed(() => read(whole));
  rows.push(['contents of the head', readWhole, mib(whole), fetchedHead, mib(partial), head.length]);

  const [blamed] = timed(() => git(whole, ['blame', 'main', '--', FILE]));
  const [blamedPartly, ofFile] = timed(() => {
    const ids = missingOf(partial, ['main', '--', FILE]);
    if (ids.length > 0) fetchAll(partial, ids);
    git(partial, ['blame', 'main', '--', FILE]);
    return ids;
  });
  rows.push(['blame of one file', blamed, mib(whole), blamedPartly, mib(partial), ofFile.length]);

  const search = [
    'log',
    '-S',
    'registry.example/service-57:1.',
    '--format=%H',
    '-n',
    '20',
    'main',
    '--',
    'apps/7',
  ];
  const [searched] = timed(() => git(whole, search));
  const [searchedPartly, ofFolder] = timed(() => {
    const ids = missingOf(partial, ['main', '--', 'apps/7']);
    if (ids.length > 0) fetchAll(partial, ids);
    git(partial, search);
    return ids;
  });
  rows.push(['log -S in one folder', searched, mib(whole), searchedPartly, mib(partial), ofFolder.length]);

  const columns = rows[0]!.map((_name, index) => rows.map((row) => row[index]!));
  process.stdout.write(`${table(columns)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
