import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8');

/** The members of the union in the source: types leave nothing behind to import. */
function codes(): readonly string[] {
  const union = /export type DeclineCode =([^;]*);/.exec(read('src/model/declined.ts'))![1]!;
  return [...union.matchAll(/'([a-z-]+)'/g)].map((match) => match[1]!);
}

test('every reason for declining has a paragraph with its anchor', () => {
  const anchors = [...read('docs/declined.md').matchAll(/^## `([a-z-]+)`\n\n(?=\S)/gm)].map(
    (match) => match[1]!,
  );
  expect(anchors).toEqual(expect.arrayContaining([...codes()]));
  expect(new Set(anchors).size).toBe(anchors.length);
});
