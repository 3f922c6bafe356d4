import type { ConcretePath } from '../../kubernetes/field-path.ts';
import { isRecord } from '../../kubernetes/objects.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { contentOf, type Layer } from './values.ts';

/**
 * Layers in the order in which a person would add a value to them: what the release is given before what the chart says of itself. Of what
 * it is given, the layer that has the value's nearest relatives comes first; then one that says anything at all, a file of values
 * before values in the declaring object, and the layer that wins.
 */
export function inOrder(
  revision: Revision,
  root: HelmRoot,
  path: ConcretePath,
  layers: readonly Layer[],
): readonly Layer[] {
  const given = new Set(root.values.flatMap((input) => (input.kind === 'file' ? [input.path] : [])));
  const rank = (layer: Layer, index: number): readonly number[] => {
    const isGiven = layer.kind === 'inline' || (layer.kind === 'file' && given.has(layer.file));
    if (!isGiven) return [0, 0, 0, 0, index];
    const { path: at, value } = contentOf(revision, layer);
    const says = isRecord(value) && Object.keys(value).length > 0;
    return [1, inCommon(value, path.slice(at.length)), Number(says), Number(layer.kind === 'file'), index];
  };
  return layers
    .map((layer, index) => ({ layer, rank: rank(layer, index) }))
    .sort((a, b) => compared(b.rank, a.rank))
    .map(({ layer }) => layer);
}

/** How many steps of a path a value has already. */
function inCommon(value: unknown, path: ConcretePath): number {
  let [here, count] = [value, 0];
  for (const step of path) {
    if (!isRecord(here) || !Object.hasOwn(here, String(step))) break;
    here = here[String(step)];
    count += 1;
  }
  return count;
}

function compared(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((one, index) => one !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
