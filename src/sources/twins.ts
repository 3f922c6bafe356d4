import { isDeepStrictEqual } from 'node:util';
import { sameObject } from '../kubernetes/objects.ts';
import type { ChartContent, Plan } from './declarations/plan.ts';
import type { Revision } from './revision.ts';
import { includesRoot } from './same-root.ts';
import type { Root } from './roots.ts';

/**
 * True for two roots of one Application that is declared twice, with the same content, made in the same way, for the same place. An
 * Argo CD has one Application of a name, so that both are one release, whichever of them is deployed. Flux runs in the cluster that
 * it serves: its objects in two folders are those of two clusters, unless one folder takes the other in.
 */
export function isTwinOf(one: Root, other: Root): boolean {
  if (one.id === other.id || one.kind !== other.kind || one.path !== other.path) return false;
  const plans = plansOfOne(one, other);
  return plans !== null && isDeepStrictEqual(saidBy(plans[0]), saidBy(plans[1]));
}

/** The other declarations of what a root applies. */
export async function twinsOf(revision: Revision, root: Root): Promise<readonly Root[]> {
  if (root.declared === null) return [];
  return (await revision.declaredRoots()).filter(
    (other) => other.id !== root.whole?.id && isTwinOf(other, root),
  );
}

/**
 * True for two declarations of one release that give the same values to two charts, or to two versions of one: the chart of a folder
 * and the published one. Whoever names the object by its name means both.
 */
export function isOtherChartOf(one: Root, other: Root): boolean {
  if (one.id === other.id || one.kind !== 'helm' || other.kind !== 'helm' || isTwinOf(one, other))
    return false;
  const plans = plansOfOne(one, other);
  return plans !== null && isDeepStrictEqual(givenBy(plans[0]), givenBy(plans[1]));
}

function plansOfOne({ declared: a }: Root, { declared: b }: Root): readonly [Plan, Plan] | null {
  if (a === null || b === null || !sameObject(a.plan.ref, b.plan.ref)) return null;
  return a.plan.ref.kind === 'Application' || isWithin(a.parent, b.parent) ? [a.plan, b.plan] : null;
}

function isWithin(one: Root | null, other: Root | null): boolean {
  return one !== null && other !== null && (includesRoot(one, other) || includesRoot(other, one));
}

function saidBy(plan: Plan): unknown {
  const { from, content } = plan;
  return content.kind === 'folder'
    ? [from, content, ...doneWith(plan)]
    : [from, { ...content, values: valuesOf(content) }, ...doneWith(plan)];
}

function givenBy(plan: Plan): unknown {
  const { content } = plan;
  return content.kind === 'chart' ? [content.release, valuesOf(content), ...doneWith(plan)] : null;
}

function doneWith({ steps, namespace, cluster }: Plan): readonly unknown[] {
  return [steps, namespace, cluster];
}

/** What the values are; not at which place of the object they stand, or could stand. */
function valuesOf({ values }: ChartContent): readonly unknown[] {
  return values
    .filter((input) => input.kind !== 'inline' || Object.keys(input.values).length > 0)
    .map((input) => (input.kind === 'file' ? input : { ...input, at: null, of: null }));
}
