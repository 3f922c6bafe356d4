import type { Scalar } from '../../kubernetes/objects.ts';
import type { Match } from '../../sources/find.ts';
import type { DesiredField } from '../desired-fields.ts';
import { linesFilling } from './filled-in.ts';
import { MarkedChart } from './marked-chart.ts';
import { valuesFor } from './solve.ts';
import { keyOf, type Leaf, leavesOf } from './values.ts';

/** Values tried because they look like the field, when no marker was seen in it. */
export const MOST_TRIED_ALONE = 8;

/** Booleans, and what could not be marked: values equal to the field's that its line in a template names, then those with its key. */
export async function lookalikes(
  chart: MarkedChart,
  match: Match,
  { field }: DesiredField,
): Promise<readonly Leaf[]> {
  const [key, parent] = [field.path.at(-1), field.path.at(-2)];
  const alike = [...leavesOf(chart.values)].filter(
    ({ value }) => value !== null && value !== '' && String(value) === String(field.value),
  );
  if (alike.length === 0) return [];
  const lines = await linesFilling(chart, match, field.path);
  const named = new Set(lines.flatMap((line) => chart.namedIn(line)).map(keyOf));
  return [
    ...alike.filter(({ path }) => named.has(keyOf(path))),
    ...alike
      .filter(({ path }) => !named.has(keyOf(path)))
      .filter(({ path }) => path.at(-1) === key || path.at(-1) === parent || key === 'value'),
  ].slice(0, MOST_TRIED_ALONE);
}

/** What each of these would have to be. */
export async function valuesAlike(
  chart: MarkedChart,
  match: Match,
  desired: DesiredField,
): Promise<readonly { readonly leaf: Leaf; readonly value: Scalar }[]> {
  const { field, after } = desired;
  return (await lookalikes(chart, match, desired)).flatMap((leaf) =>
    valuesFor(leaf.value, String(after), after, field.value).map((value) => ({ leaf, value })),
  );
}
