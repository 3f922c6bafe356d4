import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { corpus } from './corpus.ts';
import { benchDiagnose } from './diagnose.ts';
import { benchHistory } from './history.ts';
import { benchLocate } from './locate.ts';

/*
 * `npm run bench`: the two timings. With folders of repositories, the corpus too, and the past of those that have one:
 * `npm run bench -- --limit 100 ../a ../b`.
 */

// The kustomize of `npm run tools` goes first, so that numbers of two machines are numbers of one tool.
const tools = resolve(import.meta.dirname, '../.tools/bin');
if (existsSync(tools)) process.env['PATH'] = `${tools}${delimiter}${process.env['PATH'] ?? ''}`;

await benchLocate();
process.stdout.write('\n');
benchDiagnose();
const args = process.argv.slice(2);
if (args.length > 0) {
  process.stdout.write('\n');
  if (!(await corpus(args))) process.exitCode = 1;
  process.stdout.write('\n');
  await benchHistory(args.filter((folder) => existsSync(join(folder, '.git'))));
}
