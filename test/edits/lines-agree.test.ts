import { describe, expect, test } from 'vitest';
import type { DocumentNode } from '../../src/edits/document-nodes.ts';
import { linesAgree } from '../../src/edits/lines-agree.ts';
import { maskDocument } from '../../src/edits/masked-document.ts';
import { type OpenDocument, openIn } from '../../src/edits/open-document.ts';
import type { ScalarSite } from '../../src/edits/reach.ts';
import { scalars } from '../../src/edits/scalars.ts';
import { secondLines } from '../../src/edits/second-parser.ts';
import { verify } from '../../src/edits/verify.ts';
import { manifests } from './manifests.ts';
import { opened } from './opened.ts';

function own(document: OpenDocument): readonly ScalarSite[] {
  return scalars(document).filter(({ through }) => through === 'own');
}

const SHAPES: readonly (readonly [name: string, text: string])[] = [
  [
    'values of which one is the beginning of another',
    'a:\n  weight: 1\nb:\n  weight: 1000\nc:\n- 10\n- 1\n- 100\n',
  ],
  ['keys of which one is the beginning of another', 'port: 1\nports:\n- port: 2\n  portName: x\np: 3\n'],
  ['the same text everywhere', 'a:\n  a:\n  - a\n  - a: a\n    aa: a\n  aa: a\naa: a\n'],
  ['keys that look like indices', 'a:\n  "1": x\n  "0": y\n  0.1: z\nb:\n- x\n'],
  ['keys with dots and brackets', 'a.b: 1\na:\n  b: 2\n  "[0]": 3\n'],
  ['comments and blank lines', '# a: 1\n\na: 1 # b: 2\n\n# - x\nb: # c\n  - x  # d\n\n  # e\n  - y\n'],
  ['merge keys', 'a: &a\n  x: 1\nb:\n  <<: *a\n  y: 2\nc:\n  <<: [*a, {z: 3}]\n  w: 4\n'],
  ['anchors, aliases and tags', 'a: &a !!str 1\nb: !!map\n  &k c: *a\nd:\n  *k : e\n'],
  ['items with anchors and tags', 'a:\n- &a !!str 1\n- !!str\n  2\n- &b\n  c: 3\n- *b\n- !!int 4\n'],
  ['values that are not there', 'a:\nb: &b\nc: {d: , e, f: 1}\ng:\n-\n- # h\n- i\nj: 1\n'],
  ['empty collections', 'a: {}\nb: []\nc: [ # d\n]\ne: 1\n'],
  [
    'scalars of several lines',
    'a: |\n  x\n\n  y\nb: >-\n  x\n  y\n\nc: "x\n  y"\nd: x\n  y\ne:\n- |\n  x\n- x\n  y\n- z\n',
  ],
  ['values below their keys', 'a:\n  x\nb:\n\n  # c\n  "y"\nd:\n  {e: 1,\n   f: 2}\ng: 3\n'],
  [
    'flow collections',
    'a: {b: 1,\n  c: [x,\n  y], d: [[1], [2,\n 3]]}\ne:\n- {f: 1}\n- [2, 3]\n- f: [g: 4, h]\n',
  ],
  ['sequences in sequences', 'a:\n- - a\n  - b\n- - - c\n- d\n- - e: 1\n    f: 2\n'],
  ['a sequence of mappings', '- op: add\n  path: /a\n- op: remove\n  path: /b\n'],
  ['explicit keys', '? a\n: 1\n? b\n? c\n:\n  d: 2\n? - e\n: f\ng: 3\n'],
  ['CRLF', '# a\r\na: 1 # b\r\nb:\r\n- x\r\n- |\r\n  y\r\n- z: "1\r\n    2"\r\nc: 3\r\n'],
  ['a byte order mark', '\uFEFFa: 1\nb:\n- 2\n'],
  ['a directive and markers', '%YAML 1.2\n--- # a\n\na: 1\nb: 2\n...\n'],
  [
    'JSON',
    '{\n  "a": {"b": 1},\n  "c": [\n    1,\n    {"a": "b"},\n    []\n  ],\n  "port": 1, "ports": 2\n}\n',
  ],
  ['JSON on one line', '{"a":{"b":1},"c":[{"d":null},2]}'],
  ['a scalar alone', '--- |\n  x\n  y\n'],
  ['no final newline', 'a: 1\nb:\n- 2'],
];

describe('js-yaml finds the line of every scalar in', () => {
  test.each(SHAPES)('%s', (_, text) => {
    const document = opened(text);
    const sites = own(document);
    expect(sites.length).toBeGreaterThan(0);
    const refused = sites.filter(({ path }) => !linesAgree(document, path));
    expect(refused.map(({ path }) => path.join('.'))).toEqual([]);
    expect(linesAgree(document, [])).toBe(true);
  });

  test('a document behind others', () => {
    const document = opened('a: 1\n---\nb: 2\nc: {d}\n---\ne: 3\n', 1);
    expect(own(document).map(({ path }) => linesAgree(document, path))).toEqual([true, true]);
  });

  test('every manifest', () => {
    const refused = manifests().flatMap(({ file, document }) =>
      own(document)
        .filter(({ path }) => !linesAgree(document, path))
        .map(({ path }) => `${file} ${path.join('.')}`),
    );
    expect(refused).toEqual([]);
  });
});

describe('lines do not agree', () => {
  test('where a path comes through an alias or a merge key', () => {
    const document = opened('a: &a {x: 1}\nb: *a\nc: {<<: *a}\n');
    expect(linesAgree(document, ['b', 'x'])).toBe(false);
    expect(linesAgree(document, ['c', 'x'])).toBe(false);
    expect(linesAgree(document, ['b'])).toBe(true);
  });

  test('in a sequence of sequences that is the whole document, whose first item the source map mistakes for it', () => {
    const document = opened('- - a\n  - b\n- c\n');
    expect(own(document).map(({ path }) => linesAgree(document, path))).toEqual([false, false, true]);
  });

  test('where there is nothing', () => {
    expect(linesAgree(opened('a: 1\n'), ['b'])).toBe(false);
  });

  test.each([
    ['a line too low', 'a: x\nb: x\nc: x\n', '# shifted\na: x\nb: x\nc: x\n'],
    ['a line too high', '# shifted\na: x\nb: x\nc: x\n', 'a: x\nb: x\nc: x\n'],
  ])('with a reading that is %s', (_, text, other) => {
    const document = { ...opened(text), root: opened(other).root };
    expect(linesAgree(document, ['b'])).toBe(false);
  });

  test('with a reading that takes one key for another', () => {
    const document = { ...opened('port: 1\nhost: 1\n'), root: opened('host: 1\nport: 1\n').root };
    expect(linesAgree(document, ['host'])).toBe(false);
  });

  test('with a reading that takes one item for another of the same value', () => {
    const document = swapped(opened('a:\n- x\n- x\n'));
    expect(linesAgree(document, ['a', 0])).toBe(false);
  });
});

/** The same reading, but with the items of every sequence in the opposite order. */
function swapped(document: OpenDocument): OpenDocument {
  const turn = (node: DocumentNode): DocumentNode => {
    if (node.kind === 'sequence') return { ...node, items: node.items.map(turn).reverse() };
    if (node.kind !== 'mapping') return node;
    return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: turn(entry.value) })) };
  };
  return { ...document, root: turn(document.root) };
}

test('an edit is refused when the first parser has the place at another line', () => {
  const document = opened('a:\n- x\n- y\n');
  const intention = {
    replacement: { start: 5, end: 6, text: 'y' },
    path: ['a', 0],
    value: 'y',
    wasAmbiguous: false,
    added: null,
  };
  const shifted: typeof openIn = (...input) => {
    const after = openIn(...input);
    return after.kind === 'document' ? swapped(after) : after;
  };
  expect(verify(document, intention)).toMatchObject({ kind: 'edited', line: 2 });
  expect(verify(document, intention, shifted)).toMatchObject({
    code: 'parsers-disagree',
    message: 'a second parser finds this place at another line',
  });
});

describe('a masked document', () => {
  test('has a token for every word and for what stands beside the path', () => {
    const text = "port: &a 80  # http\nports: [*a, 'b']\nprobe:\n  path: /\n";
    expect(maskDocument(opened(text), ['ports']).text).toBe(
      '"k0000000": "k0000001"\n"k0000002":  ! ["k0000003", "k0000004"]\n"k0000005": "k0000006"\n\n',
    );
  });

  test('keeps the column of a key with an anchor', () => {
    expect(maskDocument(opened('a:\n  &b c: 1\n  d: 2\n'), []).text).toBe(
      '"k0000000":\n  "k0000001": "k0000002"\n  "k0000003": "k0000004"\n',
    );
  });
});

test('the source map alone loses paths of which one is the beginning of another, so documents are masked', () => {
  const lines = secondLines('ports:\n  x: 1\nport:\n  y: 1\n');
  expect([lines?.(['ports', 'x']), lines?.(['port', 'y'])]).toEqual([undefined, 4]);
});
