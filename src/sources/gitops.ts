/** The roots of the repository that a live object comes from, by the word of its GitOps controller. */
import type { ClusterState } from '../model/cluster-state.ts';
import type { Repository } from '../git/repository.ts';
import { isNamed, parseRemote } from '../git/remote.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { declined, type Declined } from '../model/declined.ts';
import { NOTHING_BESIDE } from './beside.ts';
import { lookUpIn } from './look-up.ts';
import type { Declaration } from './declaration.ts';
import { declarerOf, isBy, liveDeclarer, type Declarer } from './declarer.ts';
import { notDeclaredHere } from './not-declared.ts';
import { isPublishedChart, type Plan, type Unplanned } from './declarations/plan.ts';
import { plansOf } from './declarations/plans.ts';
import type { Revision } from './revision.ts';
import { includesRoot, isPartOf, standsFor } from './same-root.ts';
import type { Root } from './roots.ts';
import { closestTo, writtenObjects, type WrittenObject } from './written-declarations.ts';

/** The roots that a controller applies the object from, why it cannot be edited here, or null when no controller says anything. */
export type Ownership =
  | { readonly kind: 'owned'; readonly roots: readonly Root[]; readonly by: string }
  | { readonly kind: 'on-branch'; readonly branch: string; readonly otherwise: Declined }
  | Declined
  | null;

export function ownershipOf(
  object: KubernetesObject,
  cluster: ClusterState,
  revision: Revision,
  repository: Repository,
): Promise<Ownership> {
  return ownership(object, { cluster, revision, repository }, 0);
}

export interface Context {
  readonly cluster: ClusterState;
  readonly revision: Revision;
  readonly repository: Repository;
}

/** A Kustomization applies a HelmRelease, and another one that Kustomization: followed so far up. */
const HIGHEST = 4;

async function ownership(object: KubernetesObject, context: Context, height: number): Promise<Ownership> {
  const { revision, repository } = context;
  const found = await declarationOfLive(object, context, height);
  if (found === null || !('live' in found)) return found && ownedBy(declarationsOf(found.meant), repository);
  const { live, plans, above, meant } = found;
  const now = plans.map((plan) => ({ plan, obstacle: obstacleTo(plan, repository) }));
  const open = now.filter(({ obstacle }) => obstacle === null);
  if (open.length === 0) return onBranch(now) ?? now[0]!.obstacle;
  // What git says is what the next sync applies, unless it is what a change here does not reach.
  const inGit = declarationsOf(meant).filter(({ plan }) => obstacleTo(plan, repository) === null);
  if (inGit.length > 0) return ownedBy(inGit, repository);
  const published = open.find(({ plan }) => isPublishedChart(plan as Plan));
  const declared = open.map(({ plan }) => revision.declare(plan as Plan)).filter((one) => !isOutOfReach(one));
  if (declared.length > 0 || !published) return ownedBy(declared, repository);
  return above?.kind === 'declined'
    ? above
    : notDeclaredHere(live, published.plan as Plan, revision, above?.kind === 'owned' ? above : null);
}

/** What declares a live object, in the cluster and in git. */
interface FoundDeclaration {
  readonly live: KubernetesObject;
  readonly plans: readonly (Plan | Unplanned)[];
  /** Where the declaring object itself comes from. */
  readonly above: Ownership;
  /** The declaring object as git has it: one, where that can be told. */
  readonly meant: readonly WrittenObject[];
}

/** Without `live` where the cluster's declaring object is not known; null where the object names none. */
async function declarationOfLive(
  object: KubernetesObject,
  context: Context,
  height: number,
): Promise<FoundDeclaration | Pick<FoundDeclaration, 'meant'> | null> {
  const { cluster, revision } = context;
  const declarer = declarerOf(object);
  if (!declarer) return null;
  const written = writtenObjects(await declaredAs(declarer, revision));
  const live = liveDeclarer(cluster, declarer);
  if (!live) return { meant: written };
  const plans = await livePlans(live, cluster, revision);
  if (plans.length === 0) return null;
  const above = await ownerOfDeclaration(live, object, context, height);
  return { live, plans, above, meant: meantBy(live, plans, written, above) };
}

/** The object that declares a live one, in the cluster and the one that it is in git; null where either is not known. */
export async function declaringObject(
  object: KubernetesObject,
  context: Context,
): Promise<(Pick<FoundDeclaration, 'live' | 'plans'> & { readonly written: WrittenObject }) | null> {
  const found = await declarationOfLive(object, context, 0);
  const [written, ...others] = found?.meant ?? [];
  return found && 'live' in found && written && others.length === 0 ? { ...found, written } : null;
}

/** Where the live object that declares another one comes from; an ApplicationSet stands for the Applications that it makes. */
async function ownerOfDeclaration(
  live: KubernetesObject,
  object: KubernetesObject,
  context: Context,
  height: number,
): Promise<Ownership> {
  const set = (live.metadata.ownerReferences ?? []).find(({ kind }) => kind === 'ApplicationSet');
  const by = set ? context.cluster.get(set.kind, live.metadata.namespace ?? null, set.name) : live;
  // Flux's own Kustomization applies itself.
  if (!by || live === object || height >= HIGHEST) return null;
  const owner = await ownership(by, context, height + 1);
  return owner?.kind === 'declined' && owner.code !== 'other-repository' ? null : owner;
}

async function declaredAs(declarer: Declarer, revision: Revision): Promise<readonly Declaration[]> {
  const listed = (await revision.declarations()).filter(({ plan }) => isBy(declarer, plan));
  if (listed.length > 0 || declarer.kind !== 'Application') return listed;
  return (await revision.solvedApplications(declarer.name)).filter(({ plan }) => isBy(declarer, plan));
}

function declarationsOf(written: readonly WrittenObject[]): readonly Declaration[] {
  return written.flatMap(({ declarations }) => declarations);
}

function ownedBy(declarations: readonly Declaration[], repository: Repository): Ownership {
  const [first] = declarations;
  if (!first) return null;
  const candidates = declarations.map(({ plan, roots, obstacle: lack }) => ({
    plan,
    roots,
    lack,
    obstacle: obstacleTo(plan, repository),
  }));
  const open = candidates.filter(({ obstacle }) => obstacle === null);
  if (open.length === 0) return onBranch(candidates) ?? candidates[0]!.obstacle;
  const roots = new Map(open.flatMap((one) => one.roots).map((root) => [root.id, root]));
  const { by } = first.plan;
  if (roots.size > 0) return { kind: 'owned', roots: [...roots.values()], by };
  return declined('object-not-found', `${by} deploys it from ${open[0]!.lack}`);
}

/**
 * Which of the objects that have the name of a live one it is, as git has it: one that its own declarer's roots render, and of
 * several the closest. All of them, where nothing tells.
 */
function meantBy(
  live: KubernetesObject,
  plans: readonly (Plan | Unplanned)[],
  written: readonly WrittenObject[],
  above: Ownership,
): readonly WrittenObject[] {
  if (above?.kind === 'declined') return [];
  const own =
    above?.kind === 'owned'
      ? written.filter(({ parent }) => parent !== null && above.roots.some((root) => takesIn(root, parent)))
      : written;
  return own.length > 1 ? closestTo(live, plans, own) : own;
}

/** True for a root that is the same, or that the other is a part of, as far as both say by which object they are applied. */
function takesIn(outer: Root, inner: Root): boolean {
  if (
    outer.id === inner.id ||
    isPartOf(inner, outer) ||
    includesRoot(outer, inner) ||
    standsFor(outer, inner)
  )
    return true;
  const [a, b] = [outer.declared?.plan.by, inner.declared?.plan.by];
  return (
    outer.kind === inner.kind &&
    outer.path === inner.path &&
    (a === undefined || b === undefined || (a === b && outer.declared?.parent === null))
  );
}

/** A published chart, installed by an object that the repository does not write: there is nothing here to edit. */
function isOutOfReach({ plan, parent }: Declaration): boolean {
  return parent === null && 'from' in plan && isPublishedChart(plan);
}

/** What the object says in the cluster. What it refers to is looked for there first, then in the repository. */
async function livePlans(
  object: KubernetesObject,
  cluster: ClusterState,
  revision: Revision,
): Promise<readonly (Plan | Unplanned)[]> {
  const { lookUp } = lookUpIn(revision, NOTHING_BESIDE);
  return plansOf(object, {
    tree: revision.tree,
    origin: revision.origin,
    lookUp: async (kind, namespace, name) =>
      cluster.get(kind, namespace, name) ?? (await lookUp(kind, namespace, name)),
  });
}

/** When all that stands in the way is that another branch is deployed. */
function onBranch(
  candidates: readonly { readonly plan: Plan | Unplanned; readonly obstacle: Declined | null }[],
): Ownership {
  for (const { plan, obstacle } of candidates) {
    const branch = 'from' in plan ? plan.from.revision.branch : undefined;
    if (obstacle?.code === 'other-revision' && branch !== undefined)
      return { kind: 'on-branch', branch, otherwise: obstacle };
  }
  return null;
}

function obstacleTo(plan: Plan | Unplanned, repository: Repository): Declined | null {
  if ('option' in plan)
    return declined(
      'render-failed',
      `${plan.by} changes what it applies with ${plan.option}, which is not rendered`,
    );
  // Its values are what is looked for, and they are where the plan is written.
  if (isPublishedChart(plan)) return null;
  const { by, from } = plan;
  return otherRepository(by, from.repository, repository) ?? otherRevision(by, from.revision, repository);
}

function otherRevision(
  by: string,
  { branch, pin }: Plan['from']['revision'],
  repository: Repository,
): Declined | null {
  if (pin !== undefined)
    return declined('other-revision', `${by} is pinned to ${pin}: a change of a branch does not reach it`);
  if (branch === undefined || repository.branch === null || branch === repository.branch) return null;
  return declined(
    'other-revision',
    `${by} deploys branch ${branch}, and this is branch ${repository.branch}`,
  );
}

function otherRepository(by: string, url: string | null, repository: Repository): Declined | null {
  const remote = url === null ? null : parseRemote(url);
  if (!remote || !repository.remote || isNamed(repository.remote, remote.slug)) return null;
  return declined(
    'other-repository',
    `${by} deploys it from ${remote.slug}, and this is ${repository.remote.slug}`,
    [remote.slug],
  );
}
