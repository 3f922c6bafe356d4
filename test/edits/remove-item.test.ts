import { expect, test } from 'vitest';
import { removeItem } from '../../src/edits/remove-item.ts';
import type { ConcretePath } from '../../src/kubernetes/field-path.ts';
import { opened, outcome } from './opened.ts';

function without(text: string, list: ConcretePath, index: number): string {
  const document = opened(text);
  return outcome(document, removeItem(document, list, index));
}

test('an item goes with its lines and the comment behind it', () => {
  const text = 'a:\n  - b: 1 # one\n    c: 2\n  - b: 3 # three\n  # about d\nd: 4\n';
  expect(without(text, ['a'], 0)).toBe('a:\n  - b: 3 # three\n  # about d\nd: 4\n');
  expect(without(text, ['a'], 1)).toBe('a:\n  - b: 1 # one\n    c: 2\n  # about d\nd: 4\n');
});

test('an item of a flow list goes with its comma', () => {
  expect(without('a: [b, c, d]\n', ['a'], 0)).toBe('a: [c, d]\n');
  expect(without('a: [b, c, d]\n', ['a'], 2)).toBe('a: [b, c]\n');
});

test('scalars, line endings and a missing final newline', () => {
  expect(without('- a\n- b\n', [], 0)).toBe('- b\n');
  expect(without('- a\r\n- b\r\n', [], 1)).toBe('- a\r\n');
  expect(without('- a\n- b', [], 1)).toBe('- a');
});

test.each([
  ['the only item', 'a:\n  - b\n', ['a'], 0],
  ['an item of a list in a list', '- - a\n  - b\n', [0], 0],
  ['an item behind what is not a list', 'a: b\n', ['a'], 0],
  ['an item that is not there', '- a\n- b\n', [], 2],
] as const)('%s stays', (_what, text, list, index) => {
  expect(removeItem(opened(text), list, index).kind).toBe('problem');
});
