import { describe, expect, test } from 'vitest';
import { authorshipOf, isAutomatic } from '../../src/witnesses/chosen-value.ts';

describe('who chose a value', () => {
  const commit = (author: string, subject = 'cart: more memory', email = 'x@shop.example') => ({
    sha: 'a',
    author,
    email,
    at: 0,
    subject,
  });

  test.each([
    [true, commit('faultline[bot]')],
    [true, commit('Faultline')],
    [true, commit('renovate[bot]')],
    [true, commit('dependency-bot')],
    [true, commit('Ada', 'x', '49699333+dependabot[bot]@users.noreply.github.com')],
    [true, commit('Ada', 'Merge pull request #7 from shop/faultline/cart-memory')],
    [false, commit('Ada')],
    [false, commit('Bob Abbot')],
  ])('is a program: %s', (expected, author) => {
    expect(isAutomatic(author)).toBe(expected);
  });

  test('is the newest person in the history', () => {
    const versions = [
      { value: '768Mi', commit: commit('faultline[bot]') },
      { value: '512Mi', commit: commit('Ada') },
      { value: '256Mi', commit: commit('Bob') },
    ];
    const { lastChoice, automatic, latest } = authorshipOf(versions);
    expect([lastChoice?.value, automatic?.value, latest?.from]).toEqual(['512Mi', '768Mi', '512Mi']);
  });

  test.each([[null], [[]]])('is not known from %j', (history) => {
    expect(authorshipOf(history)).toEqual({
      raises: [],
      lastChoice: undefined,
      automatic: undefined,
      latest: undefined,
    });
  });
});
