/**
 * What a GitOps controller says about where a live object comes from.
 *
 * Flux labels what it applies with the name and namespace of the Kustomization
 * (https://fluxcd.io/flux/components/kustomize/kustomizations/#labels-and-annotations). Argo CD tracks by the annotation
 * `argocd.argoproj.io/tracking-id`, `<application>:<group>/<kind>:<namespace>/<name>`, which counts only when it names this
 * very object, or by the label `app.kubernetes.io/instance`, which is also Helm's
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/).
 */
import type { ClusterState } from '../cluster/state.ts';
import type { Repository } from '../git/repository.ts';
import { isNamed, parseRemote } from '../git/remote.ts';
import { groupOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { declined } from '../locate/declined.ts';
import type { Declined } from '../locate/located.ts';
import { lookUpIn, type Declaration } from './declared.ts';
import { notDeclaredHere } from './not-declared.ts';
import { isPublishedChart, type Plan, type Unplanned } from './declarations/plan.ts';
import { plansOf } from './declarations/plans.ts';
import type { Revision } from './revision.ts';
import { includesRoot, isPartOf, standsFor, type Root } from './roots.ts';
import { closestTo, writtenObjects, type WrittenObject } from './written-declarations.ts';

/** The roots that a controller applies the object from, why it cannot be edited here, or null when no controller says anything. */
export type Ownership =
  | { readonly kind: 'owned'; readonly roots: readonly Root[]; readonly by: string }
  | { readonly kind: 'on-branch'; readonly branch: string; readonly otherwise: Declined }
  | Declined
  | null;

/** The Argo CD or Flux object that an object says it comes from. */
export interface Declarer {
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease';
  readonly group: string;
  /** Null where the object does not tell. */
  readonly namespace: string | null;
  readonly name: string;
}

export function ownershipOf(
  object: KubernetesObject,
  cluster: ClusterState,
  revision: Revision,
  repository: Repository,
): Promise<Ownership> {
  return ownership(object, { cluster, revision, repository }, 0);
}

interface Context {
  readonly cluster: ClusterState;
  readonly revision: Revision;
  readonly repository: Repository;
}

/** A Kustomization applies a HelmRelease, and another one that Kustomization: followed so far up. */
const HIGHEST = 4;

async function ownership(object: KubernetesObject, context: Context, height: number): Promise<Ownership> {
  const { cluster, revision, repository } = context;
  const declarer = declarerOf(object);
  if (!declarer) return null;
  const written = writtenObjects(await declaredAs(declarer, revision));
  const live = find(cluster, declarer);
  if (!live) return ownedBy(declarationsOf(written), repository);
  const plans = await livePlans(live, cluster, revision);
  if (plans.length === 0) return null;
  const now = plans.map((plan) => ({ plan, obstacle: obstacleTo(plan, repository) }));
  const open = now.filter(({ obstacle }) => obstacle === null);
  if (open.length === 0) return onBranch(now) ?? now[0]!.obstacle;
  const above = await ownerOfDeclaration(live, object, context, height);
  const meant = meantBy(live, plans, written, above);
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

const FLUX_KUSTOMIZE = 'kustomize.toolkit.fluxcd.io';
const FLUX_HELM = 'helm.toolkit.fluxcd.io';
const ARGO = 'argoproj.io';

/** The Argo CD or Flux object that the cluster has the object from, as it lives there; null where none is known. */
export function declarerObject(object: KubernetesObject, cluster: ClusterState): KubernetesObject | null {
  const declarer = declarerOf(object);
  return declarer && find(cluster, declarer);
}

export function declarerOf(object: KubernetesObject): Declarer | null {
  const { labels = {}, annotations = {} } = object.metadata;
  for (const [kind, group] of [
    ['HelmRelease', FLUX_HELM],
    ['Kustomization', FLUX_KUSTOMIZE],
  ] as const) {
    const [name, namespace] = [labels[`${group}/name`], labels[`${group}/namespace`]];
    if (name !== undefined && namespace !== undefined) return { kind, group, namespace, name };
  }
  const tracking = annotations['argocd.argoproj.io/tracking-id'];
  const { kind, metadata, apiVersion } = object;
  const own = `:${groupOf(apiVersion)}/${kind}:${metadata.namespace ?? ''}/${metadata.name}`;
  const tracked = tracking?.endsWith(own) ? tracking.slice(0, -own.length) : undefined;
  const isHelms =
    labels['app.kubernetes.io/managed-by'] === 'Helm' || 'meta.helm.sh/release-name' in annotations;
  const name =
    tracked ?? (tracking === undefined && !isHelms ? labels['app.kubernetes.io/instance'] : undefined);
  if (name === undefined) return null;
  // `<namespace>_<name>` where Applications live in other namespaces than Argo CD's own.
  const [namespace, plain] = name.includes('_')
    ? [name.slice(0, name.indexOf('_')), name.slice(name.indexOf('_') + 1)]
    : [null, name];
  return { kind: 'Application', group: ARGO, namespace, name: plain };
}

export function isBy({ kind, namespace, name }: Declarer, { ref }: Plan | Unplanned): boolean {
  return (
    ref.kind === kind &&
    ref.name === name &&
    (namespace === null || ref.namespace === null || ref.namespace === namespace)
  );
}

function find(cluster: ClusterState, { kind, group, namespace, name }: Declarer): KubernetesObject | null {
  const found = cluster
    .list(kind)
    .filter((one) => groupOf(one.apiVersion) === group && one.metadata.name === name)
    .filter((one) => namespace === null || one.metadata.namespace === namespace);
  return found.length === 1 ? found[0]! : null;
}

/** What the object says in the cluster. What it refers to is looked for there first, then in the repository. */
async function livePlans(
  object: KubernetesObject,
  cluster: ClusterState,
  revision: Revision,
): Promise<readonly (Plan | Unplanned)[]> {
  const { lookUp } = lookUpIn(revision, []);
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
