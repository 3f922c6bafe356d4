import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { harmlessKinds } from './seeded/harmless-kinds.ts';
import { kustomizationKinds } from './seeded/kustomization-kinds.ts';
import { measure, type Trial } from './seeded/measure.ts';
import { networkKinds } from './seeded/network-kinds.ts';
import { referenceKinds } from './seeded/reference-kinds.ts';
import { workloadKinds } from './seeded/workload-kinds.ts';
import { table } from './table.ts';

/**
 * Breaks manifests of real repositories, one mistake a commit, and asks the guard: is it found, and at the right line? Harmless
 * changes count false alarms.
 *
 *     node bench/seeded.ts [--seed 1] [--each 2] [--roots 30] [--seconds 3600] [--kind misspelled] [--misses] [--beside] [--json trials.json]
 *                          [--keep] <repository>…
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    each: { type: 'string', default: '2' },
    roots: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '3600' },
    kind: { type: 'string', default: '' },
    misses: { type: 'boolean', default: false },
    beside: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

// Numbers of two machines are numbers of one Kustomize.
const tools = resolve(import.meta.dirname, '../.tools/bin');
if (existsSync(tools)) process.env['PATH'] = `${tools}${delimiter}${process.env['PATH'] ?? ''}`;

const all = [...referenceKinds, ...networkKinds, ...workloadKinds, ...kustomizationKinds, ...harmlessKinds];
const kinds = all.filter(({ name }) => name.includes(values.kind));
const trials: Trial[] = [];
for (const folder of positionals) {
  const tried = await measure(folder, {
    seed: Number(values.seed),
    each: Number(values.each),
    roots: Number(values.roots),
    seconds: Number(values.seconds),
    kinds,
    keep: values.keep,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  trials.push(...tried);
}
if (values.json) writeFileSync(values.json, JSON.stringify(trials, null, 1));

const isHarmless = ({ kind }: Trial): boolean => all.find(({ name }) => name === kind)!.finds === null;
const broken = trials.filter((one) => !isHarmless(one));
const harmless = trials.filter(isHarmless);
const row = (name: string, ones: readonly Trial[]): (string | number)[] => [
  name,
  ones.length,
  ones.filter(({ found }) => found).length,
  ones.filter(({ atLine }) => atLine).length,
  ones.filter(({ beside }) => beside.length > 0).length,
];
const byKind = (ones: readonly Trial[]): (string | number)[][] =>
  kinds.flatMap(({ name }) => {
    const own = ones.filter(({ kind }) => kind === name);
    return own.length === 0 ? [] : [row(name, own)];
  });
process.stdout.write(
  `${table([['breakage', 'tried', 'found', 'at the line', 'and beside it'], ...byKind(broken), row('all', broken)])}\n\n`,
);
process.stdout.write(
  `${table([['harmless change', 'tried', 'false alarms'], ...[...byKind(harmless), row('all', harmless)].map((one) => [one[0]!, one[1]!, one[4]!])])}\n\n`,
);
const none = all.filter(
  ({ name }) => name.includes(values.kind) && !trials.some(({ kind }) => kind === name),
);
if (none.length > 0) process.stdout.write(`nothing to try: ${none.map(({ name }) => name).join(', ')}\n`);
process.stdout.write(
  `seed ${values.seed}; ${new Set(trials.map(({ repository }) => repository)).size} repositories; at the line: ${broken.filter(({ atLine }) => atLine).length} of ${broken.length} (${percent(broken)} %)\n`,
);
for (const one of trials) {
  const isMiss = isHarmless(one) ? one.beside.length > 0 : !one.atLine;
  if (!((values.misses && isMiss) || (values.beside && one.beside.length > 0))) continue;
  process.stdout.write(
    `\n${one.repository} ${one.branch}: ${one.kind}\n  root ${one.root}: ${one.what}\n  expected at ${one.right.join(', ')}\n${[...one.findings, ...one.leftOut.map((text) => `left out: ${text}`)].map((text) => `  - ${text}\n`).join('')}`,
  );
}

function percent(ones: readonly Trial[]): string {
  return ((100 * ones.filter(({ atLine }) => atLine).length) / Math.max(1, ones.length)).toFixed(1);
}
