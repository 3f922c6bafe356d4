import { posix } from 'node:path';
import { closureOf } from '../renderers/closure.ts';
import {
  isKustomizationPath,
  kustomizationIn,
  type Closure,
  type FileRole,
  type KustomizationReader,
} from '../renderers/kustomization.ts';
import { DEFAULT_BUDGETS } from '../renderers/budget.ts';
import { chartClosureOf } from '../renderers/chart-closure.ts';
import type { ChartClosure } from '../renderers/chart.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import { isCoveredBy } from '../renderers/tree-paths.ts';
import { sameObject, type ObjectRef } from '../kubernetes/objects.ts';
import type { Overlay, Tree } from '../tree/tree.ts';
import { kustomizationsOf } from './kustomizations.ts';
import { matchesGlob } from './declarations/globs.ts';
import { isForAnyCluster, type ChartContent, type Plan, type ValuesInput } from './declarations/plan.ts';

/** What something applies as a unit. */
export type Root = KustomizeRoot | PlainRoot | HelmRoot;

interface AnyRoot {
  /** Folder; `.` is the top of the repository. */
  readonly path: string;
  /** What tells it from every other root: the folder, and for one that an object declares, that object too. */
  readonly id: string;
  /** The Argo CD or Flux object that applies the root, where that changes what it renders to. */
  readonly declared: Declared | null;
  /** The root that this one is what can be rendered here of; left out for a whole. */
  readonly whole?: Root;
}

export interface KustomizeRoot extends AnyRoot {
  readonly kind: 'kustomize';
  readonly closure: Closure;
  /** What whoever applies the root writes into its files before it builds them; the closure is that of both. */
  readonly overlay: Overlay | null;
}

export interface PlainRoot extends AnyRoot {
  readonly kind: 'plain';
  /** Manifests that lie directly in the folder. */
  readonly files: readonly string[];
}

export interface HelmRoot extends AnyRoot {
  readonly kind: 'helm';
  readonly closure: ChartClosure;
  readonly release: ChartContent['release'];
  /** What the chart's own values are overridden with, lowest precedence first. */
  readonly values: readonly ValuesInput[];
  /** True where the configuration says that it is installed so. */
  readonly isMapped?: boolean;
}

/** What makes a root of an object in the repository: an Application, a Flux Kustomization, a HelmRelease. */
export interface Declared {
  readonly plan: Plan;
  /** The root that renders the object; null when it is only known from the cluster. */
  readonly parent: Root | null;
  /** The object that is found in what the parent renders: the plan's own, or the ApplicationSet that makes it. */
  readonly object: ObjectRef;
  /** Objects that it takes values and variables from, and the files that they are written in. */
  readonly inputs: readonly ObjectRef[];
  readonly inputFiles: readonly string[];
  /** Which of several sources this is, where others of the object lie in the same folder: `release cart`. */
  readonly apart?: string;
}

/** The release that `helm template` renders when none is named. */
export const UNNAMED_RELEASE: ChartContent['release'] = { name: 'release-name', namespace: 'default' };

export function kustomizeRoot(
  closure: Closure,
  declared: Declared | null = null,
  overlay: Overlay | null = null,
): KustomizeRoot {
  return {
    kind: 'kustomize',
    path: closure.root,
    id: idOf(closure.root, declared),
    declared,
    closure,
    overlay,
  };
}

export function plainRoot(
  path: string,
  files: readonly string[],
  declared: Declared | null = null,
): PlainRoot {
  return { kind: 'plain', path, id: idOf(path, declared), declared, files };
}

/** A chart with nothing but its own values, as `helm template` renders it. */
export function bareChart(closure: ChartClosure, release = UNNAMED_RELEASE): HelmRoot {
  const named = release === UNNAMED_RELEASE ? '' : ` (release ${release.namespace}/${release.name})`;
  const id = `${closure.root}${named}`;
  return { kind: 'helm', path: closure.root, id, declared: null, closure, release, values: [] };
}

/** A chart as the configuration says that it is installed. */
export interface MappedRelease {
  readonly path: string;
  readonly release: ChartContent['release'];
  readonly values: readonly ValuesInput[];
}

/** @param isAmongOthers the same release of the same chart is mapped with other values too, for another cluster */
export function mappedRoot(
  closure: ChartClosure,
  { path, release, values }: MappedRelease,
  isAmongOthers = false,
): HelmRoot {
  const given = values.map((one) =>
    one.kind === 'file' ? one.path : one.kind === 'set' ? `${one.name}=${one.value}` : one.kind,
  );
  const apart = isAmongOthers ? ` with ${given.join(', ') || 'no values'}` : '';
  const id = `${path} (release ${release.namespace}/${release.name}${apart})`;
  return { kind: 'helm', path, id, declared: null, closure, release, values, isMapped: true };
}

/** A chart as an object installs it. */
export function releaseRoot(
  closure: ChartClosure,
  { chart, release, values, withoutOwnValues }: ChartContent,
  declared: Declared,
): HelmRoot {
  // What is published is no folder here: its address cannot be mistaken for one.
  const path = chart.kind === 'folder' ? closure.root : `${chart.repository}/${chart.name}`;
  const used = withoutOwnValues === true ? withoutValues(closure) : closure;
  return { kind: 'helm', path, id: idOf(path, declared), declared, closure: used, release, values };
}

function withoutValues(closure: ChartClosure): ChartClosure {
  const own = posix.join(closure.root, 'values.yaml');
  const files = new Map([...closure.files].filter(([file]) => file !== own));
  const placed = new Map([...closure.placed].filter(([at]) => at !== own));
  return { ...closure, files, placed };
}

/** Every cluster may have an object of that name: which one is meant, the root that it is written in tells. */
function idOf(path: string, declared: Declared | null): string {
  if (declared === null) return path;
  const { plan, parent, apart } = declared;
  return `${path} (${plan.by}${apart === undefined ? '' : `, ${apart}`}${parent === null || parent.id === '.' ? '' : ` in ${parent.id}`})`;
}

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

export function isChart(tree: Tree, folder: string): boolean {
  return tree.entry(folder === '.' ? 'Chart.yaml' : `${folder}/Chart.yaml`)?.kind === 'file';
}

/** The files that decide what a root renders to, those that declare it included. */
export function* filesOf(root: Root): Iterable<string> {
  if (root.kind === 'plain') yield* root.files;
  else yield* root.closure.files.keys();
  if (root.kind === 'helm')
    for (const values of root.values) {
      if (values.kind === 'file') yield values.path;
      if (values.kind === 'set' && values.file !== undefined) yield values.file;
    }
  if (root.declared) yield* root.declared.inputFiles;
  if (root.declared?.parent) yield* filesOf(root.declared.parent);
}

/** Files and folders that a root may read besides, because part of it, or of what declares it, is not understood. */
export function unreadOf(root: Root): readonly string[] {
  const own = root.kind === 'plain' ? [] : root.closure.unread;
  return root.declared?.parent ? [...own, ...unreadOf(root.declared.parent)] : own;
}

/** True for a file that nobody can say of whether the root reads it. */
export function mayRead(root: Root, file: string): boolean {
  return isCoveredBy(file, unreadOf(root));
}

/** How each of its own files takes part in a root of manifests. */
export function rolesOf(root: KustomizeRoot | PlainRoot): Iterable<readonly [string, FileRole]> {
  return root.kind === 'kustomize'
    ? root.closure.files
    : root.files.map((file) => [file, 'objects'] as const);
}

/** True when `outer` is built from `inner`, or is the same root. */
export function includesRoot(outer: Root, inner: Root): boolean {
  if (outer.id === inner.id) return true;
  if (inner.kind === 'helm' && inner.isMapped) return false;
  // An object that declares something applies other content than the folder does by itself.
  if (inner.declared) return isOneOfTheClusters(inner, outer);
  // A chart under another release's name, or as an object installs it.
  if (outer.path === inner.path && outer.kind === inner.kind)
    return outer.declared !== null || outer.kind === 'helm';
  if (standsFor(outer, inner)) return true;
  if (outer.kind === 'kustomize') return outer.closure.folders.includes(inner.path);
  return outer.kind === 'helm' && outer.closure.parts.some(({ folder }) => folder === inner.path);
}

/** True for what an ApplicationSet makes for one cluster, where the other root stands for each of them. */
function isOneOfTheClusters(inner: Root, outer: Root): boolean {
  if (!inner.declared || !outer.declared || !isForAnyCluster(outer.declared.plan)) return false;
  return (
    outer.path === inner.path &&
    sameObject(outer.declared.object, inner.declared.object) &&
    matchesGlob(outer.declared.plan.ref.name, inner.declared.plan.ref.name)
  );
}

/** True for a root of the scan that an object declares in a form of its own, by itself or as a part of something wider. */
export function standsFor(outer: Root, inner: Root): boolean {
  if (isMappedRelease(outer)) return inner.kind === 'helm' && inner.path === outer.path && isBare(inner);
  if (outer.declared === null || inner.declared !== null || isMappedRelease(inner)) return false;
  if (outer.kind === inner.kind && outer.path === inner.path) return true;
  if (outer.kind !== 'kustomize') return isPartOf(inner, outer);
  if (inner.kind === 'kustomize') return outer.closure.folders.includes(inner.path);
  return inner.kind === 'plain' && inner.files.every((file) => outer.closure.files.has(file));
}

/**
 * True for a folder of manifests that a wider root, named by whatever applies it, takes in as a whole. What an object applies in a form of
 * its own is a part of nothing: two clusters may do so with one folder.
 */
export function isPartOf(inner: Root, outer: Root): boolean {
  if (inner.kind !== 'plain' || outer.kind !== 'plain' || inner.id === outer.id || inner.declared)
    return false;
  const files = new Set(outer.files);
  return inner.files.every((file) => files.has(file));
}

/** A chart that the configuration says how it is installed. */
export function isMappedRelease(root: Root): boolean {
  return root.kind === 'helm' && root.isMapped === true;
}

/** A chart that nothing says how it is installed. */
export function isBare(root: Root): root is HelmRoot {
  return root.kind === 'helm' && root.declared === null && root.isMapped !== true;
}

/** True for one chart that no object installs, rendered under two release names. */
export function isOtherNameOf(one: Root, other: Root): boolean {
  return isBare(one) && isBare(other) && one.path === other.path && one.id !== other.id;
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

/** Folders whose manifests are never applied as they lie there. */
const NOT_APPLIED = /(^|\/)(\.[^/]+|node_modules|vendor|testdata)(\/|$)/;

/** True for a kustomization in such a folder: where nothing says otherwise, `.archive` is not what is deployed. */
export function isAside({ path }: Root): boolean {
  return NOT_APPLIED.test(path);
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
