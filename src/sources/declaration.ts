import { posix } from 'node:path';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { chartClosureOf } from '../renderers/chart-closure.ts';
import { remoteClosure } from '../renderers/chart.ts';
import { closureOf } from '../renderers/closure.ts';
import {
  isKustomizationPath,
  kustomizationIn,
  type KustomizationReader,
} from '../renderers/kustomization.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import { isFolder } from '../renderers/tree-paths.ts';
import { type Tree, withOverlay } from '../tree/tree.ts';
import { matchesGlob } from './declarations/globs.ts';
import type { FolderContent, Plan, Unplanned } from './declarations/plan.ts';
import {
  generatedResources,
  writesNothing,
  writtenKustomization,
} from './declarations/written-kustomization.ts';
import { type Declared, isChart, kustomizeRoot, plainRoot, releaseRoot, type Root } from './roots.ts';

/** One thing that an Argo CD or Flux object applies, and the roots that this is here. */
export interface Declaration {
  readonly plan: Plan | Unplanned;
  /** Most often one; several where an object applies a folder exactly as its parts are. */
  readonly roots: readonly Root[];
  /** Why there is none: this repository has no such content, or it is not rendered. */
  readonly obstacle: string | null;
  /** The root that renders the object that says so; null where it is only known from the cluster. */
  readonly parent: Root | null;
  /** As it is rendered. */
  readonly object?: KubernetesObject;
}

export function unrendered(plan: Unplanned, parent: Root | null): Declaration {
  return { plan, roots: [], obstacle: `${plan.option}, which is not rendered`, parent };
}

/** The roots that a plan means in this tree. */
export function declarationOf(
  plan: Plan | Unplanned,
  by: Omit<Declared, 'plan'>,
  tree: Tree,
  kustomizations: KustomizationReader,
): Declaration {
  const { parent } = by;
  const none = (obstacle: string): Declaration => ({ plan, roots: [], obstacle, parent });
  const found = (...roots: readonly Root[]): Declaration => ({ plan, roots, obstacle: null, parent });
  if ('option' in plan) return unrendered(plan, parent);
  const declared: Declared = { plan, ...by };
  const { content } = plan;
  if (content.kind === 'chart') {
    const { chart } = content;
    if (chart.kind === 'remote') return found(releaseRoot(remoteClosure(chart), content, declared));
    return isChart(tree, chart.path)
      ? found(releaseRoot(chartClosureOf(tree, chart.path), content, declared))
      : none(`a chart in ${chart.path}, which this repository does not have`);
  }
  const roots = folderRoots(declared, content, tree, kustomizations);
  return typeof roots === 'string' ? none(roots) : found(...roots);
}

/** What a folder is to be applied as, or why that cannot be told. */
function folderRoots(
  declared: Declared,
  content: FolderContent,
  tree: Tree,
  kustomizations: KustomizationReader,
): readonly Root[] | string {
  const { path, written } = content;
  // A plan that changes nothing applies the folder's own root.
  const isChosen = content.include.length + content.exclude.length > 0;
  const isOtherCluster = content.versions !== undefined;
  const own = declared.plan.steps.length > 0 || isChosen || isOtherCluster ? declared : null;
  const isBuilt = kustomizationIn(tree, path) !== undefined;
  const { files, folders } = isBuilt
    ? { files: [], folders: [path] }
    : written
      ? generatedResources(tree, path)
      : { files: manifestsIn(tree, content), folders: [] };
  if (files.length + folders.length === 0)
    return `the folder ${path}, which ${isFolder(tree, path) ? 'has no manifests that it takes' : 'this repository does not have'}`;
  if (!isBuilt && files.some(isKustomizationPath))
    return `the kustomizations below ${path}, which are not rendered together`;
  const isTogether =
    written !== undefined && (!writesNothing(written) || (folders.length > 0 && own !== null && !isBuilt));
  const overlay = isTogether ? writtenKustomization(tree, path, written, kustomizations) : null;
  if (overlay)
    return [kustomizeRoot(closureOf(withOverlay(tree, overlay), path, kustomizations), declared, overlay)];
  return [
    ...(files.length > 0 ? [plainRoot(path, files, own)] : []),
    ...folders.map((folder) => kustomizeRoot(closureOf(tree, folder, kustomizations), own)),
  ];
}

function manifestsIn(tree: Tree, { path, recurse, include, exclude }: FolderContent): readonly string[] {
  const within = (file: string): string => (path === '.' ? file : file.slice(path.length + 1));
  return tree
    .paths()
    .filter((file) => isManifestPath(file) && (path === '.' || file.startsWith(`${path}/`)))
    .filter((file) => recurse || posix.dirname(file) === path)
    .filter((file) => include.length === 0 || include.some((glob) => matchesGlob(glob, within(file))))
    .filter((file) => !exclude.some((glob) => matchesGlob(glob, within(file))));
}
