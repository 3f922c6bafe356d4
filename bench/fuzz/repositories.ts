import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import type { Repository } from '../../src/git/repository.ts';
import { guard } from '../../src/guard/guard.ts';
import { guardMarkdown } from '../../src/output/guard-check.ts';
import { guardCommands } from '../../src/output/guard-github.ts';
import { guardJson } from '../../src/output/guard.ts';
import { printedJson } from '../../src/output/printed-json.ts';
import { openRenderers } from '../../src/renderers/open-renderers.ts';
import { inParallel } from '../../src/concurrency/in-parallel.ts';
import { run } from '../../src/renderers/run.ts';
import { inSandbox } from '../../src/renderers/sandbox.ts';
import { findHelm, findKustomize } from '../../src/renderers/tools.ts';
import { Revision } from '../../src/sources/revision.ts';
import type { Renderers } from '../../src/renderers/renderers.ts';
import { treeOf, type Tree } from '../../src/tree/tree.ts';
import { seeded } from '../random.ts';
import { hostileRepository, type Targets } from './hostile-repositories.ts';
import type { FuzzOptions, FuzzReport } from './report.ts';

const AT_ONCE = 3;
/** Milliseconds after which a repository has taken too long. */
const PATIENCE = 90_000;

/**
 * Hostile repositories through the renderers as the product makes them, beside things that they must not reach: a file, a folder, a
 * server on the loopback interface. Whatever a repository says, nothing is thrown, read, written, asked or left running.
 */
export async function fuzzRepositories({ count, seed, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const outside = await openOutside();
  const failures: string[] = [];
  const outcomes = new Map<string, number>();
  const slowest = { milliseconds: 0, number: 0 };
  let roots = 0;
  let done = 0;
  try {
    await inParallel(
      Array.from({ length: count }, (_, number) => number),
      AT_ONCE,
      async (number) => {
        const { tree, mutations } = hostileRepository(seeded(seed * 1_000_003 + number), outside.targets);
        const started = performance.now();
        try {
          // Every third also with nothing in the way but the sandbox: as the tools read it, not as our closure does. Another third through the guard.
          const bare = number % 3 === 0 ? await bareOutcomesOf(tree, outside) : [];
          for (const outcome of [
            ...(await outcomesOf(tree, outside)),
            ...bare,
            ...(number % 3 === 1 ? [await guardedOutcomeOf(tree, outside)] : []),
          ]) {
            roots += 1;
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
            if (outcome.startsWith('LEAKED'))
              failures.push(`seed ${seed}, number ${number}: ${outcome} (${mutations.join('; ')})`);
          }
        } catch (error) {
          failures.push(
            `seed ${seed}, number ${number}: threw ${error instanceof Error ? error.stack : String(error)} (${mutations.join('; ')})`,
          );
        }
        const milliseconds = performance.now() - started;
        if (milliseconds > PATIENCE) failures.push(`seed ${seed}, number ${number}: took ${milliseconds} ms`);
        if (milliseconds > slowest.milliseconds) Object.assign(slowest, { milliseconds, number });
        for (const touched of outside.touched())
          failures.push(
            `seed ${seed}, by number ${number} at the latest: ${touched} (${mutations.join('; ')})`,
          );
        done += 1;
        if (done % 500 === 0) onProgress?.(done);
      },
    );
    failures.push(...(await outside.leftBehind()));
  } finally {
    outside.close();
  }
  const counts = [...outcomes]
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, times]) => `${outcome}: ${times}`);
  const builds = outside.renderers.kustomize.builds + outside.renderers.helm.builds;
  return {
    tried: done,
    lines: [
      `${roots} roots, of which ${counts.join(', ')}`,
      `${builds} started a tool; the slowest repository took ${Math.round(slowest.milliseconds)} ms (number ${slowest.number})`,
    ],
    failures: [...new Set(failures)],
  };
}

interface Outside {
  readonly targets: Targets;
  readonly renderers: Renderers;
  readonly kustomize: string;
  readonly helm: string;
  /** A folder without git. */
  readonly repository: Repository;
  /** Text that only stands where nobody may read it. */
  readonly canary: string;
  /** What was reached since the last time that this was asked. */
  touched(): readonly string[];
  leftBehind(): Promise<readonly string[]>;
  close(): void;
}

/** How each root of a repository came out. */
async function outcomesOf(tree: Tree, { renderers, canary }: Outside): Promise<readonly string[]> {
  const revision = await Revision.of(tree, renderers);
  const outcomes: string[] = [];
  for (const root of await revision.allRoots()) {
    const rendering = await revision.render(root);
    const text =
      rendering.kind === 'failed' ? rendering.message : rendering.objects.map((each) => each.text).join('\n');
    if (shows(text, canary)) outcomes.push(`LEAKED into ${root.id}`);
    else outcomes.push(rendering.kind === 'failed' ? rendering.code : 'rendered');
  }
  return outcomes;
}

/** The same as the head of a pull request: nothing that its author gets to read may show it. */
async function guardedOutcomeOf(tree: Tree, { renderers, canary, repository }: Outside): Promise<string> {
  const report = await guard({
    base: { commit: 'a'.repeat(40), revision: await Revision.of(treeOf({}), renderers) },
    head: { commit: 'b'.repeat(40), revision: await Revision.of(tree, renderers) },
    clusters: [],
    memoryFactor: 2,
    where: { repository, config: DEFAULT_CONFIG, renderers },
  });
  const texts = [printedJson(guardJson(report)), guardMarkdown(report), guardCommands(report)];
  return texts.some((text) => shows(text, canary)) ? 'LEAKED into the guard' : 'guarded';
}

/** As it is, or as a Secret would hold it. */
function shows(text: string, canary: string): boolean {
  const words = [...text.matchAll(/[A-Za-z0-9+/=]{16,}/g)].map(([word]) => Buffer.from(word, 'base64'));
  return text.includes(canary) || words.some((word) => word.includes(canary));
}

/** All files of a repository in a sandbox, and the tools told to follow everything. */
async function bareOutcomesOf(tree: Tree, { canary, kustomize, helm }: Outside): Promise<readonly string[]> {
  const files = new Map<string, Buffer>();
  const links = new Map<string, string>();
  for (const path of tree.paths()) {
    const entry = tree.entry(path);
    if (entry?.kind === 'symlink' && entry.target !== null) links.set(path, entry.target);
    else files.set(path, tree.read(path) ?? Buffer.alloc(0));
  }
  const everything = [
    '--enable-helm',
    '--helm-command',
    helm,
    '--enable-alpha-plugins',
    '--enable-exec',
    '--network',
  ];
  const calls: readonly (readonly [needs: string, command: string, args: readonly string[]])[] = [
    [
      'app/kustomization.yaml',
      kustomize,
      ['build', 'app', ...everything, '--load-restrictor', 'LoadRestrictionsNone'],
    ],
    ['app/Chart.yaml', helm, ['template', 'x', 'app']],
    ['cache/Chart.yaml', helm, ['template', 'x', 'cache']],
  ];
  const outcomes: string[] = [];
  for (const [needs, command, args] of calls) {
    if (!files.has(needs)) continue;
    const result = await inSandbox(
      files,
      (sandbox) => run(command, args, sandbox, { programs: [helm], env: { HOME: '/tmp' } }),
      links,
    );
    const text = result.ok ? result.stdout : result.message;
    if (shows(text, canary)) outcomes.push(`LEAKED into ${command}`);
    else outcomes.push(result.ok ? 'bare: rendered' : 'bare: failed');
  }
  return outcomes;
}

async function openOutside(): Promise<Outside> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'faultline-fuzz-')));
  chmodSync(folder, 0o755);
  const temporary = join(folder, 'temporary');
  const drop = join(folder, 'drop');
  for (const each of [temporary, drop]) {
    mkdirSync(each);
    chmodSync(each, 0o777);
  }
  const canary = `canary${randomBytes(12).toString('hex')}`;
  const object = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${canary}}\ndata: {canary: ${canary}}\n`;
  const secret = join(folder, 'secret.yaml');
  writeFileSync(secret, object);
  let requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end(object);
  });
  server.on('connection', () => requests.push('a connection'));
  const port = await listening(server);
  const [kustomize, helm] = [(await findKustomize())?.command, (await findHelm())?.command];
  if (kustomize === undefined || helm === undefined)
    throw new Error('kustomize and helm are needed: npm run tools');
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
  return {
    targets: { secret, drop, port, url: `http://127.0.0.1:${port}/x.yaml` },
    renderers: openRenderers([], { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') }),
    kustomize,
    helm,
    repository: await openRepository(drop),
    canary,
    touched: () => {
      const made = readdirSync(drop).map((name) => `${name} was written outside`);
      for (const name of readdirSync(drop)) rmSync(join(drop, name), { recursive: true, force: true });
      const asked = requests.map((request) => `the network was asked: ${request}`);
      requests = [];
      const strange = readdirSync(folder)
        .filter((name) => !['temporary', 'drop', 'secret.yaml', 'cache'].includes(name))
        .map((name) => `${name} was written outside`);
      const changed = readFileSync(secret, 'utf8') === object ? [] : ['a file outside was changed'];
      return [...made, ...asked, ...strange, ...changed];
    },
    leftBehind: async () => [
      ...readdirSync(temporary).map((name) => `${name} was left behind`),
      ...processesIn(temporary).map((line) => `still running: ${line}`),
    ],
    close: () => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}

/** Command lines of the processes that work in a folder below this one, or have one mounted; where the system tells. */
export function processesIn(folder: string): readonly string[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return '';
    }
  };
  const cwd = (pid: string): string => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`);
    } catch {
      return '';
    }
  };
  const pids = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return pids
    .filter((pid) => pid !== String(process.pid))
    .filter((pid) => cwd(pid).startsWith(folder) || read(`/proc/${pid}/mountinfo`).includes(`${folder}/`))
    .map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
}
