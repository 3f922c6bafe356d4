import { printFieldPath, type ConcretePath } from '../../kubernetes/field-path.ts';
import type { Match } from '../../sources/find.ts';
import { declined, type Declined } from '../../model/declined.ts';
import type { DesiredField } from '../desired-fields.ts';
import type { MarkedChart } from './marked-chart.ts';
import type { Source } from './chart-markers.ts';
import type { Literal } from './template-text.ts';
import { nodeAtPath, type Leaf } from './values.ts';

/** The lines of templates that fill in a field, or what holds it: each was seen to in a render with something else there. */
export async function linesFilling(
  chart: MarkedChart,
  { rendered: { object } }: Match,
  path: ConcretePath,
): Promise<readonly Literal[]> {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const sights = await chart.sights('expressions', object, path.slice(0, depth));
    const lines = sights
      .flatMap(({ sources }) => [...sources.values()])
      .flatMap((source: Source) => (source.kind === 'literal' ? [source.literal] : []));
    if (lines.length > 0) return lines;
  }
  return [];
}

/** The values that an expression names. */
export function valuesNamed(chart: MarkedChart, line: Literal): readonly Leaf[] {
  return chart.namedIn(line).flatMap((path) => {
    const node = nodeAtPath(chart.values, path);
    return node?.kind === 'scalar' ? [{ path, value: node.value, layer: node.layer }] : [];
  });
}

/** Why no value is changed: an expression makes another of it, and which one would give the wanted one is not worked out. */
export function calculated(
  { file, line, text }: Literal,
  { field }: DesiredField,
  from: readonly { readonly path: ConcretePath; readonly place: string }[],
): Declined {
  const place = `${file}:${line}`;
  const values = from.map((one) => `${printFieldPath(one.path)} (${one.place})`);
  const reads = values.length === 0 ? '' : `, from ${values.join(' and ')}`;
  return declined('no-site', `${place} makes ${field.text} with ${text}${reads}`, [
    place,
    ...from.map((one) => one.place),
  ]);
}
