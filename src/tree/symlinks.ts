import { posix } from 'node:path';

/** As many as Linux follows before it answers ELOOP. */
const MAX_HOPS = 40;

/**
 * Where a symlink ends after following every link on the way, relative to the root of the tree.
 * null when it leaves the tree, runs in a circle, or ends at something that is not there.
 *
 * @param links the text of every symlink of the tree, by path
 * @param exists whether a path is a file, folder or submodule of the tree
 */
export function symlinkTarget(
  link: string,
  links: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): string | null {
  let pending = link.split('/');
  let reached = '';
  for (let hops = 0; pending.length > 0;) {
    const [segment, ...rest] = pending;
    const next = posix.join(reached, segment!);
    if (next === '..' || next.startsWith('../')) return null;
    const text = links.get(next);
    if (text === undefined) {
      reached = next === '.' ? '' : next;
      pending = rest;
      continue;
    }
    if (posix.isAbsolute(text) || ++hops > MAX_HOPS) return null;
    pending = [...text.split('/'), ...rest];
  }
  return reached === '' || exists(reached) ? reached || '.' : null;
}

/** A test for paths that are in the list, or are a folder above one that is. */
export function existenceIn(paths: readonly string[]): (path: string) => boolean {
  const known = new Set<string>();
  for (const path of paths) {
    for (let here = path; here !== '.' && !known.has(here); here = posix.dirname(here)) known.add(here);
  }
  return (path) => known.has(path);
}
