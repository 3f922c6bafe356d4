import type { Tree } from '../tree/tree.ts';
import { firstBelow } from './tree-paths.ts';

/** The files of one chart: path in the chart → path in the repository, which differ behind symlinks. */
export type Listing = ReadonlyMap<string, string>;

/** Far more than any chart has: symlinks to folders of symlinks, and charts that each depend on two, multiply. */
const MOST_FILES = 50_000;

/** What a chart's folder has, with what its symlinks lead to, as far as that is in the repository. Helm follows them. */
export function listingOf(
  tree: Tree,
  folder: string,
  report: (file: string, message: string) => void,
): Listing {
  const listing = new Map<string, string>();
  const list = (from: string, as: string, links: readonly string[]): void => {
    for (const path of pathsBelow(tree, from)) {
      const within = as + (from === '.' ? path : path.slice(from.length + 1));
      const entry = tree.entry(path);
      if (listing.size >= MOST_FILES) return report(folder, `has more than ${MOST_FILES} files`);
      if (entry?.kind === 'file') listing.set(within, path);
      if (entry?.kind !== 'symlink') continue;
      const { target } = entry;
      if (target === null) report(path, 'is a symlink that leads to nothing in the repository');
      else if (tree.entry(target)?.kind === 'file') listing.set(within, target);
      else if ([...links, path].some((link) => `${link}/`.startsWith(target === '.' ? '' : `${target}/`)))
        report(path, 'is a symlink that leads back to where it lies');
      else list(target, `${within}/`, [...links, path]);
    }
  };
  list(folder, '', [folder]);
  return listing;
}

export function below(listing: Listing, prefix: string): Listing {
  const inside = [...listing].filter(([within]) => within.startsWith(prefix));
  return new Map(inside.map(([within, path]) => [within.slice(prefix.length), path]));
}

/** The paths below a folder; they are sorted, so that they stand together. */
function pathsBelow(tree: Tree, folder: string): readonly string[] {
  const paths = tree.paths();
  if (folder === '.') return paths;
  const prefix = `${folder}/`;
  const start = firstBelow(paths, folder);
  let end = start;
  while (end < paths.length && paths[end]!.startsWith(prefix)) end += 1;
  return paths.slice(start, end);
}
