import { MAX_FILE_SIZE } from '../tree/folder.ts';
import { existenceIn, symlinkTarget } from '../tree/symlinks.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';
import type { Blob, Blobs } from './blobs.ts';
import type { Git } from './command.ts';

/** One line of `git ls-tree`. */
export interface ListedFile {
  readonly path: string;
  /** `100644`, `100755`, `120000` (symlink), `160000` (submodule) */
  readonly mode: string;
  readonly id: string;
  /** In bytes; 0 for submodules. */
  readonly size: number;
}

const SYMLINK = '120000';
const SUBMODULE = '160000';

/** The files of a commit. Listing them reads no contents but those of symlinks. */
export async function commitTree(git: Git, blobs: Blobs, commit: string): Promise<Tree> {
  const files = await listFiles(git, commit);
  const links = files.filter(({ mode }) => mode === SYMLINK);
  await blobs.load(links);
  const texts = new Map(links.map(({ path, id }) => [path, blobs.get(id)?.toString('utf8') ?? '/']));
  const paths = files.map(({ path }) => path).sort();
  const exists = links.length === 0 ? () => false : existenceIn(paths);
  const entries = new Map(files.map((file) => [file.path, entryOf(file, texts, exists)]));

  function readable(path: string): Blob | undefined {
    const entry = entries.get(path);
    return entry?.kind === 'file' && entry.size <= MAX_FILE_SIZE
      ? { id: entry.hash, size: entry.size }
      : undefined;
  }
  return {
    paths: () => paths,
    entry: (path) => entries.get(path),
    load: (wanted) => blobs.load(wanted.flatMap((path) => readable(path) ?? [])),
    read: (path) => {
      const blob = readable(path);
      return blob && blobs.get(blob.id);
    },
  };
}

/** All files of a commit, or those of `paths`. */
export async function listFiles(
  git: Git,
  commit: string,
  paths: readonly string[] = [],
): Promise<readonly ListedFile[]> {
  const listing = await git.run(['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...paths]);
  return listing.split('\0').filter(Boolean).map(parseLine);
}

/** `<mode> <type> <id> <size, padded>\t<path>` */
function parseLine(line: string): ListedFile {
  const tab = line.indexOf('\t');
  const [mode, , id, size] = line.slice(0, tab).split(/ +/);
  return { mode: mode!, id: id!, size: size === '-' ? 0 : Number(size), path: line.slice(tab + 1) };
}

function entryOf(
  file: ListedFile,
  links: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): TreeEntry {
  if (file.mode === SYMLINK) return { kind: 'symlink', target: symlinkTarget(file.path, links, exists) };
  if (file.mode === SUBMODULE) return { kind: 'submodule' };
  return { kind: 'file', size: file.size, hash: file.id };
}
