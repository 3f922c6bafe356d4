import { lstatSync, readdirSync, readFileSync, readlinkSync, type Dirent, type Stats } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors/input-error.ts';
import { pathProblem } from './path-names.ts';
import { existenceIn, symlinkTarget } from './symlinks.ts';
import { contentHash, type Tree, type TreeEntry, type TreeProblem } from './tree.ts';

// Everything here is read synchronously: for thousands of small files on a local disk that takes a fifth of the time
// that they take through Node's thread pool.

/** Larger files are listed but not readable: no manifest has this size, and memory is finite. In bytes. */
export const MAX_FILE_SIZE = 64 * 1024 * 1024;

export interface FolderOptions {
  /** The files to show, relative to the folder. Left out: everything below it except `.git`. Those that are not there are skipped. */
  readonly list?: readonly string[];
}

/**
 * The files that lie in a folder on disk. Symlinks are listed but never followed; sockets, pipes and devices are left out.
 * Contents are read by `load`; a hash is computed when it is asked for. A file that cannot be read, or is larger than
 * {@link MAX_FILE_SIZE}, is listed and reads as undefined. Names that no tree may have are set aside, whether they lie on
 * disk or stand in the list: an index that was made by hand can name any file of the machine.
 *
 * @throws InputError when the folder does not exist or is not one
 */
export async function folderTree(folder: string, options: FolderOptions = {}): Promise<Tree> {
  const problems: TreeProblem[] = [];
  const isForbidden = (path: string, work: () => void): void => {
    const message = forbiddenIn(work);
    if (message !== null) problems.push({ path, message });
  };
  const listed = (options.list ?? walk(folder, isForbidden)).filter((path) => {
    const message = pathProblem(path);
    if (message !== null) problems.push({ path, message });
    return message === null;
  });
  const found = statsOf(folder, options.list ? withoutLinkedFolders(folder, listed) : listed);
  const links = textsOfLinks(folder, found);
  const exists = existenceIn([...found.keys()]);
  const contents = new Map<string, Buffer>();
  const entries = new Map<string, TreeEntry>();
  for (const [path, stats] of found) {
    if (links.has(path)) {
      entries.set(path, { kind: 'symlink', target: symlinkTarget(path, links, exists) });
    } else if (stats.isDirectory()) {
      // Only a list, which is git's, can name a folder.
      entries.set(path, { kind: 'submodule' });
    } else if (stats.isFile()) {
      const loaded = (): Buffer | undefined => contents.get(path);
      entries.set(path, lazyFile(join(folder, path), stats, loaded));
    }
  }
  const paths = [...entries.keys()];

  return {
    paths: () => paths,
    entry: (path) => entries.get(path),
    load: async (wanted) => {
      for (const path of wanted) {
        if (contents.has(path) || !isReadable(entries.get(path))) continue;
        isForbidden(path, () => void contents.set(path, readFileSync(join(folder, path))));
      }
    },
    read: (path) => contents.get(path),
    problems,
  };
}

/** Runs what reads a path, and takes note of it where the system forbids that. */
type Reading = (path: string, work: () => void) => void;

function walk(folder: string, reading: Reading): readonly string[] {
  const paths: string[] = [];
  const pending = [''];
  while (pending.length > 0) {
    const below = pending.pop()!;
    for (const item of itemsOf(folder, below, reading)) {
      if (item.name === '.git') continue;
      if (item.isDirectory()) pending.push(`${below}${item.name}/`);
      else paths.push(below + item.name);
    }
  }
  return paths;
}

function itemsOf(folder: string, below: string, reading: Reading): readonly Dirent[] {
  const items: Dirent[] = [];
  const read = (): void => void items.push(...readdirSync(join(folder, below), { withFileTypes: true }));
  if (below !== '') {
    reading(below, read);
    return items;
  }
  try {
    read();
    return items;
  } catch (cause) {
    throw new InputError(`${folder} is not a folder that can be read`, { cause });
  }
}

/** What is wrong with what the system does not let anybody read; null for what was read, and for what is not there any more. */
function forbiddenIn(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? 'may not be read by this user' : null;
  }
}

/** By path, sorted; without what is not there. */
function statsOf(folder: string, paths: readonly string[]): ReadonlyMap<string, Stats> {
  const found = new Map<string, Stats>();
  for (const path of [...paths].sort()) {
    const stats = orUndefined(() => lstatSync(join(folder, path)));
    if (stats) found.set(path, stats);
  }
  return found;
}

/** A file that git tracks may by now lie behind a symlink to somewhere else: that is not this file any more. */
function withoutLinkedFolders(folder: string, paths: readonly string[]): readonly string[] {
  const above = new Set(paths.flatMap(foldersAbove));
  const real = statsOf(folder, [...above]);
  const linked = new Set([...above].filter((path) => !real.get(path)?.isDirectory()));
  return linked.size === 0
    ? paths
    : paths.filter((path) => !foldersAbove(path).some((each) => linked.has(each)));
}

function foldersAbove(path: string): readonly string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

function textsOfLinks(folder: string, found: ReadonlyMap<string, Stats>): ReadonlyMap<string, string> {
  const links = [...found].filter(([, stats]) => stats.isSymbolicLink());
  // One that cannot be read leads nowhere, as an absolute one does.
  return new Map(links.map(([path]) => [path, orUndefined(() => readlinkSync(join(folder, path))) ?? '/']));
}

function lazyFile(file: string, stats: Stats, loaded: () => Buffer | undefined): TreeEntry {
  let hash: string | undefined;
  return {
    kind: 'file',
    size: stats.size,
    get hash() {
      return (hash ??= hashOf(file, stats, loaded()));
    },
  };
}

/** The blob id; for what cannot be read, a text that changes with the file. */
function hashOf(file: string, stats: Stats, loaded: Buffer | undefined): string {
  const content = stats.size > MAX_FILE_SIZE ? undefined : (loaded ?? orUndefined(() => readFileSync(file)));
  return content ? contentHash(content) : `unreadable-${stats.size}-${stats.mtimeMs}`;
}

function isReadable(entry: TreeEntry | undefined): boolean {
  return entry?.kind === 'file' && entry.size <= MAX_FILE_SIZE;
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
