import { appendFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FIELD_CLASSES } from './corpus/fields.ts';
import { measure, type CorpusCase, type CorpusResult } from './corpus/measure.ts';
import { table } from './table.ts';

/**
 * Locates fields of real repositories and judges every answer by rendering with the plain tool, before and after, compared
 * by code that shares nothing with the product's own proof.
 *
 *     node bench/corpus.ts [--limit 150] [--seconds 600] [--seed 1] [--cli 3] [--only helm] [--details cases.jsonl] <folder>…
 */
export async function corpus(args: readonly string[]): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      limit: { type: 'string', default: '150' },
      seconds: { type: 'string', default: '600' },
      seed: { type: 'string', default: '1' },
      cli: { type: 'string', default: '3' },
      details: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const results: CorpusResult[] = [];
  if (values.details) writeFileSync(values.details, '');
  for (const folder of positionals) {
    const result = await measure(folder, {
      limit: Number(values.limit),
      seconds: Number(values.seconds),
      seed: Number(values.seed),
      commandLine: Number(values.cli),
      only: values.only,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
    results.push(result);
    if (values.details)
      appendFileSync(values.details, result.cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
  }
  const cases = results.flatMap((result) => result.cases);
  process.stdout.write(`${report(results, cases)}\n`);
  return cases.every(({ verdict }) => verdict.kind !== 'wrong');
}

function report(results: readonly CorpusResult[], cases: readonly CorpusCase[]): string {
  const repositories = results.map(({ repository, roots, built, fields }) => [
    repository,
    `${built}/${roots}`,
    fields,
  ]);
  const asked = results.reduce((sum, { commandLine }) => sum + commandLine.asked, 0);
  const different = results.flatMap(({ commandLine }) => commandLine.different);
  return [
    table([['repository', 'roots that build', 'fields'], ...repositories]),
    verdicts('by repository', cases, ({ repository }) => repository),
    verdicts('by renderer', cases, ({ renderer }) => renderer),
    verdicts('by field', cases, ({ field }) => field.class, FIELD_CLASSES),
    declines(cases),
    `command line: ${asked} asked, ${different.length} answered otherwise${different.map((one) => `\n  ${one}`).join('')}`,
    ...wrongs(cases),
  ].join('\n\n');
}

function verdicts(
  title: string,
  cases: readonly CorpusCase[],
  groupOf: (one: CorpusCase) => string,
  order: readonly string[] = [...new Set(cases.map(groupOf))],
): string {
  const rows = [...order, 'all'].flatMap((group) => {
    const inGroup = group === 'all' ? cases : cases.filter((one) => groupOf(one) === group);
    if (inGroup.length === 0) return [];
    const count = (is: (one: CorpusCase) => boolean): number => inGroup.filter(is).length;
    const right = count(({ verdict }) => verdict.kind === 'right');
    const heldBack = count(({ verdict }) => verdict.kind === 'declined' && HELD_BACK.has(verdict.code));
    const declined = count(({ verdict }) => verdict.kind === 'declined') - heldBack;
    const wrong = count(({ verdict }) => verdict.kind === 'wrong');
    const share = `${((100 * right) / Math.max(1, inGroup.length - heldBack)).toFixed(1)} %`;
    const naive = (['right', 'wrong', null] as const).map((outcome) => count((one) => one.naive === outcome));
    return [[group, inGroup.length, right, declined, heldBack, wrong, share, ...naive]];
  });
  const head = [title, 'tried', 'right', 'declined', 'held back', 'wrong', 'right of editable'];
  return table([[...head, 'naive right', 'naive wrong', 'naive none'], ...rows]);
}

/** Declined because it must not be edited, not because no edit was found. */
const HELD_BACK: ReadonlySet<string> = new Set(['protected-file', 'other-writer']);

function declines(cases: readonly CorpusCase[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of cases)
    if (verdict.kind === 'declined') counts.set(verdict.code, (counts.get(verdict.code) ?? 0) + 1);
  return table([['declined because', 'fields'], ...[...counts].sort(([, a], [, b]) => b - a)]);
}

function wrongs(cases: readonly CorpusCase[]): readonly string[] {
  return cases.flatMap(({ verdict, repository, root, object, field, diff }) =>
    verdict.kind === 'wrong'
      ? [`WRONG ${repository} ${root} ${object} ${field.text} → ${field.after}\n${verdict.reason}\n${diff}`]
      : [],
  );
}

if (process.argv[1] === import.meta.filename)
  process.exitCode = (await corpus(process.argv.slice(2))) ? 0 : 1;
