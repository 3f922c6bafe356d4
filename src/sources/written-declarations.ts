import { differences } from '../kubernetes/differences.ts';
import { sameValue } from '../kubernetes/compare.ts';
import type { Json, KubernetesObject } from '../kubernetes/objects.ts';
import type { Declaration } from './declaration.ts';
import type { Plan, Unplanned } from './declarations/plan.ts';
import { united, type Parameters } from './declarations/template-parameters.ts';
import type { Root } from './roots.ts';

/** One Argo CD or Flux object as one root of the repository renders it. */
export interface WrittenObject {
  /** Null for one that only the cluster has. */
  readonly parent: Root | null;
  /** What it applies: several where an Application has several sources. */
  readonly declarations: readonly Declaration[];
}

export function writtenObjects(declarations: readonly Declaration[]): readonly WrittenObject[] {
  const byObject = Map.groupBy(declarations, ({ parent, plan }) => JSON.stringify([parent?.id, plan.by]));
  return [...byObject.values()].map((same) => ({ parent: same[0]!.parent, declarations: same }));
}

/**
 * Of several that have the name of a live one, because several clusters have such an object, the one that is closer to it than any
 * other: it differs in fewer places, and only in such as the other does too. All of them, where there is no such one.
 */
export function closestTo(
  live: KubernetesObject,
  plans: readonly (Plan | Unplanned)[],
  written: readonly WrittenObject[],
): readonly WrittenObject[] {
  const gaps = written.map((one) => gapsTo(live, plans, one));
  const best = written.filter((_one, index) =>
    gaps.every((other, at) => at === index || isProperSubset(gaps[index]!, other)),
  );
  return best.length === 1 ? best : written;
}

function isProperSubset(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size < b.size && [...a].every((gap) => b.has(gap));
}

function gapsTo(
  live: KubernetesObject,
  plans: readonly (Plan | Unplanned)[],
  { declarations }: WrittenObject,
): ReadonlySet<string> {
  const [first] = declarations;
  const gaps =
    first?.object?.kind === live.kind
      ? fieldGaps(first.object, live)
      : differences(declarations.map(({ plan }) => essence(plan)) as Json, plans.map(essence) as Json).map(
          ({ path }) => path,
        );
  return new Set(gaps.map((path) => JSON.stringify(path)));
}

/** Fields that git sets and the live object has with another meaning. What only the live one has was added by the cluster. */
function fieldGaps(
  written: KubernetesObject,
  live: KubernetesObject,
): readonly (readonly (string | number)[])[] {
  return differences(written as unknown as Json, live as unknown as Json)
    .filter(
      ({ path, before, after }) =>
        before !== undefined && path[0] !== 'status' && !sameValue(path, after, before),
    )
    .map(({ path }) => path);
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
