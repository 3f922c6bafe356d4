import { expect, test } from 'vitest';
import { matchesGlob } from '../../src/config/glob.ts';
import { nearest, nearestOf } from '../../src/errors/nearest.ts';

test.each([
  ['shop', 'shop'],
  ['*', ''],
  ['*', 'anything'],
  ['payments*', 'payments'],
  ['payments*', 'payments-eu'],
  ['*-eu', 'payments-eu'],
  ['a*b*c', 'a-b-b-c'],
  ['dev-?', 'dev-1'],
  ['**', 'x'],
])('%s matches %j', (pattern, text) => {
  expect(matchesGlob(pattern, text)).toBe(true);
});

test.each([
  ['shop', 'shop-eu'],
  ['shop', 'workshop'],
  ['payments*', 'my-payments'],
  ['dev-?', 'dev-'],
  ['dev-?', 'dev-12'],
  ['a*b', 'a-b-c'],
  ['', 'x'],
  ['a.c', 'abc'],
])('%s does not match %j', (pattern, text) => {
  expect(matchesGlob(pattern, text)).toBe(false);
});

test('many stars against a long text are answered', () => {
  expect(matchesGlob(`${'*a'.repeat(40)}b`, 'a'.repeat(2000))).toBe(false);
});

test('the word that was meant is close, and far words are not suggested', () => {
  expect(nearest('rule', ['default', 'rules'])).toBe('rules');
  expect(nearest('autofix', ['off', 'monitor', 'propose', 'auto-fix'])).toBe('auto-fix');
  expect(nearest('enabled', ['off', 'monitor', 'propose', 'auto-fix'])).toBeNull();
});

test.each([
  ['kye', 'key'],
  ['shpo', 'shop'],
  ['ab', 'ba'],
])('two letters of %s that changed places are one slip', (word, meant) => {
  expect(nearest(word, [meant])).toBe(meant);
  expect(nearest(`${word}xx`, [meant])).toBeNull();
});

test('no word is suggested that masking would hide', () => {
  const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ0123456';
  expect(nearest(secret.slice(0, -1), [secret])).toBeNull();
  expect(nearestOf('x', [secret, 'cart'])).toBe('; expected one of cart');
});
