import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../src/git/diff.ts';
import { git, madeFolder } from './made-repository.ts';

const numbers = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join('');

describe('the text', () => {
  test('nothing for equal texts', () => {
    expect(unifiedDiff('a.yaml', 'a: 1\n', 'a: 1\n')).toBe('');
  });

  test('three lines around a change', () => {
    expect(unifiedDiff('apps/cart.yaml', numbers(1, 9), numbers(1, 9).replace('5', 'five'))).toBe(
      [
        '--- a/apps/cart.yaml',
        '+++ b/apps/cart.yaml',
        '@@ -2,7 +2,7 @@',
        ' 2',
        ' 3',
        ' 4',
        '-5',
        '+five',
        ' 6',
        ' 7',
        ' 8',
        '',
      ].join('\n'),
    );
  });

  test('changes whose context touches share a hunk, others do not', () => {
    const near = numbers(1, 30).replace('5\n', 'five\n').replace('12\n', 'twelve\n');
    const far = numbers(1, 30).replace('5\n', 'five\n').replace('13\n', 'thirteen\n');
    expect(unifiedDiff('a', numbers(1, 30), near).match(/^@@/gm)).toHaveLength(1);
    expect(unifiedDiff('a', numbers(1, 30), far).match(/^@@/gm)).toHaveLength(2);
  });

  test('a missing line break at the end is said, on the side where it is missing', () => {
    expect(unifiedDiff('a', 'x\ny', 'x\ny\n')).toBe(
      '--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n x\n-y\n\\ No newline at end of file\n+y\n',
    );
  });

  test('carriage returns stay', () => {
    expect(unifiedDiff('a', 'x\r\ny\r\n', 'x\r\nz\r\n')).toContain(' x\r\n-y\r\n+z\r\n');
  });

  test('an addition shows the lines that were added and no others', () => {
    expect(
      unifiedDiff('a', numbers(1, 9), numbers(1, 5) + 'new\nlines\n' + numbers(6, 9)).match(
        /^[+-](?![+-])/gm,
      ),
    ).toEqual(['+', '+']);
  });

  test('texts without a line in common are replaced whole, however long', () => {
    const diff = unifiedDiff('a', numbers(1, 5000), numbers(10_001, 15_000));
    expect(diff.match(/^@@.*@@$/gm)).toEqual(['@@ -1,5000 +1,5000 @@']);
  });
});

/** What `git apply` makes of the files. */
function applied(before: Readonly<Record<string, string>>, patch: string): string {
  const folder = madeFolder(before);
  git(folder, 'init', '--quiet');
  execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
    cwd: folder,
    input: patch,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return folder;
}

describe('git apply', () => {
  test.each([
    'plain.yaml',
    'with space.yaml',
    'ümlaut.yaml',
    'quo"te.yaml',
    'tab\tand\nbreak.yaml',
    'back\\slash.yaml',
    '-dash.yaml',
  ])('understands the name %j, for a file that is there and one that is new', (name) => {
    const patch =
      unifiedDiff(name, 'a: 1\n', 'a: 2\n') +
      unifiedDiff(`new ${name}`, null, 'b: 1') +
      unifiedDiff(`empty ${name}`, null, '');
    const folder = applied({ [name]: 'a: 1\n' }, patch);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('a: 2\n');
    expect(readFileSync(join(folder, `new ${name}`), 'utf8')).toBe('b: 1');
    expect(existsSync(join(folder, `empty ${name}`))).toBe(true);
  });

  // Few different lines, so that they repeat; with and without line breaks of either kind.
  const line = fc.tuple(
    fc.constantFrom('', 'a: 1', '  - b', '---', '+++ b/x', '@@ -1 +1 @@', 'ü', '\t', '\r'),
    fc.constantFrom('\n', '\r\n'),
  );
  const lines = fc.array(
    line.map(([text, end]) => text + end),
    { maxLength: 40 },
  );
  const ending = fc.constantFrom('', 'no break', '\r');
  const cut = fc.record({
    at: fc.nat(40),
    count: fc.nat(4),
    insert: fc.array(
      line.map((parts) => parts.join('')),
      { maxLength: 4 },
    ),
  });
  const edited = fc
    .tuple(lines, ending, fc.array(cut, { maxLength: 4 }), ending)
    .map(([old, end, cuts, newEnd]) => {
      const now = [...old];
      for (const { at, count, insert } of cuts) now.splice(Math.min(at, now.length), count, ...insert);
      return { before: old.join('') + end, after: now.join('') + newEnd };
    });

  test('makes the one text from the other, byte for byte', () => {
    const samples = fc
      .sample(edited, { numRuns: 600, seed: 20260301 })
      .filter(({ before, after }) => before !== '' && after !== '');
    const folder = applied(
      Object.fromEntries(samples.map(({ before }, index) => [`file-${index}.yaml`, before])),
      samples.map(({ before, after }, index) => unifiedDiff(`file-${index}.yaml`, before, after)).join(''),
    );
    const results = samples.map((sample, index) => ({
      ...sample,
      after: readFileSync(join(folder, `file-${index}.yaml`), 'utf8'),
    }));
    expect(samples.length).toBeGreaterThan(500);
    expect(results).toEqual(samples);
  });
});
