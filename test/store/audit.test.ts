import { describe, expect, test } from 'vitest';
import { anchorText, evidenceDigest, parseAnchor } from '../../src/store/audit.ts';
import { canonicalJson } from '../../src/store/canonical-json.ts';
import { untrusted } from '../../src/untrusted/prose.ts';

describe('canonical JSON', () => {
  test('is the same for equal values', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined, A: -0 })).toBe(
      '{"A":0,"b":[1,{"c":"é","d":null}]}',
    );
  });

  test('writes what tells its own JSON', () => {
    expect(canonicalJson({ text: untrusted('password=correct-horse-7') })).toBe('{"text":"password=***"}');
  });

  test.each([Number.NaN, Infinity, 1n, () => 0, Symbol('x')])('does not write %s', (value) => {
    expect(() => canonicalJson({ deep: [value] })).toThrow(TypeError);
  });

  test('does not write nothing', () => {
    expect(() => canonicalJson(undefined)).toThrow(TypeError);
  });
});

describe('an anchor', () => {
  const hash = '9f'.repeat(16);

  test('is short text', () => {
    expect(anchorText({ sequence: 12_345, hash })).toBe(`12345:${hash}`);
    expect(parseAnchor(`12345:${hash}`)).toEqual({ sequence: 12_345, hash });
  });

  test.each([
    '',
    '1',
    `0:${hash}`,
    `1:${hash.slice(0, 15)}`,
    `1:${hash.toUpperCase()}`,
    `1:${hash} `,
    `-1:${hash}`,
  ])('is not %j', (text) => {
    expect(parseAnchor(text)).toBeNull();
  });
});

test('evidence is recorded as a hash of its masked text', () => {
  const evidence = { source: 'log', ref: 'Pod shop/cart', at: 5 } as const;
  const digest = evidenceDigest({ ...evidence, text: untrusted('token=abcdef0123456789') });
  expect(digest).toEqual(evidenceDigest({ ...evidence, text: untrusted('token=9876543210fedcba') }));
  expect(digest).toEqual({ ...evidence, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});
