import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SharedValues } from '../../../src/cluster/watching/shared-values.ts';

function shared(values: SharedValues, object: object): Record<string, Record<string, unknown>> {
  const own = structuredClone(object) as Record<string, Record<string, unknown>>;
  values.shareParts(own);
  return own;
}

test('equal parts of objects become one, and what holds them stays itself', () => {
  const values = new SharedValues();
  const object = {
    metadata: { name: 'a', labels: { app: 'web' } },
    spec: { probe: { port: 80, path: '/' } },
  };
  const [one, other] = [shared(values, object), shared(values, { ...object, status: {} })];
  expect(one['spec']).toBe(other['spec']);
  expect(one['metadata']).not.toBe(other['metadata']);
  expect(one['metadata']!['labels']).toBe(other['metadata']!['labels']);
});

test('what is not equal stays apart, whatever texts and names it has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 50 }),
      (parts, most) => {
        const values = new SharedValues(most);
        for (const part of [...parts, ...parts]) {
          const object = { spec: part, metadata: { labels: part } };
          expect(shared(values, object)).toEqual(structuredClone(object));
        }
      },
    ),
  );
  const values = new SharedValues();
  const parts = [
    { a: '1' },
    { a: 1 },
    { a: '"1' },
    { a: '#1' },
    { a: null },
    { a: 'null' },
    ['1'],
    { 0: '1' },
    { a: [] },
    { a: {} },
  ];
  const all = parts.map((spec) => shared(values, { spec })['spec']);
  expect(all).toEqual(parts);
  expect(new Set(all).size).toBe(parts.length);
});

test('what did not come for long is forgotten', () => {
  const values = new SharedValues(10);
  const first = shared(values, { spec: { of: 'first' } })['spec'];
  expect(shared(values, { spec: { of: 'first' } })['spec']).toBe(first);
  for (let index = 0; index < 100; index += 1) shared(values, { spec: { of: `other ${index}` } });
  const again = shared(values, { spec: { of: 'first' } })['spec'];
  expect(again).toEqual(first);
  expect(again).not.toBe(first);
});
