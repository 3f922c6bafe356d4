import { readFileSync } from 'node:fs';
import yaml from 'js-yaml';
import { expect, test } from 'vitest';
import { generated } from '../../scripts/rules.ts';

const files = await generated();

test.each([...files])('%s follows from the rules: npm run rules', (file, text) => {
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('the shipped RBAC reads, and nothing of Secrets', () => {
  const objects = yaml.loadAll(files.get('deploy/rbac.yaml')!) as { readonly rules?: readonly object[] }[];
  const grants = objects.flatMap(({ rules }) => rules ?? []) as {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
  expect([...new Set(grants.flatMap(({ verbs }) => verbs))].sort()).toEqual(['get', 'list', 'watch']);
  const named = grants.flatMap(({ apiGroups, resources }) => [...apiGroups, ...resources]);
  expect(named).toContain('pods');
  expect(named).not.toContainEqual(expect.stringMatching(/^secrets$|\*/));
});
