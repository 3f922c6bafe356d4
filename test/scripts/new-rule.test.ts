import { expect, test } from 'vitest';
import { newRule } from '../../scripts/new-rule.ts';

test('a new rule has its file, its page and two cases', () => {
  const files = newRule('quota-exceeded');
  expect([...files.keys()]).toEqual([
    'src/rules/quota-exceeded.ts',
    'docs/rules/quota-exceeded.md',
    'fixtures/incidents/quota-exceeded/fires/expect.yaml',
    'fixtures/incidents/quota-exceeded/fires/cluster.yaml',
    'fixtures/incidents/quota-exceeded/fires/repaired.yaml',
    'fixtures/incidents/quota-exceeded/silent/expect.yaml',
    'fixtures/incidents/quota-exceeded/silent/cluster.yaml',
  ]);
});

test.each(['Quota', 'quota_exceeded', '../quota', ''])('%j is no id', (id) => {
  expect(() => newRule(id)).toThrow('small letters and hyphens');
});
