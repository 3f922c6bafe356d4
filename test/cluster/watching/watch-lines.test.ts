import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWatchEvent } from '../../../src/cluster/watching/watch-event.ts';
import { watchLines, type WatchLine } from '../../../src/cluster/watching/watch-lines.ts';

async function linesOf(text: string, cuts: readonly number[], most = 1000): Promise<readonly WatchLine[]> {
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
  const body = (async function* () {
    yield* chunks;
  })();
  const lines: WatchLine[] = [];
  for await (const some of watchLines(body, most)) lines.push(...some);
  return lines;
}

test('lines are the same however the body is cut into chunks', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary' }).map((line) => line.replaceAll('\n', ''))),
      fc.array(fc.nat()),
      async (lines, cuts) => {
        const sent = lines.map((line) => line.toWellFormed());
        expect(await linesOf(sent.map((line) => `${line}\n`).join(''), cuts)).toEqual(sent);
      },
    ),
  ));

test('what stands after the last newline is no line, and a line that is too long is passed over', async () => {
  expect(await linesOf('one\ntw', [])).toEqual(['one']);
  expect(await linesOf(`a\n${'b'.repeat(50)}\nc\n`, [7, 20], 10)).toEqual(['a', null, 'c']);
});

test('an event is read with the version that a watch goes on from; what is none is unreadable', () => {
  const object = { metadata: { name: 'a', resourceVersion: '7' } };
  expect(readWatchEvent(JSON.stringify({ type: 'ADDED', object }))).toMatchObject({
    kind: 'put',
    version: '7',
  });
  expect(readWatchEvent(JSON.stringify({ type: 'BOOKMARK', object }))).toEqual({
    kind: 'bookmark',
    version: '7',
  });
  const expired = { type: 'ERROR', object: { code: 410, message: 'too old' } };
  expect(readWatchEvent(JSON.stringify(expired))).toEqual({ kind: 'error', code: 410, message: 'too old' });
  for (const line of [null, '[]', '{', '{"type":"ADDED"}', '{"type":"NEW","object":{}}'])
    expect(readWatchEvent(line)).toEqual({ kind: 'unreadable' });
  expect(readWatchEvent('')).toBeNull();
});
