import { expect, test } from 'vitest';
import { immutableFieldGuards } from '../../src/decisions/immutable.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

const job = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', name: 'migrate' };

test('A change that the API server refuses leaves the merge to a person, who recreates the object', () => {
  const [guard, ...others] = immutableFieldGuards({
    refused: [{ object: job, field: fieldNamed('spec.template') }],
  });
  expect(others).toEqual([]);
  expect(guard).toMatchObject({ kind: 'no-auto-merge' });
  expect(JSON.stringify(guard!.reason)).toContain('must be recreated');
});

test('Where nothing is refused there is no guard', () => {
  expect(immutableFieldGuards({ refused: [] })).toEqual([]);
});
