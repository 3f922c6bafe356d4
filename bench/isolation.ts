import { isolationIn } from '../src/renderers/isolation/detect.ts';
import type { Isolation } from '../src/renderers/isolation/isolation.ts';
import { start } from '../src/renderers/isolation/start.ts';
import { inSandbox } from '../src/renderers/sandbox.ts';
import { findHelm, findKustomize } from '../src/renderers/tools.ts';
import { table } from './table.ts';

/* `node bench/isolation.ts`: milliseconds from a fresh sandbox to its removal, with a tool in it that only says its version. */

const STARTS = 30;
const LIMITS = { seconds: 60, output: 2 ** 20, memory: 6 * 2 ** 30 };

const tools: readonly (readonly [name: string, command: string | undefined, args: readonly string[]])[] = [
  ['sh', '/bin/sh', ['-c', 'exit 0']],
  ['kustomize', (await findKustomize())?.command, ['version']],
  ['helm', (await findHelm())?.command, ['version']],
];

async function milliseconds(isolation: Isolation, command: string, args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < STARTS; count += 1) {
    const started = performance.now();
    const result = await inSandbox(new Map([['app/file', 'content']]), (sandbox) =>
      start(command, args, sandbox, { isolation, limits: LIMITS, env: { HOME: '/nonexistent' } }),
    );
    if (!result.ok) throw new Error(result.message);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[STARTS / 2]!;
}

const rows: string[][] = [];
for (const mode of ['bubblewrap', 'namespaces', 'plain'] as const) {
  const begun = performance.now();
  const isolation = await isolationIn(mode);
  const trial = (performance.now() - begun).toFixed(0);
  if (typeof isolation === 'string') {
    rows.push([mode, isolation, ...tools.map(() => '')]);
    continue;
  }
  const row = [mode, trial];
  for (const [, command, args] of tools)
    row.push(command === undefined ? 'missing' : (await milliseconds(isolation, command, args)).toFixed(1));
  rows.push(row);
}
const head = ['mode', 'trial, once', ...tools.map(([name]) => name)];
process.stdout.write(`${table([head, ...rows])}\n`);
process.stdout.write(`median of ${STARTS} starts, in milliseconds\n`);
