import { describeRef, type ObjectRef, refOf, sameObject } from '../kubernetes/objects.ts';
import type { KustomizationReader } from '../renderers/kustomization.ts';
import { besideIn } from './beside.ts';
import { type Declaration, declarationOf, unrendered } from './declaration.ts';
import { generatorFiles } from './declarations/generator-files.ts';
import { type Plan, type Unplanned, isForAnyCluster, isPublishedChart } from './declarations/plan.ts';
import { isDeclaration, plansOf } from './declarations/plans.ts';
import { isOrigin } from './declarations/same-repository.ts';
import { applicationsNamed } from './declarations/solved-applications.ts';
import type { DeclaringRevision } from './declaring-revision.ts';
import { lookUpIn } from './look-up.ts';
import { mayDeclareIn } from './may-declare.ts';
import type { Declared, Root } from './roots.ts';
import { standsFor } from './same-root.ts';

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
  revision: DeclaringRevision,
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
  revision: DeclaringRevision,
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

/** What Applications of this name apply that the ApplicationSets among the declarations may make for clusters which only Argo CD knows. */
export async function solvedApplications(
  revision: DeclaringRevision,
  declared: readonly Declaration[],
  name: string,
  kustomizations: KustomizationReader,
): Promise<readonly Declaration[]> {
  const sets = new Map(
    declared
      .filter(({ plan, object }) =>
        'option' in plan ? plan.ref.kind === 'ApplicationSet' : object && isForAnyCluster(plan),
      )
      .map((one) => [JSON.stringify([one.parent?.id, one.object?.metadata.name ?? one.plan.by]), one]),
  );
  const found = await Promise.all(
    [...sets.values()].map((set) => solvedDeclarations(revision, set, name, kustomizations)),
  );
  return found.flat();
}

/** What an ApplicationSet applies with an Application of this name, one that the set alone does not list. */
async function solvedDeclarations(
  revision: DeclaringRevision,
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
  revision: DeclaringRevision,
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
  revision: DeclaringRevision,
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
  revision: DeclaringRevision,
  parent: Root,
  kustomizations: KustomizationReader,
  sought: Sought,
): Promise<readonly Declaration[]> {
  const here = await revision.here(parent);
  return here === null ? [] : declaredBy(revision, here, kustomizations, sought);
}

/** Those that apply from the repository `origin`, as far as that is known, or install a published chart. */
export function plannedFrom(
  declarations: readonly Declaration[],
  origin: string | null,
): readonly (Declaration & { readonly plan: Plan })[] {
  const planned = declarations.flatMap(({ plan, ...rest }) => ('from' in plan ? [{ plan, ...rest }] : []));
  const origins = planned.flatMap(({ plan }) => plan.from.repository ?? []);
  return planned.filter(
    ({ plan }) =>
      isPublishedChart(plan) ||
      plan.from.repository === null ||
      isOrigin(plan.from.repository, origin, origins) !== false,
  );
}
