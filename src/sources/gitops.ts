/**
 * What a GitOps controller says about where a live object comes from.
 *
 * Flux labels what it applies with the name and namespace of the Kustomization
 * (https://fluxcd.io/flux/components/kustomize/kustomizations/#labels-and-annotations). Argo CD tracks by the annotation
 * `argocd.argoproj.io/tracking-id`, `<application>:<group>/<kind>:<namespace>/<name>`, which counts only when it names this
 * very object, or by the label `app.kubernetes.io/instance`, which is also Helm's
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/).
 */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterState } from '../cluster/state.ts';
import type { Repository } from '../git/repository.ts';
import { isNamed, parseRemote } from '../git/remote.ts';
import { groupOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { declined } from '../locate/declined.ts';
import type { Declined } from '../locate/located.ts';
import { lookUpIn, type Declaration } from './declared.ts';
import { isPublishedChart, type Plan, type Unplanned } from './declarations/plan.ts';
import { plansOf } from './declarations/plans.ts';
import { united, type Parameters } from './declarations/template-parameters.ts';
import type { Revision } from './revision.ts';
import type { Root } from './roots.ts';

/** The roots that a controller applies the object from, why it cannot be edited here, or null when no controller says anything. */
export type Ownership =
  | { readonly kind: 'owned'; readonly roots: readonly Root[]; readonly by: string }
  | { readonly kind: 'on-branch'; readonly branch: string; readonly otherwise: Declined }
  | Declined
  | null;

/** The Argo CD or Flux object that an object says it comes from. */
interface Declarer {
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease';
  readonly group: string;
  /** Null where the object does not tell. */
  readonly namespace: string | null;
  readonly name: string;
}

export async function ownershipOf(
  object: KubernetesObject,
  cluster: ClusterState,
  revision: Revision,
  repository: Repository,
): Promise<Ownership> {
  const declarer = declarerOf(object);
  if (!declarer) return null;
  const written = (await revision.declarations()).filter(({ plan }) => isBy(declarer, plan));
  const live = find(cluster, declarer);
  const plans = live ? await livePlans(live, cluster, revision) : written.map(({ plan }) => plan);
  if (plans.length === 0) return null;
  const candidates = plans.map((plan) => ({ plan, obstacle: obstacleTo(plan, repository) }));
  const open = candidates.filter(({ obstacle }) => obstacle === null);
  if (open.length === 0) return onBranch(candidates) ?? candidates[0]!.obstacle;
  const declarations = open.map(
    ({ plan }, index) =>
      inRepository(plan, written) ??
      ahead(plans, written, index, repository) ??
      revision.declare(plan as Plan),
  );
  const roots = declarations.flatMap(({ roots }) => roots).filter((root) => !isOutOfReach(root));
  const { by } = plans[0]!;
  const published = declarations.flatMap(({ roots: all }) => all).find(isOutOfReach);
  if (roots.length === 0 && published)
    return declined(
      'other-repository',
      `${by} installs ${published.path}, and neither the chart nor ${by} is in this repository`,
      [published.path],
    );
  if (roots.length > 0) return { kind: 'owned', roots, by };
  return declined('object-not-found', `${by} deploys it from ${declarations[0]!.obstacle}`);
}

/** A published chart, installed by an object that the repository does not write: there is nothing here to edit. */
function isOutOfReach({ declared }: Root): boolean {
  return declared !== null && declared.parent === null && isPublishedChart(declared.plan);
}

const FLUX_KUSTOMIZE = 'kustomize.toolkit.fluxcd.io';
const FLUX_HELM = 'helm.toolkit.fluxcd.io';
const ARGO = 'argoproj.io';

/** The Argo CD or Flux object that the cluster has the object from, as it lives there; null where none is known. */
export function declarerObject(object: KubernetesObject, cluster: ClusterState): KubernetesObject | null {
  const declarer = declarerOf(object);
  return declarer && find(cluster, declarer);
}

function declarerOf(object: KubernetesObject): Declarer | null {
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

function isBy({ kind, namespace, name }: Declarer, { ref }: Plan | Unplanned): boolean {
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

/** The same declaration as the repository writes it, so that an edit of its manifest is an edit of what it applies. */
function inRepository(plan: Plan | Unplanned, written: readonly Declaration[]): Declaration | undefined {
  const said = essence(plan);
  return written.find((one) => isDeepStrictEqual(essence(one.plan), said));
}

/**
 * The same object as git has it now, where the cluster is behind: it is matched by its name, and what git says is what the next
 * sync applies. Not where git has it follow something that a change here does not reach.
 */
function ahead(
  plans: readonly (Plan | Unplanned)[],
  written: readonly Declaration[],
  index: number,
  repository: Repository,
): Declaration | undefined {
  const one = written.length === plans.length ? written[index] : undefined;
  return one && obstacleTo(one.plan, repository) === null ? one : undefined;
}

/** What is applied, wherever that is written: what an Application says, its ApplicationSet says in parts and elsewhere. */
function essence(plan: Plan | Unplanned): unknown {
  if ('option' in plan) return plan.option;
  const { content, steps } = plan;
  if (content.kind === 'folder') return [content, steps];
  const own = content.values.flatMap((input) =>
    input.kind === 'inline' && input.of === undefined ? [input.values] : [],
  );
  const others = content.values
    .filter((input) => input.kind !== 'inline' || input.of !== undefined)
    .map((input) => ({ ...input, at: null }));
  const inline = own.reduce<Parameters>((below, values) => united(below, values, []), {});
  return [{ ...content, values: [...others, inline] }, steps];
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
