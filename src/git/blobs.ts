import { inParallel } from '../concurrency/in-parallel.ts';
import type { Git } from './command.ts';

/** Contents of blobs by id, each read once however many commits have it. */
export interface Blobs {
  load(blobs: readonly Blob[]): Promise<void>;
  get(id: string): Buffer | undefined;
}

export interface Blob {
  readonly id: string;
  /** In bytes. */
  readonly size: number;
}

/** Bytes asked of one git process: bounds what is held twice while its answer is taken apart. */
const BATCH_SIZE = 32 * 1024 * 1024;

export function blobsOf(git: Git): Blobs {
  const contents = new Map<string, Buffer>();
  return {
    get: (id) => contents.get(id),
    load: async (blobs) => {
      const missing = new Map(blobs.filter(({ id }) => !contents.has(id)).map((blob) => [blob.id, blob]));
      await inParallel(batches([...missing.values()]), 2, async (batch) => {
        const ids = batch.map(({ id }) => id);
        const answer = await git.runForBytes(['cat-file', '--batch'], { input: ids.join('\n') + '\n' });
        for (const [id, content] of parseBatch(answer)) contents.set(id, content);
      });
    },
  };
}

function batches(blobs: readonly Blob[]): readonly (readonly Blob[])[] {
  const result: Blob[][] = [];
  let room = 0;
  for (const blob of blobs) {
    if (result.length === 0 || blob.size > room) {
      result.push([]);
      room = BATCH_SIZE;
    }
    result.at(-1)!.push(blob);
    room -= blob.size;
  }
  return result;
}

/** `<id> blob <size>\n<content>\n` for each object, or `<id> missing\n`, which is left out. */
function* parseBatch(answer: Buffer): Generator<readonly [string, Buffer]> {
  for (let at = 0; at < answer.length;) {
    const lineEnd = answer.indexOf(0x0a, at);
    if (lineEnd < 0) throw new Error('git cat-file answered with half a line');
    const [id, type, size] = answer.toString('latin1', at, lineEnd).split(' ');
    at = lineEnd + 1;
    if (type !== 'blob') continue;
    const end = at + Number(size);
    if (end >= answer.length) throw new Error(`git cat-file answered with less than ${size} bytes for ${id}`);
    yield [id!, answer.subarray(at, end)];
    at = end + 1;
  }
}
