import { printFieldPath } from '../../kubernetes/field-path.ts';
import { fieldOf } from '../../kubernetes/field.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import type { Replacement } from '../replacements.ts';
import type { DesiredField } from '../desired-fields.ts';
import { addBeside, addValue } from './add-value.ts';
import type { Found } from './found.ts';
import { likelyPaths } from './likely-paths.ts';
import { valuesAlike } from './lookalikes.ts';
import { MarkedChart } from './marked-chart.ts';
import {
  blockOf,
  holderOf,
  layersAbove,
  type ParentEdits,
  placeOf,
  type Release,
  releaseOf,
  writable,
} from './release.ts';
import { ofChart, replaceValue, solutions } from './replace-value.ts';
import { type Solution, solutionsFor } from './solve.ts';
import { behindExpression, intoTemplate } from './template-edits.ts';
import type { Leaf } from './values.ts';

/** Where a chart's field could be set by something that is not written yet. */
export async function* helmAdditions(
  revision: Revision,
  match: Match,
  desired: DesiredField,
  parents: ParentEdits,
): AsyncIterable<Replacement> {
  const release = releaseOf(revision, match, parents);
  const { chart } = release;
  const exists = desired.field.value !== undefined;
  if (exists) {
    for (const { leaf, value } of await setValues(release, match, desired)) {
      // What must not be edited is not hidden either.
      const written: Found = { replacements: [], refusals: [] };
      await replaceValue(release, leaf, value, written);
      if (written.replacements.length === 0 && written.refusals.length > 0) continue;
      yield* addValue(release, leaf.path, value, layersAbove(release, leaf.path, leaf.layer));
      yield* overrule(release, leaf, value);
    }
    for (const { source, value } of await fallbacks(chart, match, desired)) {
      if (source.kind !== 'value') continue;
      const found: Found = { replacements: [], refusals: [] };
      if (source.leaf) await replaceValue(release, source.leaf, value, found);
      yield* found.replacements;
      yield* addValue(release, source.path, value, writable(release, source.path));
    }
    yield* ofChart(release, match, desired);
    yield* behindExpression(release, match, desired);
  } else {
    for (const path of await likelyPaths(chart, match, desired))
      yield* addValue(release, path, desired.after, writable(release, path));
    yield* addBeside(release, await chart.seenIn(match.rendered.object), desired.field.path, desired.after);
    yield* intoTemplate(release, match, desired);
  }
}

/** Values that make the field, or that look like it. */
async function setValues(
  { chart }: Release,
  match: Match,
  desired: DesiredField,
): Promise<readonly { readonly leaf: Leaf; readonly value: Scalar }[]> {
  for (const pass of ['values', 'chosen'] as const) {
    const found = (await solutions(chart, pass, match, desired)).flatMap(({ source, value }) =>
      source.kind === 'value' && source.leaf ? [{ leaf: source.leaf, value }] : [],
    );
    if (found.length > 0) return found;
  }
  return valuesAlike(chart, match, desired);
}

/** What a base says of a release, an overlay can say otherwise. */
async function* overrule(release: Release, { path, layer }: Leaf, value: Scalar): AsyncIterable<Replacement> {
  const at = placeOf(layer, path);
  const parent = at && (await holderOf(release, layer));
  if (!at || !parent || (await blockOf(release, parent, layer))) return;
  const field = fieldOf(parent.rendered.object, printFieldPath(at));
  const after = layer.kind === 'set' ? String(value) : value;
  if (field && field.value !== undefined)
    yield* release.parents.add(release.revision, parent, { field, after });
}

/** Values that are empty or not set, and in place of which something else counts: the chart's appVersion, a global registry. */
async function fallbacks(
  chart: MarkedChart,
  match: Match,
  desired: DesiredField,
): Promise<readonly Solution[]> {
  const found = await solutions(chart, 'empty', match, desired);
  if (found.length > 0) return found;
  const alone = await chart.emptyAlone(match.rendered.object, desired.field.path);
  return alone.flatMap((sight) => solutionsFor(sight, desired.field.value, desired.after));
}
