import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/edits/edit.ts';
import { innerDocument } from '../../src/edits/literal-block.ts';
import { scalarAt, scalars } from '../../src/edits/scalars.ts';
import { draftReplacement, replaceScalar } from '../../src/edits/replace-scalar.ts';
import type { ConcretePath } from '../../src/kubernetes/field-path.ts';
import type { Scalar } from '../../src/kubernetes/objects.ts';
import { opened, outcome } from './opened.ts';

function replaced(
  text: string,
  path: ConcretePath,
  value: Scalar,
  language: 'yaml' | 'json' = 'yaml',
): string {
  const document = opened(text, 0, language);
  return outcome(document, replaceScalar(document, path, value));
}

const A: ConcretePath = ['a'];

const REPLACED: readonly (readonly [
  name: string,
  before: string,
  path: ConcretePath,
  value: Scalar,
  after: string,
])[] = [
  ['plain stays plain', 'a: 512Mi # c\n', A, '768Mi', 'a: 768Mi # c\n'],
  ['a number stays a number', 'a: 8\n', A, 14, 'a: 14\n'],
  ['a boolean stays a boolean', 'a: true\n', A, false, 'a: false\n'],
  ['a string that looks like a number is quoted', 'a: x\n', A, '8080', 'a: "8080"\n'],
  ['a string that YAML 1.1 takes for a boolean is quoted', 'a: x\n', A, 'on', 'a: "on"\n'],
  ['a string that YAML 1.1 takes for an octal number is quoted', 'a: x\n', A, '0o17', 'a: "0o17"\n'],
  ['in the quotes that the file uses', "a: x\nb: 'y'\n", A, '8080', "a: '8080'\nb: 'y'\n"],
  ['text that would start a comment is quoted', 'a: x\n', A, 'b #c', 'a: "b #c"\n'],
  ['text that would start a mapping is quoted', 'a: x\n', A, 'b: c', 'a: "b: c"\n'],
  [
    'an image with a tag needs no quotes',
    'a: x\n',
    A,
    'r.io:5000/n:1.2@sha256:ab',
    'a: r.io:5000/n:1.2@sha256:ab\n',
  ],
  ['the empty string is quoted', 'a: x\n', A, '', 'a: ""\n'],
  ['single quotes stay', "a: 'x' # c\n", A, "it's", "a: 'it''s' # c\n"],
  ['single quotes become double where they must', "a: 'x'\n", A, 'b\nc', 'a: "b\\nc"\n'],
  ['double quotes stay', 'a: "x"\n', A, 'say "hi"\t', 'a: "say \\"hi\\"\\t"\n'],
  ['quotes fall when the value is no string', 'a: "8"\n', A, 9, 'a: 9\n'],
  ['an anchor stays', 'a: &x 512Mi # c\n', A, '1Gi', 'a: &x 1Gi # c\n'],
  ['a tag stays', 'a: !!str 8\n', A, '9', 'a: !!str "9"\n'],
  ['an alias becomes a value of its own', 'b: &x 1\na: *x # c\n', A, 2, 'b: &x 1\na: 2 # c\n'],
  [
    'a merged key becomes one of its own',
    'b: &x {y: 1}\nc:\n  <<: *x\n',
    ['c', 'y'],
    2,
    'b: &x {y: 1}\nc:\n  <<: *x\n  "y": 2\n',
  ],
  ['nothing becomes a value behind the colon', 'a:   # c\nb: 1\n', A, 'x', 'a: x   # c\nb: 1\n'],
  ['nothing at the end of the file', 'a:', A, 'x', 'a: x'],
  ['nothing behind an anchor', 'a: &x\nb: 1\n', A, 'y1', 'a: &x y1\nb: 1\n'],
  ['nothing behind a dash', '-\n- b\n', [0], 'x', '- x\n- b\n'],
  ['nothing in a flow mapping', 'a: {b: , c: 1}\n', ['a', 'b'], 2, 'a: {b: 2 , c: 1}\n'],
  ['null is written out', 'a: 1\n', A, null, 'a: null\n'],
  ['plain text over several lines', 'a: one\n  two # c\nb: 1\n', A, 'x', 'a: x # c\nb: 1\n'],
  ['quoted text over several lines', 'a: "one\n  two" # c\n', A, 'x', 'a: "x" # c\n'],
  ['commas are quoted in flow collections', 'a: [x, z]\n', ['a', 0], 'b,c', 'a: ["b,c", z]\n'],
  ['and need no quotes elsewhere', 'a: x\n', A, 'b,c', 'a: b,c\n'],
  ['brackets are quoted in flow collections', 'a: {b: x}\n', ['a', 'b'], 'c]', 'a: {b: "c]"}\n'],
  ['CRLF stays', 'a: x\r\nb: z\r\n', A, 'w', 'a: w\r\nb: z\r\n'],
  ['a byte order mark stays', '\uFEFFa: x\n', A, 'w', '\uFEFFa: w\n'],
  ['an explicit key', '? a\n: x\n', A, 'w', '? a\n: w\n'],
  ['under a directive', '%YAML 1.1\n---\na: yes\n', A, 'no', '%YAML 1.1\n---\na: "no"\n'],
  [
    'a literal block keeps header and comment',
    'a: |- # c\n    x\n    z\nb: 1\n',
    A,
    'p\n\n  q',
    'a: |- # c\n    p\n\n      q\nb: 1\n',
  ],
  ['a clipped block', 'a: |\n  x\n', A, 'p\nq\n', 'a: |\n  p\n  q\n'],
  ['a kept block', 'a: |+\n  x\n\nb: 1\n', A, 'p\n\n\n', 'a: |+\n  p\n\n\nb: 1\n'],
  ['a block with an indentation indicator', 'a: |2\n    x\n', A, ' p\n', 'a: |2\n   p\n'],
  ['a block with CRLF', 'a: |\r\n  x\r\nb: 1\r\n', A, 'p\nq\n', 'a: |\r\n  p\r\n  q\r\nb: 1\r\n'],
  ['a block at the end of a file without newline', 'a: |-\n  x', A, 'p\nq', 'a: |-\n  p\n  q'],
  ['a folded block', 'a: >\n  x\n  z\n', A, 'p\nq\n', 'a: >\n  p\n\n  q\n'],
];

const REFUSED: readonly (readonly [
  code: string,
  name: string,
  text: string,
  path: ConcretePath,
  value: Scalar,
])[] = [
  ['not-found', 'a path that is not there', 'a: 1\n', ['b'], 1],
  ['not-a-scalar', 'a mapping', 'a: {b: 1}\n', A, 1],
  ['shared-through-alias', 'a scalar within an alias', 'b: &x {y: 1}\na: *x\n', ['a', 'y'], 2],
  ['unsupported-value', 'a number under a string’s tag', 'a: !!str 8\n', A, 9],
  ['unsupported-value', 'a number that parsers read differently', 'a: 8\n', A, 1e21],
  ['unsupported-value', 'a number without digits', 'a: 8\n', A, Infinity],
  ['unsupported-value', 'half of an emoji', 'a: x\n', A, '\ud83e'],
  ['unsupported-value', 'a final newline in a stripped block', 'a: |-\n  x\n', A, 'p\n'],
  ['unsupported-value', 'no final newline in a clipped block', 'a: |\n  x\n', A, 'p'],
  ['unsupported-value', 'a first space in a block without indicator', 'a: |\n  x\n', A, ' p\n'],
  ['unsupported-style', 'a number in a block', 'a: |\n  x\n', A, 1],
];

describe('replacing a scalar', () => {
  test.each(REPLACED)('%s', (_, before, path, value, after) => {
    expect(replaced(before, path, value)).toBe(after);
  });

  test.each(REFUSED)('%s: %s', (code, _, text, path, value) => {
    expect(replaced(text, path, value)).toBe(code);
  });

  test('keeps JSON JSON', () => {
    expect(replaced('{"a": "x", "b": 1}', A, 'é "q"\u2028', 'json')).toBe(
      '{"a": "é \\"q\\"\\u2028", "b": 1}',
    );
    expect(replaced('{"a": "x", "b": 1}', ['b'], 'word', 'json')).toBe('{"a": "x", "b": "word"}');
    expect(replaced('{"a": "x", "b": 1}', ['b'], null, 'json')).toBe('{"a": "x", "b": null}');
  });

  test('works in one document of several', () => {
    const document = opened('a: 1\n---\na: 2\n---\na: 3\n', 1);
    expect(outcome(document, replaceScalar(document, A, 5))).toBe('a: 1\n---\na: 5\n---\na: 3\n');
  });

  test('says which other paths change through aliases and merge keys', () => {
    const document = opened('a: &a {x: &x 1}\nb: *a\nc: {<<: *a}\nd: *x\n');
    expect(replaceScalar(document, ['a', 'x'], 2)).toMatchObject({
      changed: [['a', 'x'], ['b', 'x'], ['c', 'x'], ['d']],
    });
  });

  test('says that parsers differed on what stood there', () => {
    expect(replaceScalar(opened('a: 0b11\n'), A, 3)).toMatchObject({ kind: 'edited', wasAmbiguous: true });
    expect(replaceScalar(opened('a: 3\n'), A, 4)).toMatchObject({ kind: 'edited', wasAmbiguous: false });
  });

  test('gives the place of the value', () => {
    expect(replaceScalar(opened('a: 1\n---\nb:\n  c: 🦊 x\n', 1), ['b', 'c'], 'z')).toMatchObject({
      line: 4,
      column: 6,
    });
  });

  test('writes an earlier value as it was written then', () => {
    const text = "a: 1.10 # version\nb: 'x'\n";
    const document = opened(text);
    const site = scalarAt(document, A);
    if (site.kind === 'problem') throw new Error(site.message);
    const there = replaceScalar(document, A, 2);
    if (there.kind === 'problem') throw new Error(there.message);
    expect(outcome(there.after, replaceScalar(there.after, A, site.value))).toBe(
      "a: 1.1 # version\nb: 'x'\n",
    );
    expect(outcome(there.after, replaceScalar(there.after, A, site.value, { source: site.source }))).toBe(
      text,
    );
  });

  test('does not trust an earlier spelling that reads as something else', () => {
    const document = opened('a: 1\n');
    expect(outcome(document, replaceScalar(document, A, 2, { source: '3' }))).toBe('a: 2\n');
    expect(outcome(document, replaceScalar(document, A, 2, { source: '2\nb: 1' }))).toBe('a: 2\n');
  });
});

describe('drafts', () => {
  test('of many scalars can be applied at once', () => {
    const document = opened('a: 1\nb: [x, "q"]\nc:\n');
    const drafts = scalars(document).map((site, index) => draftReplacement(document, site.path, `m${index}`));
    expect(applyEdits(document.text, drafts as never)).toBe('a: m0\nb: [m1, "m2"]\nc: m3\n');
  });
});

describe('a document inside a literal block', () => {
  const HOST = [
    'patches:',
    '- patch: |-',
    '    kind: Deployment # inner',
    '',
    '    spec:',
    '      replicas: 4',
    '      text: |',
    '        one',
    '  target: {}',
    '',
  ].join('\n');

  function inner(text: string, index = 0) {
    const document = innerDocument(opened(text), ['patches', 0, 'patch'], { index });
    if (document.kind === 'problem') throw new Error(`${document.code}: ${document.message}`);
    return document;
  }

  test('has its scalars at their places in the file', () => {
    expect(scalarAt(inner(HOST), ['spec', 'replicas'])).toMatchObject({
      value: 4,
      line: 6,
      column: 17,
      start: HOST.indexOf('4'),
      end: HOST.indexOf('4') + 1,
    });
  });

  test('is edited in the file', () => {
    const document = inner(HOST);
    const result = replaceScalar(document, ['spec', 'replicas'], 6);
    expect(outcome(document, result)).toBe(HOST.replace('4', '6'));
    expect(result).toMatchObject({ line: 6, column: 17 });
  });

  test('is edited over several lines', () => {
    const document = inner(HOST);
    expect(outcome(document, replaceScalar(document, ['spec', 'text'], 'two\n\nthree'))).toBe(
      'unsupported-value',
    );
    const clipped = inner(HOST.replace('patch: |-', 'patch: |'));
    expect(outcome(clipped, replaceScalar(clipped, ['spec', 'text'], 'two\n\nthree\n'))).toBe(
      HOST.replace('patch: |-', 'patch: |').replace('        one\n', '        two\n\n        three\n'),
    );
  });

  test('keeps CRLF', () => {
    const text = HOST.replaceAll('\n', '\r\n');
    const document = inner(text);
    expect(outcome(document, replaceScalar(document, ['spec', 'replicas'], 6))).toBe(text.replace('4', '6'));
  });

  test('can be the second of its block', () => {
    const text = 'patches:\n- patch: |\n    a: 1\n    ---\n    a: 2\n';
    const document = inner(text, 1);
    expect(outcome(document, replaceScalar(document, A, 3))).toBe(text.replace('a: 2', 'a: 3'));
  });

  test('can hold another one', () => {
    const text = 'a: |\n  b: |\n    c: 1\n  d: 2\n';
    const outer = innerDocument(opened(text), A);
    if (outer.kind === 'problem') throw new Error(outer.message);
    const innermost = innerDocument(outer, ['b']);
    if (innermost.kind === 'problem') throw new Error(innermost.message);
    expect(scalarAt(innermost, ['c'])).toMatchObject({ line: 3, column: 8 });
    expect(outcome(innermost, replaceScalar(innermost, ['c'], 7))).toBe(text.replace('c: 1', 'c: 7'));
  });

  test('names the line in the file where an edit is refused', () => {
    expect(replaceScalar(inner(HOST), ['spec', 'text'], 3)).toMatchObject({
      code: 'unsupported-style',
      line: 7,
      column: 13,
    });
    expect(scalarAt(inner(HOST), ['spec'])).toMatchObject({ code: 'not-a-scalar', line: 6, column: 7 });
  });

  test('names the line in the file of what is wrong in it', () => {
    const text = 'patches:\n- patch: |\n    a: 1\n    a: 2\n';
    expect(innerDocument(opened(text), ['patches', 0, 'patch'])).toMatchObject({
      code: 'duplicate-key',
      line: 4,
      column: 5,
    });
  });

  test.each([
    ['folded', 'a: >\n  b: 1\n'],
    ['quoted', 'a: "b: 1"\n'],
    ['empty', 'a: |\n'],
  ])('is refused where the block is %s', (_, text) => {
    expect(innerDocument(opened(text), A)).toMatchObject({ code: 'not-a-literal' });
  });

  test('is refused where the block is written elsewhere', () => {
    const document = opened('x: &x\n  b: |\n    c: 1\na: *x\n');
    expect(innerDocument(document, ['a', 'b'])).toMatchObject({ code: 'not-a-literal' });
    expect(innerDocument(document, ['x', 'b'])).toMatchObject({ kind: 'document' });
  });
});
