/**
 * Precision and recall of each rule over `fixtures/incidents`: of what it finds there, how much is as expected, and how much of what is
 * expected it finds.
 */
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

const width = Math.max(...rules.map(({ id }) => id.length));
const line = (id: string, cells: readonly (string | number)[]): string =>
  [id.padEnd(width), ...cells.map((cell) => String(cell).padStart(9))].join(' ');
console.log(line('rule', ['fires', 'silent', 'precision', 'recall']));
for (const [id, { expected, found, wrong, silent }] of scores)
  console.log(line(id, [expected, silent, ratio(found, found + wrong), ratio(found, expected)]));
