import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { openRenderers } from '../src/renderers/open-renderers.ts';
import { openRepository } from '../src/git/open-repository.ts';
import { locate } from '../src/locate/locate.ts';
import { Revision } from '../src/sources/revision.ts';
import { table } from './table.ts';

/*
 * Repositories that ask for too much, and large ordinary ones: `node bench/budgets.ts` prints for each how long it takes to find
 * the roots, to render what holds one Deployment and to locate one of its fields, with the peak memory.
 */

type Write = (path: string, text: string) => void;

const CASES: Readonly<Record<string, (write: Write) => void>> = {
  '2^14 kustomizations that include each other by twos': (write) => {
    const count = 2 ** 14;
    for (let index = 0; index < count; index += 1) {
      const below = [2 * index + 1, 2 * index + 2].filter((one) => one < count).map((one) => `../k${one}`);
      write(`k${index}/kustomization.yaml`, `resources: [${below.join(', ')}]\n`);
    }
  },
  '14 layers of two that both include the next two (2^14 ways)': (write) => {
    for (let index = 0; index < 28; index += 1) {
      const next = (index >> 1) + 1;
      const below = next < 14 ? [`../k${2 * next}`, `../k${2 * next + 1}`] : [];
      write(`k${index}/kustomization.yaml`, `resources: [${below.join(', ')}]\n`);
    }
  },
  '2,000 ordinary kustomizations': (write) => {
    for (let app = 0; app < 500; app += 1) {
      write(`a${app}/base/kustomization.yaml`, 'resources: [web.yaml]\n');
      write(`a${app}/base/web.yaml`, deployment(`app-${app}`));
      for (const stage of ['dev', 'staging', 'prod'])
        write(
          `a${app}/${stage}/kustomization.yaml`,
          `resources: [../base]\nnamespace: ${stage}\nimages: [{name: web, newTag: "2"}]\n`,
        );
    }
  },
  '2,000 kustomizations of one base': (write) => {
    write('base/kustomization.yaml', 'resources: [web.yaml]\n');
    write('base/web.yaml', deployment('web'));
    for (let index = 0; index < 2000; index += 1)
      write(
        `o${index}/kustomization.yaml`,
        `resources: [../base]\nnamespace: n${index}\nimages: [{name: web, newTag: "2"}]\n`,
      );
  },
  '200 MB in one object': (write) => {
    write('big/kustomization.yaml', 'resources: [web.yaml, big.yaml]\n');
    write('big/web.yaml', deployment('web'));
    const line = `  key: ${'x'.repeat(1000)}\n`;
    const data = Array.from({ length: 50_000 }, (_, index) => line.replace('key', `key-${index}`)).join('');
    for (let part = 0; part < 4; part += 1)
      write(
        part === 0 ? 'big/big.yaml' : `big/big-${part}.yaml`,
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big-${part}}\ndata:\n${data}`,
      );
    write('big/kustomization.yaml', 'resources: [web.yaml, big.yaml, big-1.yaml, big-2.yaml, big-3.yaml]\n');
  },
  '200,000 objects': (write) => {
    const files = Array.from({ length: 25 }, (_, index) => `part-${index}.yaml`);
    write('many/kustomization.yaml', `resources: [web.yaml, ${files.join(', ')}]\n`);
    write('many/web.yaml', deployment('web'));
    for (const [part, file] of files.entries())
      write(
        `many/${file}`,
        Array.from(
          { length: 8000 },
          (_, index) =>
            `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c-${part}-${index}}\ndata: {a: "${'x'.repeat(900)}"}\n`,
        ).join(''),
      );
  },
};

function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: server, image: "web:1"}]}
`;
}

async function one(title: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  try {
    const repo = join(folder, 'repository');
    CASES[title]!((path, text) => {
      mkdirSync(dirname(join(repo, path)), { recursive: true });
      writeFileSync(join(repo, path), text);
    });
    const tools = resolve(import.meta.dirname, '../.tools/bin');
    const env = {
      PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}`,
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    const renderers = openRenderers([], env);
    const repository = await openRepository(repo);
    const started = performance.now();
    const revision = await Revision.of(await repository.workTree(), renderers);
    const roots = (await revision.allRoots()).length;
    const found = performance.now();
    const name = title.startsWith('2,000 ordinary') ? 'app-42' : 'web';
    const result = await locate(revision, {
      target: { wanted: { kind: 'Deployment', name }, live: null, roots: null },
      fields: [{ field: 'spec.replicas', after: 3 }],
    });
    const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`;
    const said = result.kind === 'declined' ? `${result.code}: ${result.reason}` : result.proof.status;
    process.stdout.write(
      JSON.stringify([
        title,
        roots,
        renderers.kustomize.builds,
        seconds(started, found),
        seconds(found, performance.now()),
        `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
        said.length > 90 ? `${said.slice(0, 89)}…` : said,
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measured(title: string): readonly (string | number)[] {
  const limit = 600;
  const { stdout, error } = spawnSync(process.execPath, [import.meta.filename, '--one', title], {
    encoding: 'utf8',
    timeout: limit * 1000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error || stdout === '') return [title, '', '', '', error ? `> ${limit} s` : 'failed', '', ''];
  return JSON.parse(stdout) as (string | number)[];
}

if (import.meta.main) {
  const [flag, title] = process.argv.slice(2);
  if (flag === '--one') await one(title!);
  else
    process.stdout.write(
      `${table([
        ['repository', 'roots', 'renders', 'roots found in', 'located in', 'peak memory', 'answer'],
        ...Object.keys(CASES).map(measured),
      ])}\n`,
    );
}
