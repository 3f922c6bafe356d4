import { describe, expect, test } from 'vitest';
import { innerDocument } from '../../src/edits/literal-block.ts';
import { openDocument } from '../../src/edits/open-document.ts';
import { removeKey } from '../../src/edits/remove-key.ts';
import { renameKey } from '../../src/edits/rename-key.ts';
import type { ConcretePath } from '../../src/kubernetes/field-path.ts';
import { opened, outcome } from './opened.ts';

function without(text: string, parent: ConcretePath, key: string): string {
  const document = opened(text);
  return outcome(document, removeKey(document, parent, key));
}

describe('a key taken out of a block mapping', () => {
  test('takes its line and the comment behind it', () => {
    expect(without('a:\n  b: 1 # one\n  c: 2 # two\n  # about d\n  d: 3\n', ['a'], 'c')).toBe(
      'a:\n  b: 1 # one\n  # about d\n  d: 3\n',
    );
  });

  test('keeps the line endings of the others', () => {
    expect(without('a:\r\n  b: 1\r\n  c: 2\r\nd: 3\r\n', ['a'], 'c')).toBe('a:\r\n  b: 1\r\nd: 3\r\n');
  });

  test('leaves a file without a final newline without one', () => {
    expect(without('a:\n  b: 1\n  c: 2', ['a'], 'c')).toBe('a:\n  b: 1');
    expect(without('a:\r\n  b: 1\r\n  c: 2', ['a'], 'c')).toBe('a:\r\n  b: 1');
  });

  test('lets the next key move up behind the dash', () => {
    expect(without('- b: 1 # one\n  c: 2\n- d: 3\n', [0], 'b')).toBe('- c: 2\n- d: 3\n');
  });

  test('takes a value of several lines', () => {
    expect(without('a:\n  b:\n    c: 1\n    d: 2\n  e: 3\n', ['a'], 'b')).toBe('a:\n  e: 3\n');
  });

  test('takes whole lines out of a literal block', () => {
    const host = opened('x: |\n    a: 1\n    b: 2\ny: 3\n');
    const inner = innerDocument(host, ['x']);
    if (inner.kind === 'problem') throw new Error(inner.message);
    expect(outcome(inner, removeKey(inner, [], 'b'))).toBe('x: |\n    a: 1\ny: 3\n');
    expect(outcome(inner, removeKey(inner, [], 'a'))).toBe('x: |\n    b: 2\ny: 3\n');
  });
});

describe('a key taken out of a flow mapping', () => {
  test('takes its comma', () => {
    expect(without('{a: 1, b: 2, c: 3}\n', [], 'a')).toBe('{b: 2, c: 3}\n');
    expect(without('{a: 1, b: 2, c: 3}\n', [], 'b')).toBe('{a: 1, c: 3}\n');
    expect(without('{a: 1, b: 2, c: 3}\n', [], 'c')).toBe('{a: 1, b: 2}\n');
  });

  test('leaves the comment of the entry before', () => {
    expect(without('{\n  a: 1, # one\n  b: 2\n}\n', [], 'b')).toBe('{\n  a: 1 # one\n}\n');
  });
});

describe('a key that stays', () => {
  test('the only one of its mapping', () => {
    expect(without('a:\n  b: 1\n', ['a'], 'b')).toBe('unsupported-style');
  });

  test('one that is not there', () => {
    expect(without('a:\n  b: 1\n  c: 2\n', ['a'], 'd')).toBe('not-found');
  });

  test('one with an anchor that an alias needs', () => {
    expect(without('a:\n  b: &x 1\n  c: 2\nd: *x\n', ['a'], 'b')).toBe('unsupported-value');
  });

  test('one behind a dash with a comment before the next key', () => {
    expect(without('- b: 1\n  # about c\n  c: 2\n', [0], 'b')).toBe('unsupported-style');
  });

  test('one that a merge key brings', () => {
    expect(without('x: &x {b: 1, c: 2}\na:\n  <<: *x\n  d: 3\n', ['a'], 'b')).toBe('not-found');
  });
});

describe('a key that another one replaces', () => {
  const to = { key: 'digest', value: 'sha256:00' };
  const renamed = (text: string, language: 'yaml' | 'json' = 'yaml'): string => {
    const document = openDocument(text, { index: 0, start: 0, end: text.length }, { language });
    if (document.kind === 'problem') throw new Error(document.message);
    return outcome(document, renameKey(document, [], 'newTag', to));
  };

  test('changes from its key to its value', () => {
    expect(renamed('name: x\nnewTag: "1" # people\nz: 1\n')).toBe(
      'name: x\ndigest: sha256:00 # people\nz: 1\n',
    );
  });

  test('keeps its quotes in JSON', () => {
    expect(renamed('{"name":"x","newTag":"1"}', 'json')).toBe('{"name":"x","digest":"sha256:00"}');
  });

  test('stays where it is not there', () => {
    expect(renamed('name: x\n')).toBe('not-found');
  });
});
