import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Rule } from '../../src/rules/define-rule.ts';
import { cases } from '../../test/incidents/cases.ts';

export const CAUSES_WITHOUT_A_CASE = 'fixtures/causes-without-a-case.yaml';

/** The list without causes that a case has now, or that no rule has any more. Nothing adds to it but a hand. */
export function causesWithoutACase(rules: readonly Rule[]): string {
  const all = new Set(
    rules.flatMap(({ id, causes }) => Object.keys(causes).map((cause) => `${id}/${cause}`)),
  );
  const found = new Set(
    cases.flatMap(({ finds, followers }) => [
      ...finds.map(({ rule, cause }) => `${rule}/${cause}`),
      ...followers,
    ]),
  );
  return readFileSync(resolve(CAUSES_WITHOUT_A_CASE), 'utf8')
    .split('\n')
    .filter((line) => {
      const cause = line.replace(/^- /, '');
      return cause === line || (all.has(cause) && !found.has(cause));
    })
    .join('\n');
}
