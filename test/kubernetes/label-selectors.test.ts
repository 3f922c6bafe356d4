import { expect, test } from 'vitest';
import { describeLabelSelector, matchesLabelSelector } from '../../src/kubernetes/label-selectors.ts';

const selector = {
  matchLabels: { app: 'ferry' },
  matchExpressions: [
    { key: 'tier', operator: 'In', values: ['web', 'api'] },
    { key: 'canary', operator: 'DoesNotExist' },
  ],
};

test.each<readonly [labels: Readonly<Record<string, string>>, fits: boolean]>([
  [{ app: 'ferry', tier: 'api' }, true],
  [{ app: 'ferry', tier: 'db' }, false],
  [{ app: 'ferry', tier: 'api', canary: 'yes' }, false],
  [{ tier: 'web' }, false],
])('%o', (labels, fits) => {
  expect(matchesLabelSelector(selector, labels)).toBe(fits);
});

test('a selector that is missing fits nothing, an empty one everything', () => {
  expect(matchesLabelSelector(undefined, { app: 'ferry' })).toBe(false);
  expect(matchesLabelSelector({}, { app: 'ferry' })).toBe(true);
});

test('a selector is written as kubectl does', () => {
  expect(describeLabelSelector(selector)).toBe('app=ferry, tier in (web, api), !canary');
});
