import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { splitDocuments } from '../../src/edits/split.ts';

function parts(text: string): readonly string[] {
  return splitDocuments(text).map(({ start, end }) => text.slice(start, end));
}

const SPLITS: readonly (readonly [name: string, text: string, parts: readonly string[]])[] = [
  ['nothing', '', []],
  ['only comments', '# a\n\n  # b\n', []],
  ['one document', 'a: 1\n', ['a: 1\n']],
  ['a leading marker', '---\na: 1\n', ['---\na: 1\n']],
  ['a comment before the marker', '# c\n---\na: 1\n', ['# c\n---\na: 1\n']],
  ['two documents', 'a: 1\n---\nb: 1\n', ['a: 1\n', '---\nb: 1\n']],
  ['an empty document between two markers', '---\n---\nb: 1\n', ['---\n', '---\nb: 1\n']],
  ['a marker at the end', 'a: 1\n---\n# c\n', ['a: 1\n', '---\n# c\n']],
  ['comments between documents', 'a: 1\n# c\n---\n# d\nb: 1\n', ['a: 1\n# c\n', '---\n# d\nb: 1\n']],
  ['an end marker', 'a: 1\n...\n# c\n---\nb: 1\n', ['a: 1\n...', '\n# c\n---\nb: 1\n']],
  ['an end marker at the end', 'a: 1\n...\n# c\n', ['a: 1\n...']],
  [
    'directives',
    '%YAML 1.1\n---\na: 1\n...\n%YAML 1.2\n---\nb: 1\n',
    ['%YAML 1.1\n---\na: 1\n...', '\n%YAML 1.2\n---\nb: 1\n'],
  ],
  ['content on the marker’s line', '--- a\n--- |\n x\n', ['--- a\n', '--- |\n x\n']],
  ['CRLF', '---\r\na: 1\r\n---\r\nb: 1\r\n', ['---\r\na: 1\r\n', '---\r\nb: 1\r\n']],
  ['a byte order mark', '\uFEFF---\na: 1\n---\nb: 1', ['\uFEFF---\na: 1\n', '---\nb: 1']],
  ['an indented marker in a block scalar', 'a: |\n  x\n  ---\n  y\n', ['a: |\n  x\n  ---\n  y\n']],
  ['dashes that are no marker', 'a: 1\n---b: 1\n----\n', ['a: 1\n---b: 1\n----\n']],
];

describe('documents of a file', () => {
  test.each(SPLITS)('%s', (_, text, expected) => {
    expect(parts(text)).toEqual(expected);
  });

  test.each(SPLITS)('%s: counted as yaml counts', (_, text) => {
    const documents = parseAllDocuments(text);
    expect(splitDocuments(text)).toHaveLength('empty' in documents ? 0 : documents.length);
  });

  test('a file of 100,000 documents is split in one pass', () => {
    expect(splitDocuments('---\na: 1\n'.repeat(100_000))).toHaveLength(100_000);
  });

  test('many comments before a document cost no more than reading them', () => {
    expect(splitDocuments(`${'# c\r\n'.repeat(10_000)}a: 1\r\n`)).toHaveLength(1);
  });
});
