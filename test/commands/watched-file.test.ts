import { expect, test } from 'vitest';
import { watchFile } from '../../src/commands/watched-file.ts';

/** What is told of a file whose reads give these contents, one after the other. */
async function toldOf(contents: readonly (string | null)[]): Promise<readonly string[]> {
  const left = [...contents];
  const told: string[] = [];
  let now: string | null = null;
  await watchFile(
    {
      read: async () => (now = left.shift() ?? null),
      sleep: async () => undefined,
      changed: async () => void told.push(now!),
    },
    () => left.length === 0,
  );
  return told;
}

test.each<readonly [string, readonly (string | null)[], readonly string[]]>([
  ['nothing of a file that stays as it is', ['a', 'a', 'a', 'a', 'a'], []],
  ['each new content once', ['a', 'b', 'b', 'b', 'c', 'c', 'c'], ['b', 'c']],
  ['nothing of a content that is still being written', ['a', 'ab', 'abc', 'abcd', 'abcd', 'x'], ['abcd']],
  ['nothing while the file is away, nor when it is back as it was', ['a', null, null, 'a', 'a', 'a'], []],
  ['what was there before, where it is so again', ['a', 'b', 'b', 'a', 'a', 'a'], ['b', 'a']],
  ['a file that is made later', [null, null, 'a', 'a', 'a'], ['a']],
])('tells %s', async (_what, contents, told) => {
  expect(await toldOf(contents)).toEqual(told);
});

test('ends when it is told to, and reads no more', async () => {
  let reads = 0;
  let isStopped = false;
  await watchFile(
    {
      read: async () => `${++reads}`,
      sleep: async () => void (isStopped = reads === 3),
      changed: async () => {},
    },
    () => isStopped,
  );
  expect(reads).toBe(4);
});
