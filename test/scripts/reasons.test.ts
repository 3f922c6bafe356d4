import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reasons } from '../../scripts/rules/reasons.ts';
import { rules } from '../../src/rules/index.ts';
import { cases, failing, type Case } from '../incidents/cases.ts';

const causes = new Set(
  rules.flatMap(({ id, causes: own }) => Object.keys(own).map((cause) => `${id}/${cause}`)),
);

/** All that the recording of a case says. */
function textOf(one: Case): string {
  const path = failing(one);
  if (path.endsWith('.yaml')) return readFileSync(path, 'utf8');
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

/** What the cases say in which a rule finds something. */
const shownBy = new Map(
  rules.map(({ id }) => {
    const own = cases.filter(
      ({ finds, followers }) =>
        finds.some(({ rule }) => rule === id) || followers.some((cause) => cause.startsWith(`${id}/`)),
    );
    // A text of YAML may be folded, and quotes in it doubled.
    return [id, own.map(textOf).join('\n').replaceAll("''", "'").replaceAll(/\s+/g, ' ')] as const;
  }),
);

describe.each(reasons.filter(({ printed }) => printed))('$source', ({ reasons: named }) => {
  const handled = Object.entries(named).flatMap(([reason, answer]) =>
    'by' in answer ? [[reason, answer.by] as const] : [],
  );
  test.each(handled)('%s is in a case in which %s finds something', (reason, rule) => {
    const said = shownBy.get(rule);
    expect(said, `there is no rule ${rule}`).toBeDefined();
    const pattern = new RegExp(`(?<![A-Za-z])${reason.replaceAll(/\W/g, '\\$&')}(?![A-Za-z])`);
    expect(pattern.test(said!), `${reason} in a case of ${rule}`).toBe(true);
  });
});

describe.each(reasons.filter(({ printed }) => !printed))('$source', ({ reasons: named }) => {
  test('names causes that there are', () => {
    const unknown = Object.values(named).flatMap((answer) =>
      'by' in answer && !causes.has(answer.by) ? [answer.by] : [],
    );
    expect([...new Set(unknown)]).toEqual([]);
  });
});
