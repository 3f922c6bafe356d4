import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { LIVE_KINDS } from '../../src/cluster/live-kinds.ts';

const SOURCES = ['rules', 'kubernetes', 'sources'].map((folder) =>
  resolve(import.meta.dirname, '../../src', folder),
);

/** Every kind that the program asks a cluster for by name. */
function askedFor(): readonly string[] {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  return files.flatMap((text) =>
    [...text.matchAll(/\.(?:list|get|presence|isRecorded)\(\s*'([A-Z]\w+)'/g)].map((match) => match[1]!),
  );
}

test('a live cluster is asked for every kind that a rule looks at, except Secrets', () => {
  const kinds = new Set(LIVE_KINDS.map(({ kind }) => kind));
  expect([...new Set(askedFor())].filter((kind) => !kinds.has(kind) && kind !== 'Secret')).toEqual([]);
  expect(askedFor()).toContain('Pod');
});

test('Secrets are not among them', () => {
  expect(LIVE_KINDS.filter(({ kind }) => kind === 'Secret')).toEqual([]);
});

test('no kind is read twice', () => {
  expect(new Set(LIVE_KINDS.map(({ kind }) => kind)).size).toBe(LIVE_KINDS.length);
});
