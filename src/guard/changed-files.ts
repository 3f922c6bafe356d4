import { isDeepStrictEqual } from 'node:util';
import type { Tree } from '../tree/tree.ts';

/** Files that differ between two trees, sorted: changed, added and removed ones. Nothing is read but the lists. */
export function changedFiles(base: Tree, head: Tree): readonly string[] {
  const paths = new Set([...base.paths(), ...head.paths()]);
  return [...paths].filter((path) => !isDeepStrictEqual(base.entry(path), head.entry(path))).sort();
}
