import { insertItem, insertKey } from '../edits/insert.ts';
import { documentValue } from '../edits/reach.ts';
import { printFieldPath } from '../kubernetes/field-path.ts';
import { parseImage } from '../kubernetes/images.ts';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import { kustomizationIn } from '../renderers/kustomization.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { KustomizeRoot } from '../sources/roots.ts';
import { appendItem, guardsIn, jsonPatch, lastPatch, namesIn, strategicMergePatch } from './added-patches.ts';
import { additionOf, edited } from './addition.ts';
import { generatorLiteral } from './generator-entries.ts';
import { insertInto } from './insert-field.ts';
import { ownDocuments, plainDocuments } from './own-documents.ts';
import { type Layer, openDocumentOf, ownLayers } from './own-layers.ts';
import type { Replacement } from './replacements.ts';
import type { DesiredField } from './desired-fields.ts';

/**
 * Ways to give a field its value by writing something that is not there yet, as a person would: an entry of `images` or
 * `replicas`, a key in a document that is there, a strategic merge patch, a JSON6902 patch. Only files that no other
 * root reads are touched. The likeliest comes first.
 */
export function* additionsFor(
  revision: Revision,
  match: Match,
  desired: DesiredField,
): Iterable<Replacement> {
  const { root, rendered } = match;
  if (rendered.origin) {
    const { file, document, within } = rendered.origin;
    const place = openDocumentOf(revision, file, document);
    if (place) yield* some(insertInto({ file, document: place, within, mayAddItems: false }, desired));
  }
  if (root.kind === 'plain' && !rendered.origin)
    for (const place of plainDocuments(revision, root, rendered.object))
      yield* some(insertInto(place, desired));
  if (root.kind !== 'kustomize') return;
  const layers = [...ownLayers(revision, root, match)];
  for (const layer of layers) yield* some(entry(layer, match, desired));
  for (const layer of layers) yield* some(literal(layer, revision, root, match, desired));
  for (const place of ownDocuments(revision, root, match))
    yield* some(insertInto(place, desired)).map((patch) => ({ ...patch, isPatch: place.mayAddItems }));
  for (const layer of layers) {
    yield* some(strategicMergePatch(layer, match, desired));
    for (const name of namesIn(layer, match))
      for (const guard of guardsIn(layer, match, desired))
        yield* some(jsonPatch(layer, name, match, desired, guard));
  }
}

/** What overrules everything else in the root, for where nothing else keeps the change to one object. */
export function* lastAdditionsFor(
  revision: Revision,
  match: Match,
  desired: DesiredField,
): Iterable<Replacement> {
  const { root } = match;
  if (root.kind !== 'kustomize') return;
  const layer = ownLayers(revision, root, match).find(
    ({ file }) => file === kustomizationIn(revision.tree, root.path),
  );
  if (layer) yield* some(lastPatch(layer, match, desired));
}

function some(addition: Replacement | null): readonly Replacement[] {
  return addition ? [addition] : [];
}

/** An entry of `images` or `replicas`, the idiom for what they set. */
function entry(layer: Layer, match: Match, { field, after }: DesiredField): Replacement | null {
  const own = documentValue(layer.document) as Readonly<Record<string, Json>>;
  if (field.path.at(-1) === 'image' && typeof field.value === 'string' && typeof after === 'string') {
    const [was, wanted] = [parseImage(field.value), parseImage(after)];
    if (!was || !wanted) return null;
    const change = {
      ...(wanted.name === was.name ? {} : { newName: wanted.name }),
      ...(wanted.tag === null ? {} : { newTag: wanted.tag }),
      ...(wanted.digest === null ? {} : { digest: wanted.digest }),
    };
    return append(layer, 'images', own['images'], { name: was.name, ...change });
  }
  const scalable = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'].includes(
    match.rendered.object.kind,
  );
  if (field.text === 'spec.replicas' && scalable && typeof after === 'number') {
    return append(layer, 'replicas', own['replicas'], { name: layer.entering.metadata.name, count: after });
  }
  return null;
}

function append(
  layer: Layer,
  key: string,
  list: Json | undefined,
  item: Record<string, Json>,
): Replacement | null {
  const taken =
    Array.isArray(list) && list.some((other: Json) => isRecord(other) && other['name'] === item['name']);
  if (taken) return null;
  const result = Array.isArray(list)
    ? insertItem(layer.document, [key], item)
    : insertKey(layer.document, [], key, [item]);
  const after = edited(result);
  return after && additionOf(layer.file, layer.document, after, `${key}[name=${String(item['name'])}]`);
}

/** A literal of a generator, in the layer's own or in one that merges. */
function literal(
  layer: Layer,
  revision: Revision,
  root: KustomizeRoot,
  match: Match,
  { field, after }: DesiredField,
): Replacement | null {
  const all = root.closure.folders.map((folder) =>
    revision.kustomization(kustomizationIn(revision.tree, folder)!),
  );
  const own = documentValue(layer.document) as Readonly<Record<string, Json>>;
  const found = generatorLiteral(own, all, match.rendered.object, field.path, after);
  return found && appendItem(layer, found.list, found.item, `${printFieldPath(found.list)} > ${field.text}`);
}
