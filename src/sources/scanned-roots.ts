import { posix } from 'node:path';
import { DEFAULT_BUDGETS } from '../renderers/budget.ts';
import { chartClosureOf } from '../renderers/chart-closure.ts';
import { closureOf } from '../renderers/closure.ts';
import {
  isKustomizationPath,
  kustomizationIn,
  type KustomizationReader,
} from '../renderers/kustomization.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { Tree } from '../tree/tree.ts';
import { kustomizationsOf } from './kustomizations.ts';
import {
  bareChart,
  filesOf,
  type HelmRoot,
  isChart,
  kustomizeRoot,
  mayRead,
  plainRoot,
  type PlainRoot,
  type Root,
  unreadOf,
  type MappedRelease,
  mappedRoot,
} from './roots.ts';
import { NOT_APPLIED } from './same-root.ts';

/**
 * The roots that a scan finds: kustomizations that no other includes, charts that no other depends on, and folders of
 * manifests that neither reads. Components and library charts are never roots, and what they read is no manifest of its own.
 */
export class Roots {
  readonly all: readonly Root[];
  readonly #tree: Tree;
  readonly #kustomizations: KustomizationReader;
  readonly #readers = new Map<string, Root[]>();
  readonly #unclear: readonly Root[];
  readonly #at = new Map<string, Root | null>();
  /** Folders of kustomizations that were not followed, as there are too many. */
  readonly leftOut: readonly string[];

  /** @param most folders of kustomizations that are followed */
  constructor(tree: Tree, kustomizations: KustomizationReader, most: number = DEFAULT_BUDGETS.folders) {
    this.#tree = tree;
    this.#kustomizations = kustomizations;
    const { folders, read, topmost, leftOut } = kustomizationsOf(tree, kustomizations, most);
    this.leftOut = leftOut;
    const kustomize = topmost.map((closure): Root => kustomizeRoot(closure));
    const charts = chartFolders(tree);
    // What a kustomization lets helm render is no root of its own.
    const unread = charts.filter((folder) => !read.has(posix.join(folder, 'Chart.yaml')));
    this.all = [...kustomize, ...plainRoots(tree, read, folders, charts), ...installable(tree, unread)].sort(
      (a, b) => (a.path < b.path ? -1 : 1),
    );
    this.#unclear = this.all.filter((root) => unreadOf(root).length > 0);
    for (const root of this.all) {
      for (const file of filesOf(root)) {
        const readers = this.#readers.get(file);
        if (readers) readers.push(root);
        else this.#readers.set(file, [root]);
      }
    }
  }

  /** Every root of the scan that reads the file, or may read it because it is not understood. */
  readersOf(file: string): readonly Root[] {
    const known = this.#readers.get(file) ?? [];
    return [...known, ...this.#unclear.filter((root) => mayRead(root, file) && !known.includes(root))];
  }

  /** The root at a folder, also where the scan would not name it: a base, a subchart, or a folder that an overlay reads. */
  at(path: string): Root | null {
    const folder = posix.normalize(path).replace(/\/$/, '');
    const known = this.#at.get(folder);
    if (known !== undefined) return known;
    const root = this.all.find((one) => one.path === folder) ?? this.#made(folder);
    this.#at.set(folder, root);
    return root;
  }

  #made(folder: string): Root | null {
    if (kustomizationIn(this.#tree, folder) !== undefined)
      return kustomizeRoot(closureOf(this.#tree, folder, this.#kustomizations));
    if (isChart(this.#tree, folder)) return bareChart(chartClosureOf(this.#tree, folder));
    const files = this.#tree.paths().filter((file) => posix.dirname(file) === folder && isManifestPath(file));
    return files.length > 0 ? plainRoot(folder, files) : null;
  }

  /** All that a folder can be applied as: a chart may have a kustomization beside it. */
  allAt(path: string): readonly Root[] {
    const root = this.at(path);
    if (root === null || root.kind === 'helm' || !isChart(this.#tree, root.path)) return root ? [root] : [];
    return [root, bareChart(chartClosureOf(this.#tree, root.path))];
  }
}

function chartFolders(tree: Tree): readonly string[] {
  return tree
    .paths()
    .filter((path) => posix.basename(path) === 'Chart.yaml')
    .map((path) => posix.dirname(path));
}

/** Charts that are no part of another one and no library. */
function installable(tree: Tree, folders: readonly string[]): readonly HelmRoot[] {
  const closures = folders
    .filter((folder) => !NOT_APPLIED.test(folder))
    .map((folder) => chartClosureOf(tree, folder));
  const parts = new Set(closures.flatMap((closure) => closure.parts.slice(1).map(({ folder }) => folder)));
  return closures
    .filter(({ root, parts: [own] }) => !parts.has(root) && own?.isLibrary !== true)
    .map((closure) => bareChart(closure));
}

/** What a kustomization leaves out of its own folder is applied by nobody. */
function plainRoots(
  tree: Tree,
  read: ReadonlySet<string>,
  kustomized: ReadonlySet<string>,
  charts: readonly string[],
): readonly PlainRoot[] {
  const inChart = (path: string): boolean =>
    charts.some((chart) => chart === '.' || path.startsWith(`${chart}/`));
  const byFolder = new Map<string, string[]>();
  for (const path of tree.paths()) {
    if (
      !isManifestPath(path) ||
      read.has(path) ||
      isKustomizationPath(path) ||
      NOT_APPLIED.test(path) ||
      inChart(path)
    )
      continue;
    const folder = posix.dirname(path);
    if (kustomized.has(folder)) continue;
    const files = byFolder.get(folder);
    if (files) files.push(path);
    else byFolder.set(folder, [path]);
  }
  return [...byFolder].map(([path, files]) => plainRoot(path, files));
}

/** The releases that the configuration maps, as far as their charts are here. */
export function releasesHere(tree: Tree, releases: readonly MappedRelease[]): readonly HelmRoot[] {
  const here = releases.filter(({ path }) => isChart(tree, path));
  const distinct = [...new Map(here.map((one) => [JSON.stringify(one), one])).values()];
  const nameOf = ({ path, release }: MappedRelease): string => JSON.stringify([path, release]);
  const named = Map.groupBy(distinct, nameOf);
  return distinct.map((release) =>
    mappedRoot(chartClosureOf(tree, release.path), release, named.get(nameOf(release))!.length > 1),
  );
}
