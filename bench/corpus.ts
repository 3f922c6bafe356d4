import { appendFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measure, type CorpusResult } from './corpus/measure.ts';
import { report } from './corpus/report.ts';
import { apiSchema } from './corpus/schema.ts';

/**
 * Locates fields of real repositories and judges every answer by rendering with the plain tools, before and after, compared
 * by code that shares nothing with the product's own proof.
 *
 *     node bench/corpus.ts [--limit 150] [--seconds 600] [--seed 1] [--cli 3] [--anywhere 40] [--naive] [--only helm]
 *                          [--details cases.jsonl] <folder>…
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
      anywhere: { type: 'string', default: '40' },
      naive: { type: 'boolean', default: false },
      details: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const results: CorpusResult[] = [];
  const schema = await apiSchema();
  if (values.details) writeFileSync(values.details, '');
  for (const folder of positionals) {
    const result = await measure(folder, {
      limit: Number(values.limit),
      seconds: Number(values.seconds),
      seed: Number(values.seed),
      commandLine: Number(values.cli),
      anywhere: Number(values.anywhere),
      naive: values.naive,
      only: values.only,
      schema,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
    results.push(result);
    if (values.details)
      appendFileSync(values.details, result.cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
  }
  const types = schema === null ? 'types: not judged, no API server (`npm run tools -- --live`)\n\n' : '';
  process.stdout.write(`${types}${report(results)}\n`);
  return results.every(({ cases }) => cases.every(({ verdict }) => verdict.kind !== 'wrong'));
}

if (process.argv[1] === import.meta.filename)
  process.exitCode = (await corpus(process.argv.slice(2))) ? 0 : 1;
