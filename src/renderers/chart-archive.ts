import { posix } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { treeOf, type Tree } from '../tree/tree.ts';
import { chartClosureOf } from './chart-closure.ts';
import type { ChartClosure } from './chart.ts';
import { handedIn } from './chart-files.ts';
import { readTar, writeTar, type TarFile } from './tar.ts';

/** A packaged chart (`.tgz`), opened. Nothing in it can be edited; what it says of its values is worth knowing. */
export interface ChartArchive {
  readonly tree: Tree;
  readonly closure: ChartClosure;
}

/** Unpacked; a package that is larger says nothing. In bytes. */
const LARGEST = 64 * 2 ** 20;
/** Packages in packages. */
const DEEPEST = 8;

const OPENED = new WeakMap<Buffer, ChartArchive | null>();
const PACKED = new WeakMap<Buffer, Buffer | string>();

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
  const files = filesIn(bytes);
  if (typeof files === 'string') return null;
  const [first] = files;
  if (!first) return null;
  const tree = treeOf(Object.fromEntries(files.map(({ path, content }) => [path, content])));
  return { tree, closure: chartClosureOf(tree, first.path.split('/')[0]!) };
}

/**
 * The same package, packed anew from the files that were read, so that Helm sees these and no others. A text says why it is
 * refused; it begins with the file in the package.
 */
export function repacked(bytes: Buffer, depth = 0): Buffer | string {
  let packed = PACKED.get(bytes);
  if (packed === undefined) {
    packed = packedAnew(bytes, depth);
    PACKED.set(bytes, packed);
  }
  return packed;
}

function packedAnew(bytes: Buffer, depth: number): Buffer | string {
  if (depth > DEEPEST) return 'is packed too deeply';
  const files = filesIn(bytes);
  if (typeof files === 'string') return files;
  const packed: TarFile[] = [];
  for (const { path, content } of files) {
    const within = path.slice(path.indexOf('/') + 1);
    const inner = isPackage(within) ? repacked(content, depth + 1) : handedIn(within, content);
    if (typeof inner === 'string') return `${path}: ${inner}`;
    if ('message' in inner) return `${path}${inner.line === null ? '' : `:${inner.line}`}: ${inner.message}`;
    packed.push({ path, content: inner });
  }
  return gzipSync(writeTar(packed), { level: 1 });
}

/** What Helm opens as a package of a subchart. */
export function isPackage(within: string): boolean {
  return /^(?:charts\/[^/]+\/)*charts\/[^/]+\.tgz$/.test(within);
}

/** The files of a package, each once, all below one folder that is named like nothing special. */
function filesIn(bytes: Buffer): readonly TarFile[] | string {
  let tar: Buffer;
  try {
    tar = gunzipSync(bytes, { maxOutputLength: LARGEST });
  } catch {
    return `is not a gzip archive of at most ${LARGEST / 2 ** 20} MiB`;
  }
  const entries = readTar(tar);
  if (entries === null) return 'is not a tar archive that every reader reads in the same way';
  const files = entries.map(({ path, content }) => ({ path: path.replace(/^\.\//, ''), content }));
  const folder = files.map(({ path }) => /^([^/]+)\/Chart\.yaml$/.exec(path)?.[1]).find(Boolean);
  if (folder === undefined) return 'has no Chart.yaml';
  const paths = new Set(files.map(({ path }) => path));
  if (paths.size < files.length) return 'has a file twice';
  const odd = files.find(
    ({ path }) =>
      !path.startsWith(`${folder}/`) || posix.normalize(path) !== path || /[\\\p{Cc}]|:\//u.test(path),
  );
  return odd === undefined ? files : `${JSON.stringify(odd.path)}: is a path that is not unpacked`;
}
