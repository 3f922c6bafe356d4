import { posix } from 'node:path';
import {
  describeRef,
  refOf,
  sameObject,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
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
import { withOverlay, type Tree } from '../tree/tree.ts';
import { matchesGlob } from './declarations/globs.ts';
import type { FolderContent, Plan, PlanContext, Unplanned } from './declarations/plan.ts';
import { generatorFiles } from './declarations/generator-files.ts';
import { isDeclaration, plansOf } from './declarations/plans.ts';
import { applicationsNamed } from './declarations/solved-applications.ts';
import {
  generatedResources,
  writesNothing,
  writtenKustomization,
} from './declarations/written-kustomization.ts';
import {
  isChart,
  kustomizeRoot,
  plainRoot,
  releaseRoot,
  standsFor,
  type Declared,
  type Root,
} from './roots.ts';
import { besideIn, isNamed, type Beside } from './beside.ts';
import { mayDeclareIn } from './may-declare.ts';
import type { Revision } from './revision.ts';

/** One thing that an Argo CD or Flux object applies, and the roots that this is here. */
export interface Declaration {
  readonly plan: Plan | Unplanned;
  /** Most often one; several where what a folder holds is applied as each of its parts is by itself. */
  readonly roots: readonly Root[];
  /** Why there is none: this repository has no such content, or it is not rendered. */
  readonly obstacle: string | null;
  /** The root that renders the object that says so; null where it is only known from the cluster. */
  readonly parent: Root | null;
  /** As it is rendered. */
  readonly object?: KubernetesObject;
}

/** Applications that make Applications, Kustomizations that apply Kustomizations: followed so deep. */
const DEEPEST = 4;
/** A template, of a chart or of an ApplicationSet, can make any number of them, and each can install a chart that does. */
const MOST_MADE = 2000;
const MOST_CHARTS_EXPLORED = 100;

interface Found extends Declaration {
  readonly parent: Root;
  /** What it says, and where it is applied from: the same from two clusters' folders is two declarations. */
  readonly key: string;
}

/**
 * What the objects of a repository declare, read from what its roots render: an overlay may change a HelmRelease's values,
 * and a chart may write Applications. Roots without such objects are not rendered for it.
 */
export async function declarationsIn(
  revision: Revision,
  kustomizations: KustomizationReader,
): Promise<readonly Declaration[]> {
  const found: Found[] = [];
  const seen = new Set<string>();
  const explored = new Set<Root>();
  const budget = { left: MOST_MADE };
  let charts = 0;
  const mayDeclare = mayDeclareIn(revision);
  const isExplored = (root: Root): boolean => {
    if (!root.declared || !mayDeclare(root) || isWithinItself(root)) return false;
    if (root.kind === 'helm') charts += 1;
    return root.kind !== 'helm' || charts <= MOST_CHARTS_EXPLORED;
  };
  // A chart of Applications, with the values that the configuration maps, stands for the chart alone.
  const mapped = revision.mappedReleases().filter(mayDeclare);
  const scanned = revision.roots.all.filter((root) => !mapped.some((release) => standsFor(release, root)));
  let parents: readonly Root[] = [...scanned.filter(mayDeclare), ...mapped];
  for (let depth = 0; depth < DEEPEST && parents.length > 0; depth += 1) {
    await Promise.all(parents.map((parent) => besideIn(revision, parent)));
    const layer: Found[] = [];
    for (const parent of parents)
      for (const each of await declaredBy(revision, parent, kustomizations, { budget }))
        layer.push({ ...each, parent, key: keyOf(each.plan, parent) });
    for (const { parent } of layer) explored.add(parent);
    const fresh = new Map(layer.flatMap((each) => (seen.has(each.key) ? [] : [[each.key, each]])));
    for (const key of fresh.keys()) seen.add(key);
    for (const each of layer) found.push(each);
    parents = [...fresh.values()].flatMap(({ roots }) => roots.filter(isExplored));
  }
  const applied = withoutSuperseded(found, explored);
  return [...new Map(applied.toReversed().map((each) => [each.key, each])).values()].reverse();
}

/** What a root applies again, in whatever form, is followed once. */
function isWithinItself({ kind, path, declared }: Root): boolean {
  for (let above = declared?.parent ?? null; above !== null; above = above.declared?.parent ?? null)
    if (above.declared && above.kind === kind && above.path === path) return true;
  return false;
}

function keyOf(plan: Plan | Unplanned, parent: Root): string {
  return JSON.stringify([
    plan.by,
    'content' in plan ? [plan.content, plan.steps, plan.namespace, plan.cluster] : plan.option,
    wayTo(parent),
  ]);
}

/**
 * The folders that lead to a root, from the first that is applied, each with the object that applies it. A folder that applies
 * itself again, as Flux's own does, is where it was before.
 */
function wayTo(root: Root): readonly string[] {
  const { path, declared } = root;
  const above = declared?.parent ? wayTo(declared.parent) : [];
  const [by, here] = [declared?.plan.by ?? root.id, JSON.stringify([path])];
  const before = above.findIndex((step) => step.startsWith(here));
  return before < 0 ? [...above, `${here}${by}`] : above.slice(0, before + 1);
}

/**
 * A folder of Flux objects is a root of the scan, and is applied by another Flux object that may change them: what they say
 * before that counts for nothing, nor does what came of it.
 */
function withoutSuperseded(found: readonly Found[], explored: ReadonlySet<Root>): readonly Found[] {
  const applied = found.flatMap(({ plan, roots }) =>
    isPinned(plan) ? [] : roots.filter((root) => explored.has(root)),
  );
  const isSuperseded = ({ parent, roots }: Found): boolean =>
    applied.some((root) => !roots.includes(root) && standsFor(root, parent));
  let kept = found.filter((each) => !isSuperseded(each));
  for (let before = -1; before !== kept.length;) {
    before = kept.length;
    const keys = new Set(kept.map(({ key }) => key));
    const gone = new Set(found.filter(({ key }) => !keys.has(key)).flatMap(({ roots }) => roots));
    kept = kept.filter(({ parent }) => !gone.has(parent));
  }
  return kept;
}

/** What follows a tag does not change with the branch, and is not what this tree holds. */
function isPinned(plan: Plan | Unplanned): boolean {
  return 'from' in plan && plan.from.revision.pin !== undefined;
}

/** One object among those that a root renders, and the Application that it is to make. */
interface Sought {
  readonly only?: ObjectRef;
  /** Where the set alone does not say that it makes one of this name. */
  readonly made?: string;
}

async function declaredBy(
  revision: Revision,
  parent: Root,
  kustomizations: KustomizationReader,
  { only, made, budget }: Sought & { readonly budget?: { left: number } },
): Promise<readonly Declaration[]> {
  const beside = await besideIn(revision, parent);
  const found: Declaration[] = [];
  for (const object of beside.speaking) {
    const ref = refOf(object);
    if (!isDeclaration(object) || (only !== undefined && !sameObject(ref, only))) continue;
    const isMade = parent.kind === 'helm' || object.kind === 'ApplicationSet';
    if (budget && isMade && budget.left <= 0) {
      const option = `more than ${MOST_MADE} that templates make`;
      found.push({ ...unrendered({ by: describeRef(ref), ref, option, path: null }, parent), object });
      continue;
    }
    const { lookUp, inputs, inputFiles } = lookUpIn(revision, beside, parent.path);
    const context = { tree: revision.tree, lookUp, origin: revision.origin };
    const listed = await plansOf(object, context);
    const isListed =
      object.kind !== 'ApplicationSet' || made === undefined || listed.some(({ ref }) => ref.name === made);
    const plans = isListed ? listed : applicationsNamed(made, object, context);
    const read = generatorFiles(object, revision.tree);
    const by = { parent, object: ref, inputs, inputFiles: [...inputFiles, ...read] };
    if (budget && isMade) budget.left -= plans.length;
    for (const plan of plans) {
      const apart = apartFrom(plan, plans);
      const declared = apart === null ? by : { ...by, apart };
      found.push({ ...declarationOf(plan, declared, revision.tree, kustomizations), object });
    }
  }
  return found;
}

/** What tells the content of one source from another's that lies in the same folder; null where there is none. */
function apartFrom(plan: Plan | Unplanned, plans: readonly (Plan | Unplanned)[]): string | null {
  const place = placeOf(plan);
  const same = plans.filter((one) => one.by === plan.by && place !== null && placeOf(one) === place);
  if (same.length < 2) return null;
  const releases = same.map((one) => releaseOf(one));
  const release = releaseOf(plan);
  return release !== null && releases.filter((one) => one === release).length === 1
    ? `release ${release}`
    : `source ${same.indexOf(plan) + 1}`;
}

function placeOf(plan: Plan | Unplanned): string | null {
  if (!('content' in plan)) return null;
  const { content } = plan;
  if (content.kind === 'folder') return content.path;
  const { chart } = content;
  return chart.kind === 'folder' ? chart.path : `${chart.repository}/${chart.name}`;
}

function releaseOf(plan: Plan | Unplanned): string | null {
  return 'content' in plan && plan.content.kind === 'chart' ? plan.content.release.name : null;
}

function unrendered(plan: Unplanned, parent: Root | null): Declaration {
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
  // What a plan does not change is the root that the folder is by itself.
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

/**
 * Objects by name: among those rendered beside the one that refers to them, else as they are written anywhere in the
 * repository, nearest to the folder it is applied from. What was found is noted.
 */
export function lookUpIn(
  revision: Revision,
  beside: Beside,
  folder = '.',
): { lookUp: PlanContext['lookUp']; inputs: ObjectRef[]; inputFiles: string[] } {
  const inputs: ObjectRef[] = [];
  const inputFiles: string[] = [];
  const lookUp: PlanContext['lookUp'] = async (kind, namespace, name) => {
    const near = await beside.find(kind, namespace, name);
    if (near) {
      inputs.push(refOf(near));
      return near;
    }
    const written = revision.tree
      .paths()
      .filter((file) => isManifestPath(file) && revision.tree.read(file)?.includes(name))
      .flatMap((file) => revision.manifests(file).objects)
      .filter(({ object }) => isNamed(object, kind, namespace, name));
    // Several of one name belong to several clusters; those of this one lie in its folder.
    const shared = written.map(({ origin }) => stepsInCommon(folder, posix.dirname(origin.file)));
    const nearest = written.filter((_one, index) => shared[index] === Math.max(...shared));
    const [only] = nearest;
    if (!only || nearest.length > 1) return null;
    inputs.push(refOf(only.object));
    inputFiles.push(only.origin.file);
    return only.object;
  };
  return { lookUp, inputs, inputFiles };
}

function stepsInCommon(a: string, b: string): number {
  const [one, other] = [a.split('/'), b.split('/')];
  const differs = one.findIndex((step, index) => step !== other[index]);
  return differs < 0 ? one.length : differs;
}

/** What an ApplicationSet applies with an Application of this name, one that the set alone does not list. */
export async function solvedDeclarations(
  revision: Revision,
  { plan, parent, object }: Declaration,
  name: string,
  kustomizations: KustomizationReader,
): Promise<readonly Declaration[]> {
  return parent === null
    ? []
    : declaredBy(revision, parent, kustomizations, { only: object ? refOf(object) : plan.ref, made: name });
}

/** What the object of a declaration says in another state of the repository: of an Application with several sources, each. */
export async function plansHere(
  revision: Revision,
  { plan, parent, object }: Declaration,
  kustomizations: KustomizationReader,
): Promise<readonly (Plan | Unplanned)[]> {
  if (parent === null || object === undefined) return [];
  const sought = { only: refOf(object), made: plan.ref.name };
  const declarations = await declaredHere(revision, parent, kustomizations, sought);
  return declarations.map((one) => one.plan).filter(({ by }) => by === plan.by);
}

/** The same declaration in another state of the repository; null where it is gone. */
export async function redeclared(
  revision: Revision,
  { path, declared }: { readonly path: string; readonly declared: Declared },
  kustomizations: KustomizationReader,
): Promise<Root | null> {
  const { plan, parent, object, apart } = declared;
  const declarations =
    parent === null
      ? [declarationOf(plan, declared, revision.tree, kustomizations)]
      : await declaredHere(revision, parent, kustomizations, { only: object, made: plan.ref.name });
  return (
    declarations
      .filter((one) => one.plan.by === plan.by)
      .flatMap(({ roots }) => roots)
      .find((root) => root.path === path && root.declared !== null && root.declared.apart === apart) ?? null
  );
}

/** What a root of another state of the repository declares in this one; nothing where it is gone. */
async function declaredHere(
  revision: Revision,
  parent: Root,
  kustomizations: KustomizationReader,
  sought: Sought,
): Promise<readonly Declaration[]> {
  const here = await revision.here(parent);
  return here === null ? [] : declaredBy(revision, here, kustomizations, sought);
}
