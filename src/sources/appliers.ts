import type { KubernetesObject } from '../kubernetes/objects.ts';
import { mayHaveNamespace } from '../kubernetes/scope.ts';
import { isPublishedChart, type Plan } from './declarations/plan.ts';
import type { Match } from './find.ts';
import type { Revision } from './revision.ts';
import { isPartOf, standsFor } from './same-root.ts';
import type { Root } from './roots.ts';

/** What Argo CD, Flux or helmfile applies a root with: as it is, in another form, or as a part of something wider; pinned plans too. */
export async function appliersOf(revision: Revision, root: Root): Promise<readonly Plan[]> {
  return (await revision.ownDeclarations())
    .filter(({ roots }) => roots.some((applied) => takesIn(applied, root)))
    .map(({ plan }) => plan);
}

/** False for what is applied from a tag or a commit: no edit of a branch reaches it. */
export function isFollowed(plan: Plan): boolean {
  return isPublishedChart(plan) || plan.from.revision.pin === undefined;
}

/** A namespace that an object goes to, with what says so. */
export interface Destination {
  readonly namespace: string;
  readonly by: string;
}

/** Where whoever applies the root sends an object that names no namespace. Empty where that is open, and for a kind that has none. */
export async function destinationsOf(
  revision: Revision,
  { root, rendered: { object } }: Match,
): Promise<readonly Destination[]> {
  if (!isOpen(object)) return [];
  const plans = (await appliersOf(revision, root)).filter(isFollowed);
  const destinations = plans.flatMap(({ namespace, by }) => (namespace === null ? [] : [{ namespace, by }]));
  return destinations.length === plans.length ? destinations : [];
}

/** True for an object of a namespace that it does not name. */
export function isOpen({ kind, metadata }: KubernetesObject): boolean {
  return metadata.namespace === undefined && mayHaveNamespace(kind);
}

function takesIn(outer: Root, inner: Root): boolean {
  return outer.id === inner.id || isPartOf(inner, outer) || standsFor(outer, inner);
}
