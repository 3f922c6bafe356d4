import { MAX_FILE_SIZE } from '../tree/folder.ts';
import { pathProblem } from '../tree/path-names.ts';
import { existenceIn, symlinkTarget } from '../tree/symlinks.ts';
import type { Tree, TreeEntry, TreeProblem } from '../tree/tree.ts';
import type { Blob, Blobs } from './blobs.ts';
import type { Git } from './command.ts';

/** One line of `git ls-tree`. */
export interface ListedFile {
  readonly path: string;
  /** `100644`, `100755`, `120000` (symlink), `160000` (submodule), `040000` (folder) */
  readonly mode: string;
  readonly id: string;
  /** In bytes; 0 for submodules and folders. */
  readonly size: number;
}

const FOLDER = '040000';
const SYMLINK = '120000';
const SUBMODULE = '160000';
/** In bytes: no system follows a longer one. */
const LONGEST_LINK = 4096;

/**
 * The files of a commit. Listing them reads no contents but those of symlinks. Entries with a name that leads outside, and the
 * second of two with one path, are set aside as problems.
 */
export async function commitTree(git: Git, blobs: Blobs, commit: string): Promise<Tree> {
  const { files, problems } = usable(await listEntries(git, commit));
  const links = files.filter(({ mode }) => mode === SYMLINK);
  await blobs.load(links.filter(({ size }) => size <= LONGEST_LINK));
  // One that cannot be read leads nowhere, as an absolute one does.
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
    problems,
  };
}

/** Without entries that no tree may have, wherever in a path the name stands. */
function usable(entries: readonly ListedFile[]): {
  readonly files: readonly ListedFile[];
  readonly problems: readonly TreeProblem[];
} {
  const folders = new Set(entries.filter(({ mode }) => mode === FOLDER).map(({ path }) => path));
  const files = new Map<string, ListedFile>();
  const problems: TreeProblem[] = [];
  for (const entry of entries) {
    if (entry.mode === FOLDER) continue;
    const message = pathProblem(entry.path) ?? nameProblem(entry.path, folders);
    if (message !== null) problems.push({ path: entry.path, message });
    else if (files.has(entry.path) || folders.has(entry.path))
      problems.push({ path: entry.path, message: 'is in its folder twice' });
    else files.set(entry.path, entry);
  }
  return { files: [...files.values()], problems };
}

/** A name with a separator in it looks like a file in a folder, but no folder of that name is listed. */
function nameProblem(path: string, folders: ReadonlySet<string>): string | null {
  const slash = path.lastIndexOf('/');
  if (slash < 0 || folders.has(path.slice(0, slash))) return null;
  return 'has a slash in its name';
}

/** The named files of a commit. */
export async function listFiles(
  git: Git,
  commit: string,
  paths: readonly string[],
): Promise<readonly ListedFile[]> {
  const listing = await git.run(['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...paths]);
  return listing.split('\0').filter(Boolean).map(parseLine);
}

/** The modes of paths and of the folders above them, of those that are there. */
export async function listModes(
  git: Git,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const asked = new Set(paths.flatMap((path) => [...foldersAbove(path), path]));
  const listing = await git.run(['ls-tree', '-t', '-z', '-l', '--full-tree', commit, '--', ...asked]);
  const found = listing.split('\0').filter(Boolean).map(parseLine);
  return new Map(found.filter(({ path }) => asked.has(path)).map(({ path, mode }) => [path, mode]));
}

function foldersAbove(path: string): readonly string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_segment, index) => segments.slice(0, index + 1).join('/'));
}

/** Everything in a commit, its folders included. */
async function listEntries(git: Git, commit: string): Promise<readonly ListedFile[]> {
  const listing = await git.run(['ls-tree', '-r', '-t', '-z', '-l', '--full-tree', commit]);
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
