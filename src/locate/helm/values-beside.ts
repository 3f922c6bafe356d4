import { isDeepStrictEqual } from 'node:util';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Sight } from './chart-markers.ts';
import type { Layer } from './values.ts';

/** A value that is not there yet, in a mapping that a template writes out as it is. */
export interface NewValue {
  readonly path: ConcretePath;
  /** Where the mapping's entries are written: a list of another layer would take the place of this one. */
  readonly layer: Layer;
}

/** More of them are no relatives of the field. */
const MOST = 4;

/**
 * Where a field goes that is not there, beside fields that are values of one mapping under the same names:
 * `spec.source.helm.releaseName` is `applications[3].tool.helm.releaseName`, so that `spec.source.helm.valuesObject.replicas` may be
 * `applications[3].tool.helm.valuesObject.replicas`. The nearest come first.
 *
 * @param seen fields by their paths, with what they are made from
 */
export function valuesBeside(
  seen: Iterable<readonly [ConcretePath, readonly Sight[]]>,
  field: ConcretePath,
): readonly NewValue[] {
  const found: (NewValue & { readonly depth: number })[] = [];
  for (const [path, sights] of seen) {
    const depth = inCommon(path, field);
    const own = path.slice(depth);
    if (own.length === 0 || depth >= field.length) continue;
    for (const source of sights.flatMap(({ sources }) => [...sources.values()])) {
      if (source.kind !== 'value' || source.leaf === null) continue;
      const above = source.path.length - own.length;
      if (above < 0 || !isDeepStrictEqual(source.path.slice(above), own)) continue;
      const whole = [...source.path.slice(0, above), ...field.slice(depth)];
      const isKnown = found.some((one) => isDeepStrictEqual(one.path, whole));
      if (!isKnown) found.push({ path: whole, layer: source.leaf.layer, depth });
    }
  }
  return found.sort((a, b) => b.depth - a.depth).slice(0, MOST);
}

function inCommon(a: ConcretePath, b: ConcretePath): number {
  const at = a.findIndex((step, index) => step !== b[index]);
  return at < 0 ? a.length : at;
}
