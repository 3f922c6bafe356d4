import { insertItem, insertKey } from '../../edits/insert.ts';
import type { OpenDocument } from '../../edits/open-document.ts';
import { reach, valueOf } from '../../edits/reach.ts';
import { type ConcretePath, printFieldPath } from '../../kubernetes/field-path.ts';
import { fieldOf, isNewItem } from '../../kubernetes/field.ts';
import { isRecord, type Json, type Scalar } from '../../kubernetes/objects.ts';
import type { Match } from '../../sources/find.ts';
import { additionOf } from '../addition.ts';
import { openValues } from '../documents.ts';
import type { Replacement } from '../replacements.ts';
import { some } from './found.ts';
import { seenInText } from './chart-markers.ts';
import { blockOf, holderOf, placeOf, type Release, releaseOf, writable } from './release.ts';
import { sightsOfText, valuesIn } from './replace-value.ts';
import { valuesBeside } from './values-beside.ts';
import type { Layer } from './values.ts';

export async function* addValue(
  release: Release,
  path: ConcretePath,
  value: Scalar,
  layers: readonly Layer[],
): AsyncIterable<Replacement> {
  if (path.some((step, index) => typeof step === 'number' && !isNewItem(path, index))) return;
  yield* addIn(release, path, value, layers);
}

/** To a mapping that a template writes out as it is. */
export async function* addBeside(
  release: Release,
  seen: Parameters<typeof valuesBeside>[0],
  field: ConcretePath,
  value: Scalar,
): AsyncIterable<Replacement> {
  for (const { path, layer } of valuesBeside(seen, field)) {
    const isInList = path.some((step) => typeof step === 'number');
    yield* addIn(release, path, value, isInList ? [layer] : writable(release, path));
  }
}

async function* addIn(
  release: Release,
  path: ConcretePath,
  value: Scalar,
  layers: readonly Layer[],
): AsyncIterable<Replacement> {
  for (const layer of layers) {
    if (layer.kind === 'file') {
      const opened = openValues(release.revision, layer.file);
      if (!('kind' in opened))
        yield* some(insertIn(layer.file, opened.document, path.slice(layer.prefix.length), value));
      continue;
    }
    const at = layer.kind === 'inline' ? placeOf(layer, path) : null;
    const parent = at && (await holderOf(release, layer));
    if (!at || !parent) continue;
    const block = await blockOf(release, parent, layer);
    if (block) {
      yield* some(insertIn(block.file, block.document, path, value));
      continue;
    }
    if (layer.kind === 'inline' && layer.input.at && parent.root.kind === 'helm')
      yield* addInText(release, parent, layer.input.at, path, value);
    const field = fieldOf(parent.rendered.object, printFieldPath(at));
    if (field && field.value === undefined)
      yield* release.parents.add(release.revision, parent, { field, after: value });
  }
}

/** A chart writes the values of another release as a text, and a mapping of its own values into it. */
async function* addInText(
  { revision, parents }: Release,
  parent: Match,
  at: ConcretePath,
  path: ConcretePath,
  value: Scalar,
): AsyncIterable<Replacement> {
  const { object } = parent.rendered;
  const before = valuesIn(fieldOf(object, printFieldPath(at))?.value);
  if (before === null) return;
  const outer = releaseOf(revision, parent, parents);
  for await (const { marked: text, sources } of sightsOfText(outer, object, at)) {
    const marked = valuesIn(text);
    if (marked !== null) yield* addBeside(outer, seenInText({ marked, sources }, before), path, value);
  }
}

function insertIn(
  file: string,
  document: OpenDocument,
  path: ConcretePath,
  value: Scalar,
): Replacement | null {
  const known = reach(document, path);
  if (known && valueOf(known.node) !== null) return null;
  const item = path.findIndex((_, index) => isNewItem(path, index));
  if (item >= 0) return insertList(file, document, path, item, value);
  // As deep as the file goes already; from there on, everything is new.
  let depth = path.length - 1;
  while (depth > 0 && !holdsEntries(document, path.slice(0, depth))) depth -= 1;
  const inner = path.slice(depth + 1).reduceRight<Json>((below, step) => ({ [String(step)]: below }), value);
  const result = insertKey(document, path.slice(0, depth), String(path[depth]), inner);
  return result.kind === 'edited' ? additionOf(file, document, result.after, printFieldPath(path)) : null;
}

/** A list with its first item, in place of one that is empty or missing. */
function insertList(
  file: string,
  document: OpenDocument,
  path: ConcretePath,
  item: number,
  value: Scalar,
): Replacement | null {
  const list = path.slice(0, item);
  const first = path.slice(item + 1).reduceRight<Json>((below, step) => ({ [String(step)]: below }), value);
  const result = reach(document, list)
    ? insertItem(document, list, first)
    : insertKey(document, list.slice(0, -1), String(list.at(-1)), [first]);
  return result.kind === 'edited' ? additionOf(file, document, result.after, printFieldPath(path)) : null;
}

function holdsEntries(document: OpenDocument, path: ConcretePath): boolean {
  const node = reach(document, path)?.node;
  if (!node) return false;
  const value = valueOf(node);
  return value === null || isRecord(value);
}
