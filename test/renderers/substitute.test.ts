import { describe, expect, test } from 'vitest';
import { substitute } from '../../src/renderers/substitute.ts';

const variables = { name: 'cart', region: 'eu-west-1', path: 'a/b/a', none: '', lines: 'a\nb' };

function filled(text: string, complete = true): string {
  const result = substitute(text, { variables, complete });
  return result.ok ? result.text : `${result.code}: ${result.message}`;
}

describe('a variable is filled in', () => {
  test.each([
    ['plain $name and $5 stay', 'plain $name and $5 stay'],
    ['app: ${name}-${region}', 'app: cart-eu-west-1'],
    ['${name:=shop}', 'cart'],
    ['${none:-shop}', 'shop'],
    ['${unknown}', ''],
    ['${unknown:=}', ''],
    ['${unknown:=a:b/c}', 'a:b/c'],
    ['${unknown=shop}', 'shop'],
    ['${unknown:=${name}-${region:0:2}}', 'cart-eu'],
    ['${unknown:=${other:-deep}}', 'deep'],
    ['${#name}', '4'],
    ['${name^}${name^^}', 'CartCART'],
    ['${region:3}', 'west-1'],
    ['${region:3:4}', 'west'],
    ['${region:99}', ''],
    ['${region:-1}', 'eu-west-1'],
    ['${path/a/x}', 'x/b/a'],
    ['${path//a/$&}', '$&/b/$&'],
    ['${path//\\//-}', 'a-b-a'],
    ['${path/a/}', '/b/a'],
    ['${path/#a/x}${path/%a/y}', 'x/b/aa/b/y'],
    ['${lines}', 'ab'],
  ])('%s', (text, expected) => {
    expect(filled(text)).toBe(expected);
  });

  test('two dollar signs are one, and no variable', () => {
    expect(filled('$${name} $$ ${name}')).toBe('${name} $ cart');
  });

  test('a backslash elsewhere stays', () => {
    expect(filled('\\\\d+\\/ ${name}')).toBe('\\\\d+\\/ cart');
  });
});

describe('where not all variables are known', () => {
  test.each(['${unknown}', '${unknown:=shop}', '${unknown/a/b}', '${unknown:=${other}}'])(
    '%s stays as it is written',
    (text) => {
      expect(filled(`a ${text} z`, false)).toBe(`a ${text} z`);
    },
  );

  test('those that are known are filled in', () => {
    expect(filled('${name} $${x}', false)).toBe('cart ${x}');
  });
});

describe('what Flux refuses is an error', () => {
  test.each(['${name', '${}', '${na me}', '${!name}', '${name[@]}', '${name/a}', '${name:}', '${na-me}'])(
    '%s',
    (text) => {
      expect(filled(text)).toMatch(/^error: .* is not a substitution$/);
    },
  );

  test('nested without end', () => {
    expect(filled('${a:='.repeat(10_000))).toMatch(/^error: /);
  });

  test('a variable whose name is none', () => {
    expect(substitute('x', { variables: { 'a-b': '' }, complete: true })).toMatchObject({ code: 'error' });
  });
});

test.each(['${path#*/}', '${path##*/}', '${path%/*}', '${path%%/*}'])('%s is unsupported', (text) => {
  expect(filled(text)).toBe(`unsupported: the substitution ${text} is not rendered`);
});
