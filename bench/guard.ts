/**
 * A tag bump in one of 300 roots of a repository with 10,000 files: `node bench/guard.ts`. The service has what it read of the base and the
 * programs' caches (warm); the command line starts anew.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEFAULT_CONFIG } from '../src/config/defaults.ts';
import { openRepository } from '../src/git/open-repository.ts';
import { guard } from '../src/guard/guard.ts';
import { openRenderers } from '../src/renderers/open-renderers.ts';
import { Revision } from '../src/sources/revision.ts';

const ROOTS = 300;
const FILES = 10_000;
const RUNS = 5;

const folder = mkdtempSync(join(tmpdir(), 'bench-guard-'));
const git = (...args: readonly string[]): void => {
  const { status, stderr } = spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

function makeRepository(): void {
  for (let root = 0; root < ROOTS; root += 1) {
    const at = `apps/a${root}`;
    write(`${at}/base/kustomization.yaml`, 'resources: [deployment.yaml, service.yaml]\n');
    write(`${at}/base/deployment.yaml`, deployment(`a${root}`));
    write(
      `${at}/base/service.yaml`,
      `apiVersion: v1\nkind: Service\nmetadata: {name: a${root}}\nspec: {selector: {app: a${root}}, ports: [{port: 80, targetPort: http}]}\n`,
    );
    write(
      `${at}/prod/kustomization.yaml`,
      `namespace: ns${root}\nresources: [../base]\nimages:\n  - name: harbour/a\n    newTag: 1.0.0\n`,
    );
  }
  for (let file = 4 * ROOTS; file < FILES; file += 1)
    write(
      `config/c${file % 97}/f${file}.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: f${file}, namespace: config}\ndata: {number: "${file}"}\n`,
    );
  git('init', '--quiet', '--initial-branch', 'main');
  for (const [name, value] of [
    ['user.name', 'Ada'],
    ['user.email', 'ada@example.com'],
  ] as const)
    git('config', name, value);
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
}

function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: server
          image: harbour/a
          ports: [{name: http, containerPort: 8080}]
`;
}

/** A branch with another tag for one root. */
function bump(run: number): string {
  const branch = `bump-${run}`;
  git('checkout', '--quiet', '-b', branch, 'main');
  write(
    `apps/a${run}/prod/kustomization.yaml`,
    `namespace: ns${run}\nresources: [../base]\nimages:\n  - name: harbour/a\n    newTag: 1.0.${run + 1}\n`,
  );
  git('commit', '--quiet', '--all', '--message', 'Bump');
  return branch;
}

const median = (times: readonly number[]): number =>
  Math.round(times.toSorted((a, b) => a - b)[times.length >> 1]!);

try {
  makeRepository();
  const branches = Array.from({ length: RUNS + 1 }, (_one, run) => bump(run));
  const repository = await openRepository(folder);
  const renderers = openRenderers();
  const base = (await repository.commitAt('main'))!.sha;
  const warm: number[] = [];
  for (const branch of branches) {
    const head = (await repository.commitAt(branch))!.sha;
    const started = performance.now();
    const [before, after] = await Promise.all([repository.treeAt(base), repository.treeAt(head)]);
    const { findings, roots } = await guard({
      base: { commit: base, revision: await Revision.of(before, renderers) },
      head: { commit: head, revision: await Revision.of(after, renderers) },
      clusters: [],
      memoryFactor: 2,
      where: { repository, config: DEFAULT_CONFIG, renderers },
    });
    warm.push(performance.now() - started);
    if (findings.length > 0 || roots.length !== 1) throw new Error(`${branch}: ${findings.length} findings`);
  }
  const cold = branches.slice(1).map((branch) => {
    const started = performance.now();
    const args = [
      'src/main.ts',
      'guard',
      '--repo',
      folder,
      '--base',
      'main',
      '--head',
      branch,
      '--output',
      'json',
    ];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return performance.now() - started;
  });
  console.log(`first in a process: ${Math.round(warm[0]!)} ms`);
  console.log(`in the service, warm: ${median(warm.slice(1))} ms (median of ${RUNS})`);
  console.log(`command line: ${median(cold)} ms (median of ${RUNS})`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
