import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalRepository, parseImage, printImage } from '../../src/kubernetes/images.ts';
import { describeBytes, parseQuantity, printBytes } from '../../src/kubernetes/quantities.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

describe('image references', () => {
  test.each([
    ['nginx', { name: 'nginx', tag: null, digest: null }],
    ['nginx:1.27', { name: 'nginx', tag: '1.27', digest: null }],
    ['registry:5000/shop/cart', { name: 'registry:5000/shop/cart', tag: null, digest: null }],
    ['registry:5000/shop/cart:v1', { name: 'registry:5000/shop/cart', tag: 'v1', digest: null }],
    [`ghcr.io/a/b:v1@${DIGEST}`, { name: 'ghcr.io/a/b', tag: 'v1', digest: DIGEST }],
    [`ghcr.io/a/b@${DIGEST}`, { name: 'ghcr.io/a/b', tag: null, digest: DIGEST }],
  ])('%s has a name, a tag and a digest, and prints as it was', (text, image) => {
    expect(parseImage(text)).toEqual(image);
    expect(printImage(parseImage(text)!)).toBe(text);
  });

  test.each([
    '',
    ':v1',
    'a b',
    'nginx:',
    'nginx:-1',
    'nginx@sha256:short',
    'nginx@',
    `nginx:${'x'.repeat(129)}`,
  ])('%j is none', (text) => {
    expect(parseImage(text)).toBeNull();
  });

  test.each([
    ['nginx', 'docker.io/library/nginx'],
    ['bitnami/redis', 'docker.io/bitnami/redis'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx'],
    ['localhost/cart', 'localhost/cart'],
    ['registry:5000/cart', 'registry:5000/cart'],
    ['quay.io/a/b', 'quay.io/a/b'],
  ])('%s is %s in full', (name, full) => {
    expect(canonicalRepository(name)).toBe(full);
  });
});

describe('quantities', () => {
  test.each([
    ['128Mi', 128 * 2 ** 20],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1G', 1e9],
    ['250m', 0.25],
    ['1e3', 1000],
    ['1E', 1e18],
    ['.5', 0.5],
    ['-2', -2],
    [2, 2],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 12);
  });

  test.each(['', 'Mi', '1 Gi x', '1mi', '1KB', '0x10', null, undefined, true, Number.NaN])(
    '%j is none',
    (text) => {
      expect(parseQuantity(text)).toBeNull();
    },
  );

  test.each([
    [805306368, '768Mi'],
    [2 ** 30, '1Gi'],
    [1000, '1000'],
    [2 ** 20 + 1, '1048577'],
  ])('%d bytes are written as %s', (bytes, text) => {
    expect(printBytes(bytes)).toBe(text);
  });

  test('written bytes read back', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseQuantity(printBytes(bytes))).toBe(bytes);
      }),
    );
  });

  test('bytes are described to three digits', () => {
    expect(describeBytes(521_666_560)).toBe('498 MiB');
    expect(describeBytes(1.5 * 2 ** 30)).toBe('1.5 GiB');
    expect(describeBytes(12)).toBe('12 B');
  });
});
