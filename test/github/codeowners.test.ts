import { describe, expect, test } from 'vitest';
import { ownersOf, reviewersOf } from '../../src/github/codeowners.ts';

function matched(pattern: string, path: string): boolean {
  return ownersOf(`${pattern} @ada`, [path]).logins.length === 1;
}

describe('a pattern', () => {
  test.each([
    ['*', 'README.md'],
    ['*', 'apps/cart/deployment.yaml'],
    ['*.js', 'src/a.js'],
    ['*.js', 'a.js'],
    ['/build/logs/', 'build/logs/a/b.txt'],
    ['docs/*', 'docs/getting-started.md'],
    ['apps/', 'apps/a.yaml'],
    ['apps/', 'team/apps/deep/a.yaml'],
    ['/apps/', 'apps/deep/a.yaml'],
    ['/apps', 'apps/deep/a.yaml'],
    ['apps/cart', 'apps/cart/deployment.yaml'],
    ['deployment.yaml', 'apps/cart/deployment.yaml'],
    ['**/logs', 'logs/a.txt'],
    ['**/logs', 'build/deep/logs/a.txt'],
    ['apps/**/prod', 'apps/prod/a.yaml'],
    ['apps/**/prod', 'apps/a/b/prod/a.yaml'],
    ['apps/**', 'apps/a/b.yaml'],
    ['**', 'a/b'],
    ['/*', 'README.md'],
    ['/apps/*.yaml', 'apps/a.yaml'],
    ['a?c', 'abc'],
    [String.raw`my\ apps/`, 'my apps/a.yaml'],
    [String.raw`a\*b`, 'a*b'],
    ['a.b', 'a.b'],
    ['äpps/', 'äpps/a'],
  ])('%s matches %s', (pattern, path) => expect(matched(pattern, path)).toBe(true));

  test.each([
    ['docs/*', 'docs/build-app/troubleshooting.md'],
    ['/build/logs/', 'deep/build/logs/a.txt'],
    ['/apps/', 'team/apps/a.yaml'],
    ['apps/cart', 'team/apps/cart/a.yaml'],
    ['apps/', 'apps'],
    ['/*', 'apps/a.yaml'],
    ['/apps/*.yaml', 'apps/deep/a.yaml'],
    ['*.js', 'a.jsx'],
    ['apps/**', 'apps'],
    ['cart', 'apps/shopping-cart/a.yaml'],
    ['a?c', 'a/c'],
    ['a.b', 'axb'],
    [String.raw`a\*b`, 'axb'],
    ['Apps/', 'apps/a.yaml'],
    ['!apps/', 'apps/a.yaml'],
    ['[ab].yaml', 'a.yaml'],
    [String.raw`\#a`, '#a'],
    ['#a', '#a'],
  ])('%s does not match %s', (pattern, path) => expect(matched(pattern, path)).toBe(false));

  test('takes little work, whatever stands in it', () => {
    const pattern = `/${'*a'.repeat(2000)}/${'**/*b/'.repeat(500)}x`;
    const path = `${'a'.repeat(3000)}/${'ab/'.repeat(500)}y`;
    const before = process.threadCpuUsage();
    expect(matched(pattern, path)).toBe(false);
    const { user } = process.threadCpuUsage(before);
    expect(user).toBeLessThan(2_000_000);
  });
});

describe('the owners of files', () => {
  test('are those of the last line that matches', () => {
    const text = '* @ada\n/apps/ @grace\n/apps/cart/ @edsger\n';
    expect(ownersOf(text, ['apps/cart/a.yaml']).logins).toEqual(['edsger']);
    expect(ownersOf(text, ['apps/other/a.yaml']).logins).toEqual(['grace']);
    expect(ownersOf(text, ['README.md']).logins).toEqual(['ada']);
  });

  test('are none where the last line that matches names none', () => {
    expect(ownersOf('* @ada\n/apps/\n', ['apps/a.yaml'])).toEqual({ logins: [], teams: [] });
  });

  test('are those of all files, each once, in any case', () => {
    const text = 'a @ada @acme/platform\nb @Ada @grace @ACME/Platform\n';
    expect(ownersOf(text, ['a', 'b'])).toEqual({ logins: ['ada', 'grace'], teams: ['acme/platform'] });
  });

  test('end where a comment starts, and are no e-mail addresses', () => {
    const text = '# @nobody\r\n\r\n  a @ada ada@example.com # @grace\r\n';
    expect(ownersOf(text, ['a'])).toEqual({ logins: ['ada'], teams: [] });
  });

  test('are not changed by a line with a mistake in it', () => {
    expect(ownersOf('* @ada\n* grace\n* @ed$ger\n', ['a']).logins).toEqual(['ada']);
  });
});

describe('the reviewers', () => {
  const nobody = { logins: [], teams: [], author: null, bot: 'faultline[bot]' };

  test('are the owners, then the author of the line', () => {
    expect(reviewersOf({ ...nobody, logins: ['ada'], teams: ['acme/platform'], author: 'grace' })).toEqual({
      logins: ['ada', 'grace'],
      teams: ['acme/platform'],
    });
  });

  test('are three at most, owners first', () => {
    const owners = { logins: ['a', 'b'], teams: ['acme/x', 'acme/y'] };
    expect(reviewersOf({ ...nobody, ...owners, author: 'grace' })).toEqual({
      logins: ['a', 'b'],
      teams: ['acme/x'],
    });
    expect(reviewersOf({ ...nobody, logins: ['a', 'b', 'c', 'd'], limit: 2 }).logins).toEqual(['a', 'b']);
  });

  test('are nobody twice, and no bot', () => {
    const logins = ['ada', 'Faultline[bot]', 'renovate[bot]'];
    expect(reviewersOf({ ...nobody, logins, author: 'Ada' }).logins).toEqual(['ada']);
    expect(reviewersOf({ ...nobody, author: 'faultline[bot]' }).logins).toEqual([]);
  });

  test('do not include the account that a workflow writes with', () => {
    expect(reviewersOf({ ...nobody, logins: ['robot'], bot: 'robot' }).logins).toEqual([]);
  });
});
