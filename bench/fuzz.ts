import { parseArgs } from 'node:util';
import type { Fuzz } from './fuzz/report.ts';

/*
 * `node bench/fuzz.ts --repositories 10000 --snapshots 50000 --seed 1`: mutated repositories through the renderers, and mutated clusters
 * through the rules. The same seed makes the same tries. Exit status 1 when anything happened that must never happen.
 */

const { values } = parseArgs({
  options: {
    repositories: { type: 'string', default: '0' },
    snapshots: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
});

const halves: readonly (readonly [name: 'repositories' | 'snapshots', load: () => Promise<Fuzz>])[] = [
  ['repositories', async () => (await import('./fuzz/repositories.ts')).fuzzRepositories],
  ['snapshots', async () => (await import('./fuzz/snapshots.ts')).fuzzSnapshots],
];

let failed = 0;
for (const [name, load] of halves) {
  const count = Number(values[name]);
  if (count === 0) continue;
  const fuzz = await load();
  const started = performance.now();
  const onProgress = (done: number): void => void process.stderr.write(`${name}: ${done} of ${count}\n`);
  const { tried, lines, failures } = await fuzz({ count, seed: Number(values.seed), onProgress });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`${tried} ${name}, seed ${values.seed}, ${seconds} s: ${failures.length} failures\n`);
  for (const line of [...lines, ...failures.map((failure) => `FAILED ${failure}`)])
    process.stdout.write(`  ${line}\n`);
  failed += failures.length;
}
if (failed > 0) process.exitCode = 1;
