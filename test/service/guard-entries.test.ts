import { expect, test } from 'vitest';
import { foresawOf } from '../../src/service/guard-entries.ts';
import { prose } from '../../src/untrusted/prose.ts';

const finding = {
  rule: 'image-pull',
  cause: 'tag-not-found',
  level: 'error',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' },
  field: null,
  because: prose`the registry does not have the tag`,
  roots: ['apps/cart'],
  site: null,
  suggestion: null,
} as const;

test('what a check foresaw is on record by rule and object, and a root where there is none', () => {
  const broken = { ...finding, rule: 'render', cause: 'does-not-render', object: null };
  expect(foresawOf('acme/infra', 7, 'c0ffee', { findings: [finding, broken] })).toEqual({
    repository: 'acme/infra',
    number: 7,
    head: 'c0ffee',
    findings: [
      {
        rule: 'image-pull',
        cause: 'tag-not-found',
        object: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
      },
      {
        rule: 'render',
        cause: 'does-not-render',
        object: { kind: 'Root', namespace: null, name: 'apps/cart' },
      },
    ],
  });
});

test('a check that foresaw nothing is not on record', () => {
  expect(foresawOf('acme/infra', 7, 'c0ffee', { findings: [] })).toBeNull();
});
