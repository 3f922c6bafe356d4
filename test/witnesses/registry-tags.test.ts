import { describe, expect, test } from 'vitest';
import { isGone, sameTagOtherwiseWritten } from '../../src/witnesses/registry-tags.ts';

const having = (...tags: string[]) => ({ reference: 'missing', tags }) as const;

describe('the same tag, otherwise written', () => {
  test.each([
    ['1.2.3', ['v1.2.3', 'v1.2.4'], 'v1.2.3'],
    ['v1.2.3', ['1.2.3', '1.2'], '1.2.3'],
    ['1.2.3-Alpine', ['1.2.3-alpine'], '1.2.3-alpine'],
    ['1.2.3_alpine', ['1.2.3-alpine', '1.2.3'], '1.2.3-alpine'],
    ['release-7', ['7', '7.0'], '7'],
    ['1.0.0rc1', ['1.0.0-rc.1'], '1.0.0-rc.1'],
  ])('of %s among %s is %s', (tag, tags, found) => {
    expect(sameTagOtherwiseWritten(`pier/winch:${tag}`, having(...tags))).toBe(`pier/winch:${found}`);
  });

  test.each([
    ['another version', '1.2.3', ['1.2.4', '1.23', '12.3']],
    ['a revision where a patch was meant', '1.2.3', ['1.2-3']],
    ['another variant', '1.2.3-alpine', ['1.2.3-slim', '1.2.3']],
    ['two that are alike', '1.2.3', ['v1.2.3', 'release-1.2.3']],
    ['nothing', '1.2.3', []],
  ])('is not found in %s', (_what, tag, tags) => {
    expect(sameTagOtherwiseWritten(`pier/winch:${tag}`, having(...tags))).toBeNull();
  });

  test('is not known without all tags, nor for a digest', () => {
    expect(sameTagOtherwiseWritten('pier/winch:1', { reference: 'missing', tags: null })).toBeNull();
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(sameTagOtherwiseWritten(`pier/winch:1@${digest}`, having('v1'))).toBeNull();
  });
});

test('an image is gone where all tags are known and its own is none of them', () => {
  expect(isGone('pier/winch:1', having('2'))).toBe(true);
  expect(isGone('pier/winch', having('latest'))).toBe(false);
  expect(isGone('pier/winch:1', null)).toBe(false);
});
