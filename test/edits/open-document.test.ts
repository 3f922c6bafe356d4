import { describe, expect, test } from 'vitest';
import { documentValue, nodeAt } from '../../src/edits/reach.ts';
import { openDocument } from '../../src/edits/open-document.ts';
import { scalarAt, scalars } from '../../src/edits/scalars.ts';
import { splitDocuments } from '../../src/edits/split.ts';
import { opened } from './opened.ts';

function bomb(): string {
  const line = (name: string, of: string): string => `${name}: &${name} [${Array(9).fill(of).join(', ')}]\n`;
  return [...'abcdefgh']
    .map((name, index) => line(name, index === 0 ? 'x' : `*${'abcdefgh'[index - 1]}`))
    .join('');
}

const DEEP_BLOCK = Array.from({ length: 120 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('');

const REFUSED: readonly (readonly [
  code: string,
  name: string,
  text: string,
  line: number,
  column: number,
])[] = [
  ['not-yaml', 'a mapping in a mapping’s line', 'a: 1\nb: c: d\n', 2, 4],
  ['not-yaml', 'a tab as indentation', 'a:\n\tb: 1\n', 2, 1],
  ['not-yaml', 'an alias without its anchor', 'a: *x\n', 1, 4],
  ['not-yaml', 'an alias of itself', 'a: &a [*a]\n', 1, 8],
  ['not-yaml', 'a tag that JSON has no value for', 'a: !!binary aGk=\n', 1, 13],
  ['not-yaml', 'a collection of a foreign kind', 'a: !!set {b, c}\n', 1, 10],
  ['template', 'a template’s condition', 'a: 1\n{{- if .Values.b }}\nb: 1\n{{- end }}\n', 2, 1],
  ['template', 'a template’s value, although it is well-formed', 'a: 1\nb: {{ .Values.b }}\n', 2, 4],
  ['duplicate-key', 'a key twice', 'a: 1\nb:\n  c: 1\n  "c": 2\n', 4, 3],
  ['duplicate-key', 'two merge keys', 'a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n', 4, 3],
  ['lone-carriage-return', 'old Macintosh line ends', 'a: 1\rb: 2\r', 1, 5],
  ['too-deep', 'very many brackets', '['.repeat(100_000), 1, 1],
  ['too-deep', 'brackets with keys between them', '{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000), 1, 0],
  ['too-deep', 'very many dashes', `${'- '.repeat(5000)}x\n`, 1, 1],
  ['too-deep', 'deep indentation', DEEP_BLOCK, 91, 91],
  ['too-large', 'a document of six million characters', `a: ${'x'.repeat(6_000_000)}\n`, 1, 1],
  ['alias-bomb', 'a billion laughs', bomb(), 1, 1],
];

describe('opening a document', () => {
  test.each(REFUSED)('%s: %s', (code, _, text, line, column) => {
    const place = column === 0 ? { line } : { line, column };
    expect(openDocument(text, splitDocuments(text)[0]!)).toMatchObject({ kind: 'problem', code, ...place });
  });

  test('names the line in the file, not in the document', () => {
    const text = 'a: 1\n---\nb: 1\nb: 2\n';
    expect(openDocument(text, splitDocuments(text)[1]!)).toMatchObject({ code: 'duplicate-key', line: 4 });
  });

  test('lets the last of equal keys count in values of Helm, and what a merge key brings behind them', () => {
    const text = 'm: &m {c: 5}\na:\n  b: 1\n  c: 2\na:\n  b: 3\n  c: 4\n  <<: *m\n';
    const document = openDocument(text, splitDocuments(text)[0]!, { language: 'helm-values' });
    if (document.kind === 'problem') throw new Error(document.message);
    expect(documentValue(document)).toEqual({ m: { c: 5 }, a: { b: 3, c: 5 } });
    expect(scalarAt(document, ['a', 'b'])).toMatchObject({ line: 6, through: 'own' });
    expect(scalarAt(document, ['a', 'c'])).toMatchObject({ line: 1, through: 'merge' });
  });

  test('wants JSON to be JSON', () => {
    const text = '{"a": 1, b: 2}';
    expect(openDocument(text, splitDocuments(text)[0]!)).toMatchObject({ kind: 'document' });
    expect(openDocument(text, splitDocuments(text)[0]!, { language: 'json' })).toMatchObject({
      code: 'not-yaml',
    });
  });

  test.each([
    ['quoted braces', 'a: "{{ .Values.b }}"\n', { a: '{{ .Values.b }}' }],
    ['a directive that changes nothing', '%YAML 1.1\n---\na: yes\n', { a: 'yes' }],
    ['an end marker', 'a: 1\n...\n', { a: 1 }],
    ['explicit keys', '? a\n: 1\n', { a: 1 }],
    ['an empty document', '---\n', null],
    ['the same alias a few times', 'a: &a [1]\nb: [*a, *a]\n', { a: [1], b: [[1], [1]] }],
    [
      'merge keys, own keys first',
      'a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n',
      { a: { x: 1, y: 2 }, b: { x: 1, y: 3 } },
    ],
    [
      'several merged mappings, the first winning',
      'b: {<<: [{x: 1}, {x: 2, y: 3}]}\n',
      { b: { x: 1, y: 3 } },
    ],
    ['a quoted merge key as a key', 'b: {"<<": {x: 1}}\n', { b: { '<<': { x: 1 } } }],
  ])('reads %s', (_, text, value) => {
    expect(JSON.parse(JSON.stringify(documentValue(opened(text))))).toEqual(value);
  });

  test('keeps a key called __proto__ a key', () => {
    expect(Object.keys(documentValue(opened('__proto__: {polluted: 1}\n')) as object)).toEqual(['__proto__']);
  });
});

describe('scalars', () => {
  test('are listed with path, style and place', () => {
    const text = '\uFEFFa: 🦊 x # c\r\nb: [\'1\', "2"]\r\nc:\r\n  d: |\r\n    text\r\n';
    const found = scalars(opened(text)).map(({ path, style, source, line, column }) => [
      path,
      style,
      source,
      line,
      column,
    ]);
    expect(found).toEqual([
      [['a'], 'plain', '🦊 x', 1, 4],
      [['b', 0], 'single', "'1'", 2, 5],
      [['b', 1], 'double', '"2"', 2, 10],
      [['c', 'd'], 'literal', '|\r\n    text\r\n', 4, 6],
    ]);
  });

  test('after an emoji have the columns that editors show', () => {
    expect(scalarAt(opened('a: {b: 🦊, c: 1}\n'), ['a', 'c'])).toMatchObject({ line: 1, column: 15 });
  });

  test('say how their path comes to them', () => {
    const document = opened('a: &a {x: &x 1}\nb: *a\nc: {<<: *a}\nd: *x\n');
    expect(
      scalars(document).map(({ path, through, style, start }) => [path.join('.'), through, style, start]),
    ).toEqual([
      ['a.x', 'own', 'plain', 13],
      ['b.x', 'alias', 'plain', 13],
      ['c.x', 'merge', 'plain', 13],
      ['d', 'own', 'alias', 37],
    ]);
  });

  test('that parsers read differently are marked', () => {
    const document = opened('a: yes\nb: "yes"\nc: 0644\nd: !!str 0644\ne: 644\n');
    expect(scalars(document).map(({ ambiguous }) => ambiguous)).toEqual([true, false, true, false, false]);
  });

  test('that are a clipped block at the very end of a file are marked, since Go reads them without the newline', () => {
    expect(scalarAt(opened('a: |\n  x'), ['a'])).toMatchObject({ value: 'x\n', ambiguous: true });
    expect(scalarAt(opened('a: |\n  x\n'), ['a'])).toMatchObject({ value: 'x\n', ambiguous: false });
    expect(scalarAt(opened('a: |-\n  x'), ['a'])).toMatchObject({ value: 'x', ambiguous: false });
  });

  test('that are empty stand right behind their colon, anchor or dash', () => {
    const text = 'a:  # c\nb: &b\nc:\n-\n';
    expect(scalars(opened(text)).map(({ style, start }) => [style, start])).toEqual([
      ['empty', 2],
      ['empty', 13],
      ['empty', 18],
    ]);
  });

  test('are not at the path of a collection, nor where there is nothing', () => {
    const document = opened('a: {b: 1}\n');
    expect(scalarAt(document, ['a'])).toMatchObject({ code: 'not-a-scalar', line: 1, column: 4 });
    expect(scalarAt(document, ['a', 'c'])).toMatchObject({ code: 'not-found' });
    expect(nodeAt(document, ['a', 'b', 'c'])).toBe(null);
  });
});
