import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { treeOf, type Tree } from '../tree/tree.ts';
import { chartClosureOf, type ChartClosure } from './chart.ts';

/** A packaged chart (`.tgz`), opened. Nothing in it can be edited; what it says of its values is worth knowing. */
export interface ChartArchive {
  readonly tree: Tree;
  readonly closure: ChartClosure;
}

/** Unpacked; a package that is larger says nothing. In bytes. */
const LARGEST = 64 * 2 ** 20;

const OPENED = new WeakMap<Buffer, ChartArchive | null>();

/** Null for what is no packaged chart. The same bytes are opened once. */
export function openChartArchive(bytes: Buffer): ChartArchive | null {
  let archive = OPENED.get(bytes);
  if (archive === undefined) {
    archive = opened(bytes);
    OPENED.set(bytes, archive);
  }
  return archive;
}

function opened(bytes: Buffer): ChartArchive | null {
  try {
    const tar = gunzipSync(bytes, { maxOutputLength: LARGEST });
    const files = parseTar(Uint8Array.from(tar)).flatMap(({ name, type, data }) =>
      type === 'file' ? [[name.replace(/^\.\//, ''), Buffer.from(data ?? [])] as const] : [],
    );
    const folder = files
      .map(([path]) => /^([^/]+)\/Chart\.yaml$/.exec(path)?.[1])
      .find((name) => name !== undefined);
    if (folder === undefined) return null;
    const tree = treeOf(Object.fromEntries(files));
    return { tree, closure: chartClosureOf(tree, folder) };
  } catch {
    return null;
  }
}
