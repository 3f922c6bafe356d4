import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Match } from '../../sources/find.ts';
import type { DesiredField } from '../desired-fields.ts';
import { MOST_TRIED_ALONE } from './lookalikes.ts';
import { MarkedChart } from './marked-chart.ts';
import { mapsOf, nodeAtPath } from './values.ts';

/**
 * Values that could hold a field which is not there: those with a key of its path, the closest relatives of what the same
 * container is made from first. `resources: {}` beside `image:` is where `resources.limits.memory` goes.
 */
export async function likelyPaths(
  chart: MarkedChart,
  { rendered }: Match,
  { field }: DesiredField,
): Promise<readonly ConcretePath[]> {
  // An item that is new belongs to no container yet.
  const list = field.path.findLastIndex((step, index) => typeof step === 'number' && index < field.depth);
  const container = field.path.slice(0, list + 1);
  const related = await chart.valuesBelow(rendered.object, container);
  const known = [...mapsOf(chart.values)].map(({ path }) => path);
  const keys = field.path
    .slice(list + 1)
    .map(String)
    .filter((key) => chart.references.named.has(key));
  // `services.cart` beside its image, where a template goes over all services.
  const beside = related.flatMap((path) =>
    path.slice(1).flatMap((_, index) => keys.map((key) => [...path.slice(0, index + 1), key])),
  );
  const all = new Map(
    [...known, ...beside, ...chart.references.collected, ...chart.references.printed].map((path) => [
      JSON.stringify(path),
      path,
    ]),
  );
  const scored = [...all.values()].flatMap((path) => {
    const at = stepNamedBy(String(path.at(-1)), field.path, list + 1);
    if (at < 0 || path.some((step) => typeof step === 'number')) return [];
    const whole = [...path, ...field.path.slice(at + 1)];
    const node = nodeAtPath(chart.values, whole);
    if (node && !(node.kind === 'scalar' && node.value === null)) return [];
    return [
      {
        whole,
        kinship: Math.max(0, ...related.map((other) => inCommon(path, other))),
        distance: path.length,
        isNamed: path.at(-1) === field.path[at],
      },
    ];
  });
  return scored
    .sort((a, b) => b.kinship - a.kinship || Number(b.isNamed) - Number(a.isNamed) || a.distance - b.distance)
    .map(({ whole }) => whole)
    .filter(
      (path, index, paths) =>
        paths.findIndex((one) => JSON.stringify(one) === JSON.stringify(path)) === index,
    )
    .slice(0, MOST_TRIED_ALONE);
}

/** The step of a field that a key is called after: `resources`, or `initResources` for those of another container. */
function stepNamedBy(key: string, path: ConcretePath, from: number): number {
  const exact = path.indexOf(key, from);
  const isPartOf = (step: ConcretePath[number]): boolean =>
    typeof step === 'string' && key.endsWith(`${step.slice(0, 1).toUpperCase()}${step.slice(1)}`);
  return exact >= 0 ? exact : path.findIndex((step, index) => index >= from && isPartOf(step));
}

function inCommon(a: ConcretePath, b: ConcretePath): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}
