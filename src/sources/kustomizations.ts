import { posix } from 'node:path';
import { closureOf } from '../renderers/closure.ts';
import {
  isKustomizationPath,
  KustomizationReader,
  kustomizationIn,
  type Closure,
} from '../renderers/kustomization.ts';
import { resolvePath } from '../renderers/tree-paths.ts';
import { treeOf, type Tree } from '../tree/tree.ts';

/** The kustomizations of a tree. */
export interface Kustomizations {
  /** Folders that have one. */
  readonly folders: ReadonlySet<string>;
  /** Files that any of them reads. */
  readonly read: ReadonlySet<string>;
  /** Those that no other includes. Those that include each other build nowhere and are all named. */
  readonly topmost: readonly Closure[];
  /** Folders that were not followed, because those before them are as many as may be. */
  readonly leftOut: readonly string[];
}

/** Kustomizations that include each other are told apart from those that others include only up to here. */
const MOST_IN_CIRCLES = 300;

/**
 * Finds them in linear time where they are built as people build them: what a closure includes is known from that closure, and
 * needs none of its own. `most` limits the folders that are followed in all, each as often as it is included.
 */
export function kustomizationsOf(tree: Tree, reader: KustomizationReader, most: number): Kustomizations {
  const folders = foldersWithKustomization(tree, reader);
  const closures = new Map<string, Closure>();
  const includes = new Map<string, readonly string[]>();
  const read = new Set<string>();
  const leftOut: string[] = [];
  let followed = 0;
  const follow = (folder: string): Closure => {
    const closure = closures.get(folder) ?? closureOf(tree, folder, reader);
    if (closures.has(folder)) return closure;
    closures.set(folder, closure);
    followed += closure.folders.length;
    for (const [inner, included] of closure.includes) includes.set(inner, included);
    for (const file of closure.files.keys()) read.add(file);
    return closure;
  };
  for (const folder of likelyTopmostFirst(tree, reader, folders)) {
    if (includes.has(folder)) continue;
    if (followed >= most) leftOut.push(folder);
    else follow(folder);
  }
  const isComponent = (folder: string): boolean =>
    folders.has(folder) && reader.read(tree, kustomizationIn(tree, folder)!).value['kind'] === 'Component';
  const topmost = [...folders]
    .filter((folder) => includes.has(folder))
    .filter(isTopmost(includes, isComponent))
    .map((folder) => {
      if (followed < most || closures.has(folder)) return follow(folder);
      leftOut.push(folder);
      return null;
    })
    .filter((closure) => closure !== null);
  return {
    folders,
    read,
    topmost: [...topmost, ...leftOut.map((folder) => unfollowed(tree, folder, most))],
    leftOut,
  };
}

function foldersWithKustomization(tree: Tree, reader: KustomizationReader): ReadonlySet<string> {
  const folders = tree
    .paths()
    .filter((path) => isKustomizationPath(path) && tree.entry(path)?.kind === 'file')
    .map((path) => posix.dirname(path));
  // Flux and Argo CD have objects of kind Kustomization too; a file of that name that holds one is no kustomization.
  const isOwn = (folder: string): boolean =>
    !isFluxObject(reader.read(tree, kustomizationIn(tree, folder)!).value);
  return new Set([...new Set(folders)].filter(isOwn));
}

function isFluxObject(value: Readonly<Record<string, unknown>>): boolean {
  return String(value['apiVersion'] ?? '').startsWith('kustomize.toolkit.fluxcd.io/');
}

/** An order only, so that links and odd spellings do not matter: a folder that none names comes before those that some does. */
function likelyTopmostFirst(
  tree: Tree,
  reader: KustomizationReader,
  folders: ReadonlySet<string>,
): readonly string[] {
  const named = new Set<string>();
  for (const folder of folders) {
    const { value } = reader.read(tree, kustomizationIn(tree, folder)!);
    for (const key of ['resources', 'bases', 'components']) {
      const list = value[key];
      for (const item of Array.isArray(list) ? (list as readonly unknown[]) : []) {
        const path = typeof item === 'string' ? resolvePath(folder, item) : null;
        if (path !== null && path !== folder) named.add(path);
      }
    }
  }
  const all = [...folders];
  return [...all.filter((folder) => !named.has(folder)), ...all.filter((folder) => named.has(folder))];
}

/** True for a folder that is no component, and that nothing includes but components and what it includes itself. */
function isTopmost(
  includes: ReadonlyMap<string, readonly string[]>,
  isComponent: (folder: string) => boolean,
): (folder: string) => boolean {
  const reach = (starts: Iterable<string>): ReadonlySet<string> => {
    const reached = new Set<string>();
    const pending = [...starts];
    while (pending.length > 0)
      for (const inner of includes.get(pending.pop()!) ?? [])
        if (!reached.has(inner)) {
          reached.add(inner);
          pending.push(inner);
        }
    return reached;
  };
  const own = [...includes.keys()].filter((folder) => !isComponent(folder));
  const included = reach(own);
  const top = own.filter((folder) => !included.has(folder));
  const below = reach(top);
  // Whatever is included, and not from the top, is in a circle or below one.
  const circling = own.filter((folder) => included.has(folder) && !below.has(folder));
  const reached =
    circling.length > MOST_IN_CIRCLES ? null : new Map(circling.map((folder) => [folder, reach([folder])]));
  const inCircle = circling.filter((folder) =>
    circling.every(
      (outer) => !reached || !reached.get(outer)!.has(folder) || reached.get(folder)!.has(outer),
    ),
  );
  const topmost = new Set([...top, ...inCircle]);
  return (folder) => topmost.has(folder);
}

/** Nobody knows what it reads, and it is not rendered. */
function unfollowed(tree: Tree, folder: string, most: number): Closure {
  const file = kustomizationIn(tree, folder)!;
  const empty = closureOf(treeOf({ [file]: '' }), folder, new KustomizationReader());
  return {
    ...empty,
    unsupported: [`${folder}, beyond the ${most} folders of kustomizations that are followed,`],
  };
}
