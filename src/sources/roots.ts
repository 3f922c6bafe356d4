import { posix } from 'node:path';
import {
  closureOf,
  isKustomizationPath,
  kustomizationIn,
  type Closure,
  type KustomizationReader,
} from '../renderers/kustomization.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { Tree } from '../tree/tree.ts';

/** What something applies as a unit. */
export type Root = KustomizeRoot | PlainRoot;

export interface KustomizeRoot {
  readonly kind: 'kustomize';
  /** Folder; `.` is the top of the repository. */
  readonly path: string;
  readonly closure: Closure;
}

export interface PlainRoot {
  readonly kind: 'plain';
  readonly path: string;
  /** Manifests that lie directly in the folder. */
  readonly files: readonly string[];
}

/**
 * The roots that a scan finds: kustomizations that no other includes, and folders of manifests that no kustomization and
 * no chart reads. Components are never roots, and what they read is no manifest of its own.
 */
export class Roots {
  readonly all: readonly Root[];
  readonly #tree: Tree;
  readonly #kustomizations: KustomizationReader;
  readonly #readers = new Map<string, Root[]>();

  constructor(tree: Tree, kustomizations: KustomizationReader) {
    this.#tree = tree;
    this.#kustomizations = kustomizations;
    const closures = allClosures(tree, kustomizations);
    const kustomize = topmost(closures, tree, kustomizations).map((closure): Root => ({
      kind: 'kustomize',
      path: closure.root,
      closure,
    }));
    const read = new Set([...closures.values()].flatMap((closure) => [...closure.files.keys()]));
    this.all = [...kustomize, ...plainRoots(tree, read, closures)].sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const root of this.all) {
      for (const file of filesOf(root)) {
        const readers = this.#readers.get(file);
        if (readers) readers.push(root);
        else this.#readers.set(file, [root]);
      }
    }
  }

  /** Every root that reads the file. */
  readersOf(file: string): readonly Root[] {
    return this.#readers.get(file) ?? [];
  }

  /** The root at a folder, also where the scan would not name it: a base, or a folder that an overlay reads. */
  at(path: string): Root | null {
    const folder = posix.normalize(path).replace(/\/$/, '');
    const known = this.all.find((root) => root.path === folder);
    if (known) return known;
    if (kustomizationIn(this.#tree, folder) !== undefined) {
      return {
        kind: 'kustomize',
        path: folder,
        closure: closureOf(this.#tree, folder, this.#kustomizations),
      };
    }
    const files = this.#tree.paths().filter((file) => posix.dirname(file) === folder && isManifestPath(file));
    return files.length > 0 ? { kind: 'plain', path: folder, files } : null;
  }
}

/** The files that decide what a root renders to. */
export function filesOf(root: Root): Iterable<string> {
  return root.kind === 'kustomize' ? root.closure.files.keys() : root.files;
}

/** True when `outer` is built from `inner`, or is the same root. */
export function includesRoot(outer: Root, inner: Root): boolean {
  return (
    outer.path === inner.path || (outer.kind === 'kustomize' && outer.closure.folders.includes(inner.path))
  );
}

/** True for a folder of manifests that a wider root, named by whatever applies it, takes in as a whole. */
export function isPartOf(inner: Root, outer: Root): boolean {
  if (inner.kind !== 'plain' || outer.kind !== 'plain' || inner.path === outer.path) return false;
  const files = new Set(outer.files);
  return inner.files.every((file) => files.has(file));
}

function allClosures(tree: Tree, kustomizations: KustomizationReader): ReadonlyMap<string, Closure> {
  const folders = tree
    .paths()
    .filter((path) => isKustomizationPath(path) && tree.entry(path)?.kind === 'file')
    .map((path) => posix.dirname(path));
  const closures = new Map<string, Closure>();
  for (const folder of new Set(folders)) {
    // Flux and Argo CD have objects of kind Kustomization too; a file of that name that holds one is no kustomization.
    const { value } = kustomizations.read(tree, kustomizationIn(tree, folder)!);
    if (!isFluxObject(value)) closures.set(folder, closureOf(tree, folder, kustomizations));
  }
  return closures;
}

/** Kustomizations that no other includes. Those that include each other build nowhere and are all named. */
function topmost(
  closures: ReadonlyMap<string, Closure>,
  tree: Tree,
  kustomizations: KustomizationReader,
): readonly Closure[] {
  const isComponent = ({ root }: Closure): boolean =>
    kustomizations.read(tree, kustomizationIn(tree, root)!).value['kind'] === 'Component';
  const includes = (outer: Closure, inner: Closure): boolean => outer.folders.includes(inner.root);
  const includedBy = new Map<string, Closure[]>();
  for (const closure of closures.values())
    for (const folder of closure.folders)
      includedBy.set(folder, [...(includedBy.get(folder) ?? []), closure]);
  return [...closures.values()].filter(
    (closure) =>
      !isComponent(closure) &&
      (includedBy.get(closure.root) ?? []).every((outer) => isComponent(outer) || includes(closure, outer)),
  );
}

function isFluxObject(value: Readonly<Record<string, unknown>>): boolean {
  return String(value['apiVersion'] ?? '').startsWith('kustomize.toolkit.fluxcd.io/');
}

/** Folders whose manifests are never applied as they lie there. */
const NOT_APPLIED = /(^|\/)(\.[^/]+|node_modules|vendor|testdata)(\/|$)/;

/** What a kustomization leaves out of its own folder is applied by nobody. */
function plainRoots(
  tree: Tree,
  read: ReadonlySet<string>,
  kustomized: ReadonlyMap<string, Closure>,
): readonly PlainRoot[] {
  const charts = tree
    .paths()
    .filter((path) => posix.basename(path) === 'Chart.yaml')
    .map((path) => posix.dirname(path));
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
  return [...byFolder].map(([path, files]) => ({ kind: 'plain', path, files }));
}
