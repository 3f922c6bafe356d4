import { mask } from '../src/untrusted/mask.ts';
import { harmlessSamples } from '../test/untrusted/harmless-samples.ts';
import { leftOf, secretSamples } from '../test/untrusted/secret-samples.ts';

/*
 * How many true secrets are hidden in full and how many harmless texts stay as they are, by kind, and how fast:
 * `node bench/masking.ts [seed]`.
 */

const seed = process.argv[2] === undefined ? undefined : Number(process.argv[2]);

function table(
  heading: string,
  rows: readonly { readonly kind: string; readonly isRight: boolean }[],
): string {
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const line = (kind: string, of: typeof rows): string =>
    `| ${kind} | ${of.length} | ${of.filter(({ isRight }) => isRight).length} |`;
  return [
    `| ${heading} |`,
    '| --- | --- | --- |',
    ...kinds.map((kind) =>
      line(
        kind,
        rows.filter((row) => row.kind === kind),
      ),
    ),
    line('all', rows),
  ].join('\n');
}

const secrets = secretSamples(seed).map((sample) => ({
  kind: sample.kind,
  isRight: leftOf(sample, mask(sample.text)) === null,
}));
const harmless = harmlessSamples.map(({ kind, text }) => ({ kind, isRight: mask(text) === text }));

const lines = [...harmlessSamples, ...secretSamples(seed)].map(({ text }) => text).join('\n');
const log = lines.repeat(Math.ceil((10 * 2 ** 20) / lines.length));
const start = performance.now();
mask(log);
const seconds = (performance.now() - start) / 1000;

process.stdout.write(
  `${table('secrets, by kind | texts | hidden in full', secrets)}\n\n${table('harmless texts, by kind | texts | unchanged', harmless)}\n\n` +
    `${(log.length / 2 ** 20).toFixed(1)} MiB in ${seconds.toFixed(1)} s\n`,
);
