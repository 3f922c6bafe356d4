import { describe, expect, test } from 'vitest';
import { insertItem, insertKey, type InsertOptions } from '../../src/edits/insert.ts';
import { innerDocument } from '../../src/edits/literal-block.ts';
import { openDocument } from '../../src/edits/open-document.ts';
import type { ConcretePath } from '../../src/kubernetes/field-path.ts';
import type { Json } from '../../src/kubernetes/objects.ts';
import { opened, outcome } from './opened.ts';

function withKey(
  text: string,
  parent: ConcretePath,
  key: string,
  value: Json,
  options: InsertOptions = {},
): string {
  const document = opened(text);
  return outcome(document, insertKey(document, parent, key, value, options));
}

function withItem(text: string, path: ConcretePath, value: Json, index?: number): string {
  const document = opened(text);
  return outcome(document, insertItem(document, path, value, index));
}

describe('a key added to a block mapping', () => {
  test('goes to its end, before comments that belong to what follows', () => {
    expect(withKey('a:\n  b: 1 # one\n\n# about d\nd: 1\n', ['a'], 'c', 2)).toBe(
      'a:\n  b: 1 # one\n  c: 2\n\n# about d\nd: 1\n',
    );
  });

  test('goes below comments that stand deeper than it', () => {
    expect(withKey('a:\n  b:\n    q: 1\n    # r: 2\n  # c?\nd: 1\n', ['a'], 'c', 2)).toBe(
      'a:\n  b:\n    q: 1\n    # r: 2\n  c: 2\n  # c?\nd: 1\n',
    );
  });

  test('goes behind the sibling named', () => {
    expect(withKey('a: 1\nb:\n  - 1\nc: 3\n', [], 'x', 'v', { after: ['missing', 'b', 'a'] })).toBe(
      'a: 1\nb:\n  - 1\nx: v\nc: 3\n',
    );
  });

  test('takes over an indentation of four', () => {
    expect(withKey('a:\n    b: 1\n', ['a'], 'c', { d: { e: 1 } })).toBe(
      'a:\n    b: 1\n    c:\n        d:\n            e: 1\n',
    );
  });

  test('takes over sequences with indented dashes, and those without', () => {
    expect(withKey('a:\n  - 1\n', [], 'b', ['x'])).toBe('a:\n  - 1\nb:\n  - x\n');
    expect(withKey('a:\n- 1\n', [], 'b', ['x'])).toBe('a:\n- 1\nb:\n- x\n');
  });

  test('takes over single quotes', () => {
    expect(withKey("a: '1'\n", [], 'b', '8080')).toBe("a: '1'\nb: '8080'\n");
  });

  test('keeps CRLF line endings', () => {
    expect(withKey('a: 1\r\nb:\r\n  c: 1\r\n', ['b'], 'd', { e: 1 })).toBe(
      'a: 1\r\nb:\r\n  c: 1\r\n  d:\r\n    e: 1\r\n',
    );
  });

  test('leaves a file without a final newline without one', () => {
    expect(withKey('a: 1', [], 'b', 2)).toBe('a: 1\nb: 2');
  });

  test('stands in line with the keys of a compact sequence item', () => {
    expect(withKey('- name: a\n  image: b\n- name: c\n', [0], 'x', { y: ['z'] })).toBe(
      '- name: a\n  image: b\n  x:\n    "y":\n    - z\n- name: c\n',
    );
  });

  test('follows a block scalar and its kept blank lines', () => {
    expect(withKey('a: |\n  x\nb: 1\n', [], 'c', 1, { after: ['a'] })).toBe('a: |\n  x\nc: 1\nb: 1\n');
    expect(withKey('a: |+\n  x\n\n', [], 'c', 1)).toBe('a: |+\n  x\n\nc: 1\n');
  });

  test('stays within its document', () => {
    expect(withKey('a: 1\n---\nb: 1\n', [], 'c', 1)).toBe('a: 1\nc: 1\n---\nb: 1\n');
    expect(withKey('a: 1\n...\n', [], 'c', 1)).toBe('a: 1\nc: 1\n...\n');
  });

  test('writes text of several lines as a literal block', () => {
    expect(withKey('a: 1\n', [], 'b', 'one\n  two\n')).toBe('a: 1\nb: |\n  one\n    two\n');
    expect(withKey('a: 1\n', [], 'b', 'one\ntwo')).toBe('a: 1\nb: |-\n  one\n  two\n');
  });

  test('quotes keys that parsers would not agree on', () => {
    expect(withKey('a: 1\n', [], 'on', '8080')).toBe('a: 1\n"on": "8080"\n');
  });

  test('creates parents that are missing', () => {
    expect(withKey('spec:\n  a: 1\n', ['spec', 'resources', 'limits'], 'memory', '256Mi')).toBe(
      'spec:\n  a: 1\n  resources:\n    limits:\n      memory: 256Mi\n',
    );
  });

  test('fills an empty mapping, keeping its comment', () => {
    expect(withKey('a: 1\r\nr: {} # none\r\nz: 1\r\n', ['r'], 'x', { q: ['v'] })).toBe(
      'a: 1\r\nr: # none\r\n  x:\r\n    q:\r\n    - v\r\nz: 1\r\n',
    );
  });

  test('fills a parent without a value', () => {
    expect(withKey('r:  # none\nz: 1\n', ['r'], 'x', 1)).toBe('r:  # none\n  x: 1\nz: 1\n');
    expect(withKey('a: 1\nr:', ['r', 's'], 'x', 1)).toBe('a: 1\nr:\n  s:\n    x: 1');
    expect(withKey('- a: 1\n-\n', [1], 'x', { z: 1 })).toBe('- a: 1\n- x:\n    z: 1\n');
  });

  test('changes the aliases of an anchored mapping with it, and says so', () => {
    const document = opened('a: &x\n  b: 1\nc: *x\nd:\n  <<: *x\n');
    const result = insertKey(document, ['a'], 'e', 1);
    expect(outcome(document, result)).toBe('a: &x\n  b: 1\n  e: 1\nc: *x\nd:\n  <<: *x\n');
    expect(result).toMatchObject({
      changed: [
        ['a', 'e'],
        ['c', 'e'],
        ['d', 'e'],
      ],
    });
  });

  test('is refused where the mapping is another one’s alias', () => {
    expect(withKey('a: &x\n  b: 1\nc: *x\n', ['c'], 'e', 1)).toBe('shared-through-alias');
  });

  test('is refused where it is there already', () => {
    expect(withKey('a: 1\n', [], 'a', 2)).toBe('key-exists');
  });

  test('is refused below a scalar or a missing item', () => {
    expect(withKey('a: 1\n', ['a'], 'b', 2)).toBe('not-a-mapping');
    expect(withKey('a: [1]\n', ['a', 4], 'b', 2)).toBe('not-found');
  });

  test('says where the new key stands', () => {
    expect(insertKey(opened('a:\n  b: 1\n'), ['a'], 'c', 1)).toMatchObject({ line: 3, column: 3 });
    expect(insertKey(opened('a: {}\n'), ['a'], 'c', 1)).toMatchObject({ line: 2, column: 3 });
  });
});

describe('a key added to a flow mapping', () => {
  test('goes behind the last one', () => {
    expect(withKey('a: {b: 1}\n', ['a'], 'x', { q: 'a,b' })).toBe('a: {b: 1, x: {q: "a,b"}}\n');
  });

  test('fills an empty one inside another', () => {
    expect(withKey('a: {b: 1, c: {}}\n', ['a', 'c'], 'x', 1)).toBe('a: {b: 1, c: {x: 1}}\n');
  });

  test('gets its own line where the others have theirs', () => {
    expect(withKey('a: {\n  b: 1, # one\n  c: 2 # two\n}\n', ['a'], 'd', 3)).toBe(
      'a: {\n  b: 1, # one\n  c: 2, # two\n  d: 3\n}\n',
    );
  });

  test('keeps JSON JSON', () => {
    const spread = opened('{\n  "a": {\n    "b": 1\n  }\n}\n', 0, 'json');
    expect(outcome(spread, insertKey(spread, ['a'], 'c', { d: 'e' }))).toBe(
      '{\n  "a": {\n    "b": 1,\n    "c": {\n      "d": "e"\n    }\n  }\n}\n',
    );
    const inline = opened('{\n    "a": {},\n    "b": {"c": {}, "d": []}\n}\n', 0, 'json');
    expect(outcome(inline, insertKey(inline, ['a'], 'e', 1))).toContain('"a": {\n        "e": 1\n    },\n');
    expect(outcome(inline, insertKey(inline, ['b'], 'e', [1]))).toContain(
      '"b": {"c": {}, "d": [], "e": [1]}\n',
    );
    expect(outcome(inline, insertKey(inline, ['b', 'c'], 'e', { f: 1 }))).toContain(
      '{"c": {"e": {"f": 1}}, "d": []}\n',
    );
    expect(outcome(inline, insertItem(inline, ['b', 'd'], { f: 1 }))).toContain('"d": [{"f": 1}]}\n');
    const compact = opened('{"a":{}}', 0, 'json');
    expect(outcome(compact, insertKey(compact, ['a'], 'c', { d: ['e', 1] }))).toBe(
      '{"a":{"c":{"d":["e",1]}}}',
    );
    const spaced = opened('{"a": 1}', 0, 'json');
    expect(outcome(spaced, insertKey(spaced, [], 'c', { d: ['e', 1] }))).toBe(
      '{"a": 1, "c": {"d": ["e", 1]}}',
    );
  });
});

describe('an item appended to a sequence', () => {
  test('follows the last item and its comments', () => {
    expect(withItem('a:\n  - b # c\n  - c\n\n# z\n', ['a'], { name: 'x', value: '1' })).toBe(
      'a:\n  - b # c\n  - c\n  - name: x\n    value: "1"\n\n# z\n',
    );
  });

  test('keeps the width of the dashes', () => {
    expect(withItem('a:\n-   b: 1\n    c: 2\n', ['a'], { b: 2, c: 3 })).toBe(
      'a:\n-   b: 1\n    c: 2\n-   b: 2\n    c: 3\n',
    );
  });

  test('goes into a flow sequence in flow style', () => {
    expect(withItem('a: [1, x]\n', ['a'], 'x: y')).toBe('a: [1, x, "x: y"]\n');
    expect(withItem('a: [\n  x,\n  z,\n]\n', ['a'], 'b')).toBe('a: [\n  x,\n  z,\n  b,\n]\n');
  });

  test('fills an empty sequence', () => {
    expect(withItem('a: []\nb:\n  - 1\n', ['a'], { x: 1 })).toBe('a:\n  - x: 1\nb:\n  - 1\n');
    expect(withItem('a:\nb:\n- 1\n', ['a'], 'x')).toBe('a:\n- x\nb:\n- 1\n');
  });

  test('is refused where there is no sequence', () => {
    expect(withItem('a: {b: 1}\n', ['a'], 1)).toBe('not-a-sequence');
    expect(withItem('a: 1\n', ['b'], 1)).toBe('not-found');
  });
});

describe('an addition inside a literal block', () => {
  const patch = (text: string) => {
    const inner = innerDocument(opened(text), ['patches', 0, 'patch']);
    if (inner.kind === 'problem') throw new Error(inner.message);
    return inner;
  };

  test('is indented like the block', () => {
    const inner = patch('patches:\n  - patch: |-\n      a:\n        b: 1\n      z: 1\n    target: x\n');
    expect(outcome(inner, insertKey(inner, ['a'], 'c', { d: 1 }))).toBe(
      'patches:\n  - patch: |-\n      a:\n        b: 1\n        c:\n          d: 1\n      z: 1\n    target: x\n',
    );
  });

  test('goes to the block’s end', () => {
    for (const header of ['|-', '|']) {
      const inner = patch(`patches:\n  - patch: ${header}\n      a:\n        b: 1\n    target: x\n`);
      expect(outcome(inner, insertKey(inner, [], 'c', 1))).toBe(
        `patches:\n  - patch: ${header}\n      a:\n        b: 1\n      c: 1\n    target: x\n`,
      );
    }
  });

  test('keeps CRLF', () => {
    const inner = patch('patches:\r\n  - patch: |\r\n      a:\r\n        b: 1\r\n    target: x\r\n');
    const result = insertKey(inner, ['a'], 'c', { d: 1 });
    expect(outcome(inner, result)).toBe(
      'patches:\r\n  - patch: |\r\n      a:\r\n        b: 1\r\n        c:\r\n          d: 1\r\n    target: x\r\n',
    );
    expect(result).toMatchObject({ line: 5, column: 9 });
  });
});

describe('a document that says nothing yet', () => {
  test.each([
    ['{}\n', 'replicas: 5\n'],
    ['# for test\n{}\n', '# for test\nreplicas: 5\n'],
    ['---\n', '---\nreplicas: 5\n'],
    ['---\n# for test\n', '---\n# for test\nreplicas: 5\n'],
    ['# for test\n', '# for test\nreplicas: 5\n'],
    ['# for test', '# for test\nreplicas: 5\n'],
    ['# for test\r\n', '# for test\r\nreplicas: 5\r\n'],
    ['', 'replicas: 5\n'],
  ])('%j becomes %j', (text, expected) => {
    const range = { index: 0, start: 0, end: text.length };
    const document = openDocument(text, range);
    if ('code' in document) throw new Error(document.message);
    const result = insertKey(document, [], 'replicas', 5);
    expect(result).toMatchObject({ kind: 'edited', after: { text: expected } });
  });
});

describe('an item that is to stand before others', () => {
  test('goes behind the one before it and what is said of that', () => {
    const text = 'a:\n  - b: 1 # one\n    # more of one\n  # about three\n  - b: 3\n';
    expect(withItem(text, ['a'], { b: 2, c: 2 }, 1)).toBe(
      'a:\n  - b: 1 # one\n    # more of one\n  - b: 2\n    c: 2\n  # about three\n  - b: 3\n',
    );
  });

  test('goes above the first one and what is said of that', () => {
    expect(withItem('a:\n\n# about one\n- b: 1\n', ['a'], { b: 0 }, 0)).toBe(
      'a:\n\n- b: 0\n# about one\n- b: 1\n',
    );
    expect(withItem('a: # all\r\n- b\r\n', ['a'], 'c', 0)).toBe('a: # all\r\n- c\r\n- b\r\n');
  });

  test('goes to the end of a flow list, and where there are fewer', () => {
    expect(withItem('a: [b, c]\n', ['a'], 'd', 0)).toBe('a: [b, c, d]\n');
    expect(withItem('a:\n- b\n', ['a'], 'c', 7)).toBe('a:\n- b\n- c\n');
  });
});
