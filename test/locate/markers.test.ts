import { describe, expect, test } from 'vitest';
import { markersIn } from '../../src/locate/markers.ts';

describe('markers', () => {
  test.each([
    ['zq0001q', [1]],
    ['zq0002qzq0001qwarn', [2, 1]],
    ['zq0001qmysql', [1]],
    ['shop/cart:zq00zqq', [35 * 36 + 26]],
    ['100000004Mi', [4]],
    [100000004, [4]],
  ])('%j is read', (text, markers) => {
    expect(markersIn(text)).toEqual(markers);
  });

  test.each(['mysql', 'zqueue', 'zq01q', 300000000, 1000000040, '1000000040Mi', true, null])(
    '%j is none',
    (text) => {
      expect(markersIn(text)).toEqual([]);
    },
  );
});
