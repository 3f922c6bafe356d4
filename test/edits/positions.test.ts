import { describe, expect, test } from 'vitest';
import { lineEnding, positionAt } from '../../src/edits/positions.ts';

describe('positions', () => {
  test.each([
    ['the start', 'ab\ncd', 0, 1, 1],
    ['the end of a line', 'ab\ncd', 2, 1, 3],
    ['the next line', 'ab\ncd', 3, 2, 1],
    ['the end of the text', 'ab\ncd', 5, 2, 3],
    ['CRLF as one line ending', 'ab\r\ncd', 4, 2, 1],
    ['between CR and LF', 'ab\r\ncd', 3, 1, 4],
    ['a lone CR as a line ending', 'ab\rcd', 3, 2, 1],
    ['an emoji as two units', 'a: 🦊 b', 6, 1, 7],
    ['nothing for a byte order mark', '\uFEFFab', 1, 1, 1],
    ['nothing for a byte order mark, further on', '\uFEFFab\ncd', 2, 1, 2],
    ['a byte order mark on later lines not at all', '\uFEFFab\ncd', 5, 2, 2],
  ])('count %s', (_, text, offset, line, column) => {
    expect(positionAt(text, offset)).toEqual({ line, column });
  });

  test('the line ending is the first one used', () => {
    expect(lineEnding('a\r\nb\n')).toBe('\r\n');
    expect(lineEnding('a\nb\r\n')).toBe('\n');
    expect(lineEnding('a')).toBe('\n');
  });
});
