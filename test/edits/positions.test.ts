import { describe, expect, test } from 'vitest';
import { additionAt, lineEnding, positionAt } from '../../src/edits/positions.ts';

describe('the place of added text', () => {
  test.each([
    ['behind its indentation', 'a:\n  b: 1\nd: 1\n', 10, '  c: 2\n', 3, 3],
    ['behind the line break before it', 'a:\n  b: 1\nd: 1\n', 9, '\n  c: 2', 3, 3],
    ['on a new last line', 'a: 1\n', 5, 'b: 2\n', 2, 1],
    ['at the end of the last line where it has no line break', 'a: 1', 4, '\nb: 2', 1, 5],
    ['the same with CRLF', 'x: 1\r\na: 1', 10, '\r\nb: 2', 2, 5],
    ['in a line', '{a: 1}', 5, ', b: 2', 1, 6],
    ['in an empty file', '', 0, 'b: 2\n', 1, 1],
  ])('is %s', (_, before, start, text, line, column) => {
    expect(additionAt(before, { start, text })).toEqual({ line, column });
  });
});

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
