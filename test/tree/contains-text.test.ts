import { expect, test } from 'vitest';
import { containsText } from '../../src/tree/contains-text.ts';

test('a file contains what stands in it', () => {
  expect(containsText(Buffer.from('name: cart-ä\n'), 'cart-ä')).toBe(true);
  expect(containsText(Buffer.from('name: cart\n'), 'shop')).toBe(false);
  expect(containsText(Buffer.from('name: cart\n'), '')).toBe(true);
});

test('half a surrogate pair is in no file, and ends no process', () => {
  expect(containsText(Buffer.from('name: cart\n'), 'cart\ud800')).toBe(false);
  expect(containsText(Buffer.from('a'), '\udc00'.repeat(10))).toBe(false);
});
