import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { newRule } from '../../scripts/new-rule.ts';

const index = readFileSync('src/rules/index.ts', 'utf8');

test('a new rule has its file, its page and two cases, and is asked before the one that takes what is left', () => {
  const files = newRule('quota-exceeded', index);
  expect(
    [...files.keys()].filter((file) => !file.includes('/snapshot') && !file.includes('/repaired')),
  ).toEqual([
    'src/rules/quota-exceeded.ts',
    'docs/rules/quota-exceeded.md',
    'fixtures/incidents/quota-exceeded/fires/expect.yaml',
    'fixtures/incidents/quota-exceeded/silent/expect.yaml',
    'src/rules/index.ts',
  ]);
  const listed = files.get('src/rules/index.ts')!;
  expect(listed).toContain("import { quotaExceeded } from './quota-exceeded.ts';");
  expect(listed.indexOf('quotaExceeded, unclassified')).toBeGreaterThan(listed.indexOf('= ['));
});

test.each(['Quota', 'quota_exceeded', '../quota', ''])('%j is no id', (id) => {
  expect(() => newRule(id, index)).toThrow('small letters and hyphens');
});
