import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RenderJob } from '../src/renderers/job.ts';
import { runHere } from '../src/renderers/run-here.ts';
import { RemoteRenderer } from '../src/renderers/remote/remote-renderer.ts';
import { RENDER_LIMITS } from '../src/renderers/run.ts';
import { findKustomize } from '../src/renderers/tools.ts';
import { table } from './table.ts';

/* `node bench/renderer.ts`: milliseconds of one render of a kustomization here, and by `faultline renderer` over a port and a socket. */

const RENDERS = 30;
const TOKEN = 'a-token-for-this-bench';
const MIB = 2 ** 20;

const tool = await findKustomize();
if (tool === null) throw new Error('kustomize is missing: npm run tools');
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));

/** A kustomization that reads `bytes` and prints one small object, or as many bytes again. */
function job(bytes: number, prints: boolean): RenderJob {
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n';
  const generated = prints ? 'configMapGenerator: [{name: x, files: [a.txt]}]\n' : '';
  return {
    tool: 'kustomize',
    args: ['app', '--load-restrictor', 'LoadRestrictionsRootOnly'],
    files: new Map([
      ['app/kustomization.yaml', `resources: [map.yaml]\n${generated}`],
      ['app/map.yaml', map],
      ['app/a.txt', 'a line of some text that is read\n'.repeat(bytes / 33)],
    ]),
    links: new Map(),
    limits: RENDER_LIMITS,
  };
}

const jobs = [
  ['1 KiB in', job(1024, false)],
  ['1 MiB in', job(MIB, false)],
  ['16 MiB in', job(16 * MIB, false)],
  ['1 MiB in and out', job(MIB, true)],
] as const;

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

async function started(args: readonly string[], url: string): Promise<RemoteRenderer> {
  const child = fork(resolve(import.meta.dirname, '../src/main.ts'), ['renderer', ...args], {
    env: { ...process.env, FAULTLINE_RENDERER_TOKEN: TOKEN },
    stdio: 'ignore',
  });
  ending.push(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const remote = new RemoteRenderer(url, TOKEN);
  while (typeof (await remote.status()) === 'string') await new Promise((next) => setTimeout(next, 100));
  return remote;
}

const ending: (() => Promise<void>)[] = [];
try {
  const socket = join(folder, 'renderer.sock');
  const places = [
    ['here', null],
    ['port', await started(['--port', '18090'], 'http://localhost:18090')],
    ['unix socket', await started(['--socket', socket], `unix:${socket}`)],
  ] as const;
  const runs = await Promise.all(
    places.map(async ([, remote]) => {
      const there = await remote?.kustomize();
      return there && 'run' in there ? there.run! : (each: RenderJob) => runHere(tool, each);
    }),
  );
  const times = places.map(() => jobs.map((): number[] => []));
  // In turns, so that what else the machine does meets all places alike.
  for (let count = 0; count < RENDERS; count += 1)
    for (const [column, [, each]] of jobs.entries())
      for (const [row, run] of runs.entries()) {
        const begun = performance.now();
        const result = await run(each);
        if (!result.ok) throw new Error(result.message);
        times[row]![column]!.push(performance.now() - begun);
      }
  const rows = places.map(([name], row) => [name, ...times[row]!.map((each) => median(each).toFixed(1))]);
  process.stdout.write(`${table([['where', ...jobs.map(([name]) => name)], ...rows])}\n`);
  process.stdout.write(`median of ${RENDERS} renders, in milliseconds\n`);
} finally {
  for (const end of ending) await end();
  rmSync(folder, { recursive: true, force: true });
}
