import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ListItems } from '../../src/cluster/list-items.ts';

function read(bytes: Buffer, cuts: readonly number[] = []): { items: unknown[]; rest: unknown } {
  const items: unknown[] = [];
  const list = new ListItems((item) => items.push(item));
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  for (const [index, end] of places.slice(1).entries()) list.take(bytes.subarray(places[index], end));
  return { items, rest: list.end() };
}

const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('items', 'metadata', '[', '"', '\\', ',', '{"items":['),
);
const value = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    name.map((text) => text.toWellFormed()),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(
      name.map((text) => text.toWellFormed()),
      tie('node'),
      { maxKeys: 4 },
    ),
  ),
})).node;

test('the items of a list, and the rest of it, are what JSON.parse says, however the bytes are cut', () =>
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 8 }),
      fc.dictionary(fc.constantFrom('kind', 'metadata', 'item', 'itemsOf', 'a'), value),
      fc.boolean(),
      fc.nat(2),
      fc.array(fc.nat(), { maxLength: 6 }),
      (items, rest, isFirst, indent, cuts) => {
        const list = isFirst ? { items, ...rest } : { ...rest, items };
        const text = JSON.stringify(list, null, indent);
        const parsed = JSON.parse(text) as { items: unknown[] };
        expect(read(Buffer.from(text), cuts)).toEqual({
          items: parsed.items,
          rest: { ...parsed, items: [] },
        });
      },
    ),
  ));

test.each([
  '',
  '[]',
  '{}',
  '{"items":{}}',
  '{"items":null}',
  '{"items":[',
  '{"items":[{}',
  '{"items":[{]}',
  '{"items":[{}]',
  'no JSON',
])('%s is not a list', (text) => {
  expect(read(Buffer.from(text)).rest).toBeNull();
});
