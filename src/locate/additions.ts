import { decode, difference } from '../edits/edit.ts';
import { entryLines, houseStyle } from '../edits/house-style.ts';
import { insertItem, insertKey } from '../edits/insert.ts';
import { innerDocument } from '../edits/literal-block.ts';
import { documentValue, openDocument, outermost, type OpenDocument } from '../edits/open-document.ts';
import { additionAt } from '../edits/positions.ts';
import { splitDocuments } from '../edits/split.ts';
import {
  concretePath,
  getAt,
  parseFieldPath,
  printFieldPath,
  readablePath,
  type ConcretePath,
  type FieldPath,
} from '../kubernetes/field-path.ts';
import { isScalarValue } from '../kubernetes/field.ts';
import { parseImage } from '../kubernetes/images.ts';
import {
  isKubernetesObject,
  isRecord,
  refOf,
  type Json,
  type KubernetesObject,
} from '../kubernetes/objects.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { kustomizationIn } from '../renderers/kustomization.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { filesOf, includesRoot, standsFor, type KustomizeRoot, type PlainRoot } from '../sources/roots.ts';
import { generatorLiteral } from './generator-entries.ts';
import type { Wish } from './wishes.ts';
import type { Replacement } from './replacements.ts';

/**
 * Ways to give a field its value by writing something that is not there yet, as a person would: an entry of `images` or
 * `replicas`, a key in a document that is there, a strategic merge patch, a JSON6902 patch. Only files that no other
 * root reads are touched. The likeliest comes first.
 */
export function* additionsFor(revision: Revision, match: Match, wish: Wish): Iterable<Replacement> {
  const { root, rendered } = match;
  if (rendered.origin) {
    const { file, document, within } = rendered.origin;
    const place = openDocumentOf(revision, file, document);
    if (place) yield* some(insertInto({ file, document: place, within, mayAddItems: false }, wish));
  }
  if (root.kind === 'plain' && !rendered.origin)
    for (const place of plainDocuments(revision, root, rendered.object)) yield* some(insertInto(place, wish));
  if (root.kind !== 'kustomize') return;
  const layers = [...ownLayers(revision, root, match)];
  for (const layer of layers) yield* some(entry(layer, match, wish));
  for (const layer of layers) yield* some(literal(layer, revision, root, match, wish));
  for (const place of ownDocuments(revision, root, match))
    yield* some(insertInto(place, wish)).map((patch) => ({ ...patch, isPatch: place.mayAddItems }));
  for (const layer of layers) {
    yield* some(strategicMergePatch(layer, match, wish));
    for (const name of namesIn(layer, match))
      for (const guard of guardsIn(layer, match, wish))
        yield* some(jsonPatch(layer, name, match, wish, guard));
  }
}

/** What overrules everything else in the root, for where nothing else keeps the change to one object. */
export function* lastAdditionsFor(revision: Revision, match: Match, wish: Wish): Iterable<Replacement> {
  const { root } = match;
  if (root.kind !== 'kustomize') return;
  const layer = ownLayers(revision, root, match).find(
    ({ file }) => file === kustomizationIn(revision.tree, root.path),
  );
  if (layer) yield* some(lastPatch(layer, match, wish));
}

function some(addition: Replacement | null): readonly Replacement[] {
  return addition ? [addition] : [];
}

/** A document that speaks of the object: where it is defined, or a patch of it. */
interface Place {
  readonly file: string;
  readonly document: OpenDocument;
  /** Where in the document the object stands: an item of a List. */
  readonly within: ConcretePath;
  /** A strategic merge patch names only what it changes, so a list item may be added to it. */
  readonly mayAddItems: boolean;
}

/** A kustomization that contains the object and belongs to this root alone: where an overlay's changes are written. */
interface Layer {
  readonly file: string;
  readonly document: OpenDocument;
  /** The object as it enters the layer: patches name it so. */
  readonly entering: KubernetesObject;
}

/** Several overlays of one base may lie within a root: the deepest layer is the idiom, and one further out may be the only one that speaks of this object alone. */
const MOST_LAYERS = 6;

/** The deepest first. What a patch has renamed is known to the root's own patches by its new name. */
function ownLayers(revision: Revision, root: KustomizeRoot, match: Match): readonly Layer[] {
  const { object } = match.rendered;
  const definitions = definitionsOf(revision, root, object);
  const places =
    definitions.length === 0
      ? [{ folder: root.path, entering: object }]
      : definitions.flatMap((definition) =>
          foldersAround(revision, root, match, definition.file).map((folder) => ({
            folder,
            entering: definition.object,
          })),
        );
  return places.slice(0, MOST_LAYERS).flatMap(({ folder, entering }) => {
    const file = kustomizationIn(revision.tree, folder);
    const document = file && openDocumentOf(revision, file, 0);
    return file && document ? [{ file, document, entering }] : [];
  });
}

/** Kustomizations of this root alone that build from the file, the smallest first. */
function foldersAround(
  revision: Revision,
  root: KustomizeRoot,
  match: Match,
  file: string,
): readonly string[] {
  const folders = root.closure.folders
    .map((folder) => ({ folder, inner: revision.roots.at(folder) }))
    .filter(({ inner }) => inner?.kind === 'kustomize' && inner.closure.files.has(file))
    .filter(
      ({ folder }) => folder === root.path || isOwn(revision, match, kustomizationIn(revision.tree, folder)!),
    )
    .sort((a, b) => [...filesOf(a.inner!)].length - [...filesOf(b.inner!)].length)
    .map(({ folder }) => folder);
  return folders.length === 0 ? [root.path] : folders;
}

/**
 * The resources that the rendered object may be made from: of its kind, with the longest name that the rendered one
 * contains, one in its own namespace first.
 */
function definitionsOf(
  revision: Revision,
  root: KustomizeRoot,
  object: KubernetesObject,
): readonly { readonly file: string; readonly object: KubernetesObject }[] {
  const patches = patchFiles(revision, root);
  const found = [...root.closure.files]
    .filter(([file, role]) => role === 'objects' && !patches.has(file))
    .flatMap(([file]) =>
      revision.manifests(file).objects.map(({ object: candidate }) => ({ file, object: candidate })),
    )
    .filter(({ object: candidate }) => isMadeFrom(object, candidate));
  const longest = Math.max(...found.map(({ object: candidate }) => refOf(candidate).name.length));
  const isElsewhere = (candidate: KubernetesObject): boolean =>
    candidate.metadata.namespace !== object.metadata.namespace;
  return found
    .filter(({ object: candidate }) => refOf(candidate).name.length === longest)
    .sort((a, b) => Number(isElsewhere(a.object)) - Number(isElsewhere(b.object)));
}

function isMadeFrom(rendered: KubernetesObject, source: KubernetesObject): boolean {
  return source.kind === rendered.kind && refOf(rendered).name.includes(refOf(source).name);
}

/** True for a file that only the roots read which are meant. */
function isOwn(revision: Revision, { root, twins = [] }: Match, file: string): boolean {
  const meant = [root, ...twins];
  return revision.roots
    .readersOf(file)
    .every((reader) => meant.some((one) => includesRoot(reader, one) || standsFor(one, reader)));
}

function patchFiles(revision: Revision, root: KustomizeRoot): ReadonlySet<string> {
  const files = new Set<string>();
  for (const folder of root.closure.folders) {
    const value = revision.kustomization(kustomizationIn(revision.tree, folder)!);
    const references = [
      ...(Array.isArray(value['patchesStrategicMerge']) ? (value['patchesStrategicMerge'] as unknown[]) : []),
      ...['patches', 'patchesJson6902'].flatMap((key) =>
        (Array.isArray(value[key]) ? (value[key] as unknown[]) : []).map((item) =>
          isRecord(item) ? item['path'] : undefined,
        ),
      ),
    ];
    for (const reference of references) {
      if (typeof reference === 'string' && !reference.includes('\n'))
        files.add(`${folder === '.' ? '' : `${folder}/`}${reference}`.replace(/(^|\/)\.\//g, '$1'));
    }
  }
  return files;
}

/** Documents about the object in files that this root alone reads, where it is defined first, then patches in files and inline. */
function ownDocuments(revision: Revision, root: KustomizeRoot, match: Match): readonly Place[] {
  const { object } = match.rendered;
  const patches = patchFiles(revision, root);
  const inFiles: Place[] = [];
  const inline: Place[] = [];
  for (const [file, role] of root.closure.files) {
    if (!isOwn(revision, match, file)) continue;
    if (role === 'objects') {
      for (const { object: candidate, origin } of revision.manifests(file).objects) {
        const document = isMadeFrom(object, candidate)
          ? openDocumentOf(revision, file, origin.document)
          : null;
        if (document) inFiles.push({ file, document, within: origin.within, mayAddItems: patches.has(file) });
      }
    } else if (role === 'kustomization') {
      const document = openDocumentOf(revision, file, 0);
      if (document) inline.push(...inlinePatches(file, document, object));
    }
  }
  return [...inFiles.sort((a, b) => Number(a.mayAddItems) - Number(b.mayAddItems)), ...inline];
}

/** Where an object is written whose variables have been filled in since. */
function plainDocuments(revision: Revision, root: PlainRoot, object: KubernetesObject): readonly Place[] {
  return root.files.flatMap((file) =>
    revision.manifests(file).objects.flatMap(({ object: candidate, origin: { document: index, within } }) => {
      const document = isMadeFrom(object, candidate) ? openDocumentOf(revision, file, index) : null;
      return document ? [{ file, document, within, mayAddItems: false }] : [];
    }),
  );
}

function inlinePatches(file: string, document: OpenDocument, object: KubernetesObject): readonly Place[] {
  const value = documentValue(document) as Readonly<Record<string, Json>>;
  const paths: ConcretePath[] = [
    ...(Array.isArray(value['patches']) ? value['patches'] : []).map(
      (_: Json, index: number) => ['patches', index, 'patch'] as const,
    ),
    ...(Array.isArray(value['patchesStrategicMerge']) ? value['patchesStrategicMerge'] : []).map(
      (_: Json, index: number) => ['patchesStrategicMerge', index] as const,
    ),
  ];
  return paths.flatMap((path) => {
    const inner = innerDocument(document, path);
    if ('code' in inner) return [];
    const patch = documentValue(inner);
    return isKubernetesObject(patch) && isMadeFrom(object, patch)
      ? [{ file, document: inner, within: [], mayAddItems: true }]
      : [];
  });
}

function insertInto(place: Place, { field, after }: Wish): Replacement | null {
  const document = insertField(place.document, place, parseFieldPath(field.text), after as Json);
  return document && additionOf(place.file, place.document, document, field.text);
}

/** Adds one field, with the parents that it lacks; null where this document cannot hold it. */
function insertField(
  document: OpenDocument,
  place: Place,
  steps: FieldPath,
  value: Json,
): OpenDocument | null {
  const object = getAt(documentValue(document), place.within);
  const here: (string | number)[] = [...place.within];
  let node: unknown = object;
  for (const [index, step] of steps.entries()) {
    const rest = steps.slice(index + 1);
    if (typeof step === 'object') {
      if (!Array.isArray(node)) return null;
      const at = node.findIndex((item) => isRecord(item) && String(item[step.key]) === step.value);
      if (at < 0)
        return place.mayAddItems
          ? edited(insertItem(document, here, { [step.key]: step.value, ...(nested(rest, value) as object) }))
          : null;
      here.push(at);
      node = node[at] as unknown;
    } else if (typeof step === 'number') {
      // An index counts in the rendered list; a patch's list is another one.
      if (place.mayAddItems || !Array.isArray(node) || step >= node.length) return null;
      here.push(step);
      node = node[step] as unknown;
    } else {
      if (!isRecord(node)) return null;
      const child = node[step];
      if (child === undefined || child === null || index === steps.length - 1) {
        if (child !== undefined && child !== null) return null;
        const inner = nested(rest, value);
        if (inner === undefined || (!place.mayAddItems && rest.some((one) => typeof one !== 'string')))
          return null;
        return edited(insertKey(document, here, step, inner, { after: PREDECESSORS[step] ?? [] }));
      }
      here.push(step);
      node = child;
    }
  }
  return null;
}

function edited(result: ReturnType<typeof insertKey>): OpenDocument | null {
  return result.kind === 'edited' ? result.after : null;
}

/** Where people put a key: behind the first of these that is there. */
const PREDECESSORS: Readonly<Record<string, readonly string[]>> = {
  resources: ['envFrom', 'env', 'ports', 'args', 'command', 'imagePullPolicy', 'image', 'name'],
  image: ['name'],
  replicas: [],
  limits: ['requests'],
};

/** `limits.memory` with 1Gi becomes {limits: {memory: 1Gi}}; items of lists carry the key that names them. */
function nested(steps: FieldPath, value: Json): Json | undefined {
  return steps.reduceRight<Json | undefined>((inner, step) => {
    if (inner === undefined || typeof step === 'number') return undefined;
    if (typeof step === 'string') return { [step]: inner };
    return isRecord(inner) ? [{ [step.key]: step.value, ...(inner as Record<string, Json>) }] : undefined;
  }, value);
}

/** An entry of `images` or `replicas`, the idiom for what they set. */
function entry(layer: Layer, match: Match, { field, after }: Wish): Replacement | null {
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

/** A patch that names the object, its containers and volumes by name, and sets nothing but the field. */
function strategicMergePatch(layer: Layer, match: Match, { field, after }: Wish): Replacement | null {
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
function namesIn({ entering }: Layer, { rendered }: Match): readonly string[] {
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
function guardsIn(layer: Layer, { rendered }: Match, { field: { path, value } }: Wish): readonly Guard[] {
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

/** A literal of a generator, in the layer's own or in one that merges. */
function literal(
  layer: Layer,
  revision: Revision,
  root: KustomizeRoot,
  match: Match,
  { field, after }: Wish,
): Replacement | null {
  const all = root.closure.folders.map((folder) =>
    revision.kustomization(kustomizationIn(revision.tree, folder)!),
  );
  const own = documentValue(layer.document) as Readonly<Record<string, Json>>;
  const found = generatorLiteral(own, all, match.rendered.object, field.path, after);
  return found && appendItem(layer, found.list, found.item, `${printFieldPath(found.list)} > ${field.text}`);
}

/** A patch by position, guarded by a `test` of the value that it replaces. */
function jsonPatch(layer: Layer, name: string, match: Match, wish: Wish, guard: Guard): Replacement | null {
  const operations = operationsFor(wish, guard);
  const { kind } = match.rendered.object;
  return (
    operations &&
    appendPatch(layer, wish.field.text, { target: { kind, name }, patch: printed(layer, operations) })
  );
}

function operationsFor({ field: { depth }, after }: Wish, { path, value }: Guard): Json[] | null {
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
function lastPatch(layer: Layer, match: Match, wish: Wish): Replacement | null {
  const operations = operationsFor(wish, wish.field);
  if (!operations) return null;
  const { kind, metadata } = match.rendered.object;
  const { namespace } = metadata;
  const name = withoutHash(metadata.name);
  const patch = {
    apiVersion: 'builtin',
    kind: 'PatchTransformer',
    metadata: { name: `${name}-${wish.field.path.findLast((step) => typeof step === 'string') ?? 'patch'}` },
    target: { kind, name, ...(namespace === undefined ? {} : { namespace }) },
    patch: printed(layer, operations),
  };
  const index = listLength(layer, ['transformers']);
  return appendItem(
    layer,
    ['transformers'],
    printed(layer, patch),
    `transformers[${index}] > ${wish.field.text}`,
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
function appendItem(layer: Layer, list: ConcretePath, item: Json, path: string): Replacement | null {
  const { document } = layer;
  const after = edited(
    Array.isArray(getAt(documentValue(document), list))
      ? insertItem(document, list, item)
      : insertKey(document, list.slice(0, -1), String(list.at(-1)), [item]),
  );
  return after && additionOf(layer.file, document, after, path);
}

/** New YAML in the style of the file it goes into. */
function printed(layer: Layer, value: Json): string {
  const style = houseStyle(layer.document);
  const lines = Array.isArray(value)
    ? entryLines('x', value, { ...style, dashStep: 0 })?.slice(1)
    : Object.entries(value as object).flatMap(([key, inner]) => entryLines(key, inner as Json, style) ?? []);
  return `${(lines ?? []).join('\n')}\n`;
}

/** The one edit between two states of a file, and the site where its text starts. */
export function additionOf(
  file: string,
  before: OpenDocument,
  after: OpenDocument,
  path: string,
): Replacement {
  const [old, now] = [outermost(before).text, outermost(after).text];
  const edit = difference(file, old, now);
  const document = outermost(before).range.index;
  const printed = before.host ? `${printFieldPath(before.host.path)} > ${path}` : path;
  return { edits: [edit], site: { file, document, ...additionAt(old, edit), path: printed, kind: 'add' } };
}

function openDocumentOf(revision: Revision, file: string, index: number): OpenDocument | null {
  const content = revision.tree.read(file);
  const text = content && decode(content);
  const range = text === undefined || text === null ? undefined : splitDocuments(text)[index];
  if (typeof text !== 'string' || !range) return null;
  const document = openDocument(text, range, { language: file.endsWith('.json') ? 'json' : 'yaml' });
  return 'code' in document ? null : document;
}
