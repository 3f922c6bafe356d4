import { insertItem, insertKey } from '../edits/insert.ts';
import { documentValue } from '../edits/reach.ts';
import { type ConcretePath, concretePath, getAt, readablePath } from '../kubernetes/field-path.ts';
import { isScalarValue } from '../kubernetes/field.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import type { Match } from '../sources/find.ts';
import { additionOf, edited, printed } from './addition.ts';
import { nested } from './insert-field.ts';
import type { Layer } from './own-layers.ts';
import type { Replacement } from './replacements.ts';
import type { DesiredField } from './desired-fields.ts';

/** A patch that names the object, its containers and volumes by name, and sets nothing but the field. */
export function strategicMergePatch(
  layer: Layer,
  match: Match,
  { field, after }: DesiredField,
): Replacement | null {
  const { apiVersion, kind, metadata } = layer.entering;
  const change = nested(readablePath(match.rendered.object, field.path), after as Json);
  if (!isRecord(change)) return null;
  const { name, namespace } = metadata;
  const identity = {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  };
  return appendPatch(layer, field.text, { patch: printed(layer, { ...identity, ...change }) });
}

/** What the object may be called where a patch of the layer meets it: copies of one base differ in their last name alone. */
export function namesIn({ entering }: Layer, { rendered }: Match): readonly string[] {
  return [...new Set([entering.metadata.name, withoutHash(rendered.object.metadata.name)])];
}

/** Where a patch of a layer meets the field, and what it is there. */
interface Guard {
  readonly path: ConcretePath;
  readonly value: unknown;
}

/**
 * The field as the root renders it, or as the resource says it: other patches may move the item that it stands in, and a
 * reference enters a layer without the prefix and the hash that it leaves the root with.
 */
export function guardsIn(
  layer: Layer,
  { rendered }: Match,
  { field: { path, value } }: DesiredField,
): readonly Guard[] {
  const own = concretePath(layer.entering, readablePath(rendered.object, path));
  const found = own && getAt(layer.entering, own);
  const written = found !== undefined && isScalarValue(found) ? found : value;
  const bare = typeof value === 'string' ? withoutHash(value) : value;
  const guards = [
    ...[value, written, bare].map((one) => ({ path, value: one })),
    ...(own ? [{ path: own, value: written }] : []),
  ];
  return [...new Map(guards.map((guard) => [JSON.stringify(guard), guard])).values()];
}

/** A patch by position, guarded by a `test` of the value that it replaces. */
export function jsonPatch(
  layer: Layer,
  name: string,
  match: Match,
  desired: DesiredField,
  guard: Guard,
): Replacement | null {
  const operations = operationsFor(desired, guard);
  const { kind } = match.rendered.object;
  return (
    operations &&
    appendPatch(layer, desired.field.text, { target: { kind, name }, patch: printed(layer, operations) })
  );
}

function operationsFor({ field: { depth }, after }: DesiredField, { path, value }: Guard): Json[] | null {
  if (value !== undefined)
    return [
      { op: 'test', path: pointer(path), value: value as Json },
      { op: 'replace', path: pointer(path), value: after as Json },
    ];
  const inner = nested(path.slice(depth + 1), after as Json);
  return inner === undefined ? null : [{ op: 'add', path: pointer(path.slice(0, depth + 1)), value: inner }];
}

/**
 * Where `images`, `replicas` or `replacements` of the root set the value for several objects or containers, they overrule
 * its patches. What stands under `transformers` comes after them, and meets the object under its last name.
 */
export function lastPatch(layer: Layer, match: Match, desired: DesiredField): Replacement | null {
  const operations = operationsFor(desired, desired.field);
  if (!operations) return null;
  const { kind, metadata } = match.rendered.object;
  const { namespace } = metadata;
  const name = withoutHash(metadata.name);
  const patch = {
    apiVersion: 'builtin',
    kind: 'PatchTransformer',
    metadata: {
      name: `${name}-${desired.field.path.findLast((step) => typeof step === 'string') ?? 'patch'}`,
    },
    target: { kind, name, ...(namespace === undefined ? {} : { namespace }) },
    patch: printed(layer, operations),
  };
  const index = listLength(layer, ['transformers']);
  return appendItem(
    layer,
    ['transformers'],
    printed(layer, patch),
    `transformers[${index}] > ${desired.field.text}`,
  );
}

function pointer(path: ConcretePath): string {
  return path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function appendPatch(layer: Layer, field: string, item: Record<string, Json>): Replacement | null {
  const index = listLength(layer, ['patches']);
  const patch = appendItem(layer, ['patches'], item, `patches[${index}].patch > ${field}`);
  return patch && { ...patch, isPatch: true };
}

function listLength(layer: Layer, list: ConcretePath): number {
  const items = getAt(documentValue(layer.document), list);
  return Array.isArray(items) ? items.length : 0;
}

/** A new last item of a list, which is made if it is not there. */
export function appendItem(layer: Layer, list: ConcretePath, item: Json, path: string): Replacement | null {
  const { document } = layer;
  const after = edited(
    Array.isArray(getAt(documentValue(document), list))
      ? insertItem(document, list, item)
      : insertKey(document, list.slice(0, -1), String(list.at(-1)), [item]),
  );
  return after && additionOf(layer.file, document, after, path);
}
