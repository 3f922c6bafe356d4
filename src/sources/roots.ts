import { posix } from 'node:path';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ChartClosure } from '../renderers/chart.ts';
import type { Closure, FileRole } from '../renderers/kustomization.ts';
import { isCoveredBy } from '../renderers/tree-paths.ts';
import type { Overlay, Tree } from '../tree/tree.ts';
import type { ChartContent, Plan, ValuesInput } from './declarations/plan.ts';

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
