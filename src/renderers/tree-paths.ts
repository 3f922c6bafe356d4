import { posix } from 'node:path';
import type { Tree } from '../tree/tree.ts';

/** Joins and normalises; the top of the repository is `.`. Null when the result lies outside. */
export function resolvePath(folder: string, reference: string): string | null {
  if (posix.isAbsolute(reference) || reference.includes('\0')) return null;
  const path = posix.normalize(posix.join(folder, reference)).replace(/\/$/, '');
  return path === '..' || path.startsWith('../') ? null : path;
}

/** `.` is the top. */
export function joinPath(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`;
}

/**
 * The path of a file or folder when every symlink on the way is followed, and null where one leads out of the tree or
 * nowhere. The links are put into `links`, with what they lead to.
 */
export function realPath(tree: Tree, path: string, links?: Map<string, string>): string | null {
  let reached = '.';
  for (const segment of path.split('/')) {
    const next = segment === '.' ? reached : joinPath(reached, segment);
    const entry = tree.entry(next);
    if (entry?.kind !== 'symlink') reached = next;
    else if (entry.target === null) return null;
    else {
      links?.set(next, entry.target);
      reached = entry.target;
    }
  }
  return reached;
}

/** A folder exists in a tree when a file lies below it. */
export function isFolder(tree: Tree, folder: string): boolean {
  if (folder === '.') return true;
  const paths = tree.paths();
  return paths[firstBelow(paths, folder)]?.startsWith(`${folder}/`) ?? false;
}

/** Where the files below a folder begin among sorted paths, or would. */
export function firstBelow(paths: readonly string[], folder: string): number {
  const prefix = `${folder}/`;
  let low = 0;
  let high = paths.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (paths[middle]! < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * What strings and words of a text name in a tree, as paths relative to a folder: files, and folders with all below them.
 * For what cannot be understood: it may read these.
 */
export function namedPaths(tree: Tree, folder: string, texts: Iterable<string>): readonly string[] {
  const found = new Set<string>();
  for (const text of texts)
    for (const written of [text, ...text.split(/[\s"'`,;:=|<>(){}[\]#]+/)]) {
      // `file://../chart` without its scheme.
      const word = written.replace(/^(?:file:)?\/\/(?=\.\.)/, '');
      // What lies below the folder is counted anyway.
      if (word.length > 4096 || !/(^|\/)\.\.(\/|$)/.test(word)) continue;
      const named = resolvePath(folder, word);
      const path = named === null ? null : realPath(tree, named);
      if (path !== null && (tree.entry(path)?.kind === 'file' || isFolder(tree, path))) found.add(path);
    }
  return [...found];
}

/** All strings in a value. */
export function* stringsIn(value: unknown, depth = 0): Iterable<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null && depth < 100)
    for (const child of Object.values(value)) yield* stringsIn(child, depth + 1);
}

/** True for a path that is one of these, or lies below one. */
export function isCoveredBy(path: string, covers: readonly string[]): boolean {
  return covers.some((cover) => cover === '.' || path === cover || path.startsWith(`${cover}/`));
}
