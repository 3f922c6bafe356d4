/**
 * Precision and recall of each rule over `fixtures/incidents`: of what it finds there, how much is as expected, and how much of what is
 * expected it finds. `--write` keeps the table in docs/rules/README.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { rules } from '../../src/rules/index.ts';
import { cases, failing, seenIn } from '../../test/incidents/cases.ts';

interface Score {
  /** Cases in which it is expected, and of these the ones in which it was found. */
  expected: number;
  found: number;
  wrong: number;
  /** Clusters in which it is expected to be silent. */
  silent: number;
}

const scores = new Map(rules.map(({ id }) => [id, { expected: 0, found: 0, wrong: 0, silent: 0 } as Score]));

for (const one of cases) {
  const expected = one.finds.map(({ rule, cause }) => `${rule}/${cause}`);
  await count(one, failing(one), expected, one.followers);
  if (one.repaired !== null) await count(one, one.repaired, [], []);
}

async function count(
  one: (typeof cases)[number],
  cluster: string,
  expected: readonly string[],
  followers: readonly string[],
): Promise<void> {
  const { findings } = await seenIn(one, cluster);
  const found = new Set(findings.map(({ rule, cause }) => `${rule}/${cause}`));
  for (const [rule, score] of scores) {
    const own = (names: readonly string[]) => names.filter((name) => name.startsWith(`${rule}/`));
    score.expected += own(expected).length;
    score.found += own(expected).filter((name) => found.has(name)).length;
    score.wrong += own([...found]).filter(
      (name) => !expected.includes(name) && !followers.includes(name),
    ).length;
    score.silent += own([...expected, ...followers]).length === 0 ? 1 : 0;
  }
}

function ratio(part: number, whole: number): string {
  return whole === 0 ? '  –' : (part / whole).toFixed(2);
}

const rows = [...scores].map(([id, { expected, found, wrong, silent }]) => [
  id,
  String(expected),
  String(silent),
  ratio(found, found + wrong),
  ratio(found, expected),
]);
const HEAD = ['rule', 'fires', 'silent', 'precision', 'recall'];

if (process.argv.includes('--write')) await write();
else print();

function print(): void {
  const width = Math.max(...rules.map(({ id }) => id.length));
  for (const [id, ...cells] of [HEAD, ...rows])
    console.log([id!.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join(' '));
}

/** Into the page of the rules. */
async function write(): Promise<void> {
  const file = resolve('docs/rules/README.md');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [HEAD, HEAD.map(() => '---'), ...rows].map(line).join('\n');
  const text = readFileSync(file, 'utf8').replace(
    /(<!-- scores:begin -->\n)[^]*?(<!-- scores:end -->)/,
    (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
  );
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}
