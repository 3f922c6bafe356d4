import type { ConcretePath } from '../../kubernetes/field-path.ts';
import { isRecord, type Json, type Scalar } from '../../kubernetes/objects.ts';
import { helmValuesOf } from '../../renderers/helm-values.ts';
import type { ValuesInput } from '../../sources/declarations/plan.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { packagesOf } from './packages.ts';

/** A place that values are written in. */
export type Layer =
  /** `prefix` is where the file's values stand among those of the installed chart: a subchart's below its name. */
  | { readonly kind: 'file'; readonly file: string; readonly prefix: ConcretePath }
  /** What a packaged chart says of itself: nothing that could be edited. */
  | {
      readonly kind: 'package';
      readonly prefix: ConcretePath;
      readonly values: Readonly<Record<string, Json>>;
    }
  | { readonly kind: 'inline'; readonly input: Extract<ValuesInput, { kind: 'inline' }> }
  | { readonly kind: 'set'; readonly input: Extract<ValuesInput, { kind: 'set' }> };

/** A value as the chart's templates see it, and the layer that it is from. */
export type ValueNode =
  | { readonly kind: 'map'; readonly layer: Layer; readonly entries: ReadonlyMap<string, ValueNode> }
  | { readonly kind: 'list'; readonly layer: Layer; readonly items: readonly ValueNode[] }
  | { readonly kind: 'scalar'; readonly layer: Layer; readonly value: Scalar };

export interface Leaf {
  readonly path: ConcretePath;
  readonly value: Scalar;
  readonly layer: Layer;
}

/** Lowest precedence first: what subcharts say of themselves, the chart's own values, then what the release is given. */
export function layersOf(revision: Revision, root: HelmRoot): readonly Layer[] {
  const { closure, values } = root;
  const files = closure.parts
    .map(({ folder, prefix }) => ({
      kind: 'file' as const,
      file: folder === '.' ? 'values.yaml' : `${folder}/values.yaml`,
      prefix,
    }))
    .filter(({ file }) => closure.files.has(file));
  const packages = packagesOf(revision, root).map(({ prefix, values: said }): Layer => ({
    kind: 'package',
    prefix,
    values: said,
  }));
  const depth = (layer: Layer): number => ('prefix' in layer ? layer.prefix.length : 0);
  const own: readonly Layer[] = [...packages, ...files].sort((a, b) => depth(b) - depth(a));
  const given = values.map((input): Layer =>
    input.kind === 'file'
      ? { kind: 'file', file: input.path, prefix: [] }
      : input.kind === 'inline'
        ? { kind: 'inline', input }
        : { kind: 'set', input },
  );
  return [...own, ...given];
}

/** All values of a release, each from the layer that wins. */
export function valuesOf(revision: Revision, root: HelmRoot): ValueNode {
  return valuesIn(revision, layersOf(revision, root));
}

/** The values of these layers, each from the one that wins. */
export function valuesIn(revision: Revision, [first, ...rest]: readonly Layer[]): ValueNode {
  const empty: ValueNode = {
    kind: 'map',
    layer: first ?? { kind: 'file', file: '', prefix: [] },
    entries: new Map(),
  };
  return [...(first ? [first] : []), ...rest].reduce<ValueNode>((below, layer) => {
    const { path, value } = contentOf(revision, layer);
    return value === undefined ? below : merged(below, nestedAt(path, value), layer);
  }, empty);
}

/** What a layer says, and where among the values of the installed chart. */
export function contentOf(revision: Revision, layer: Layer): { path: ConcretePath; value: Json | undefined } {
  if (layer.kind === 'file') {
    const content = revision.tree.read(layer.file);
    const read = content && helmValuesOf(content);
    return { path: layer.prefix, value: read?.kind === 'values' ? read.values : undefined };
  }
  if (layer.kind === 'package') return { path: layer.prefix, value: layer.values };
  if (layer.kind === 'inline') return { path: [], value: layer.input.values as Json };
  const path = setPath(layer.input.name);
  return { path: path ?? [], value: path ? setValue(layer.input) : undefined };
}

/** The path that `--set` names; null for lists and escapes, which are not followed. */
export function setPath(name: string): ConcretePath | null {
  return /^[\w-]+(\.[\w-]+)*$/.test(name) ? name.split('.') : null;
}

function setValue({ value, asString }: Extract<ValuesInput, { kind: 'set' }>): Scalar {
  if (asString) return value;
  if (/^(true|false)$/.test(value)) return value === 'true';
  if (value === 'null') return null;
  return /^-?(0|[1-9]\d*)$/.test(value) ? Number(value) : value;
}

function nestedAt(path: ConcretePath, value: Json): Json {
  return path.reduceRight<Json>((inner, step) => ({ [String(step)]: inner }), value);
}

/** Mappings are merged; lists and single values are replaced as a whole, as Helm does it. */
function merged(below: ValueNode | undefined, value: Json, layer: Layer): ValueNode {
  if (Array.isArray(value))
    return { kind: 'list', layer, items: value.map((item: Json) => merged(undefined, item, layer)) };
  if (!isRecord(value)) return { kind: 'scalar', layer, value: value as Scalar };
  const entries = new Map(below?.kind === 'map' ? below.entries : []);
  for (const [key, inner] of Object.entries(value))
    entries.set(key, merged(entries.get(key), inner as Json, layer));
  return { kind: 'map', layer, entries };
}

export function nodeAtPath(root: ValueNode, path: ConcretePath): ValueNode | undefined {
  return path.reduce<ValueNode | undefined>(
    (node, step) =>
      node?.kind === 'map'
        ? node.entries.get(String(step))
        : node?.kind === 'list'
          ? node.items[Number(step)]
          : undefined,
    root,
  );
}

export function* leavesOf(node: ValueNode, path: ConcretePath = []): Iterable<Leaf> {
  if (node.kind === 'scalar') yield { path, value: node.value, layer: node.layer };
  else if (node.kind === 'list')
    for (const [index, item] of node.items.entries()) yield* leavesOf(item, [...path, index]);
  else for (const [key, inner] of node.entries) yield* leavesOf(inner, [...path, key]);
}

export function* mapsOf(
  node: ValueNode,
  path: ConcretePath = [],
): Iterable<{ readonly path: ConcretePath; readonly node: ValueNode }> {
  yield { path, node };
  if (node.kind === 'map') for (const [key, inner] of node.entries) yield* mapsOf(inner, [...path, key]);
}

/**
 * Values that put other ones in some places, as one more layer on top. A list is written whole, with all that its items hold, since
 * a layer replaces it whole.
 */
export function onTop(
  root: ValueNode,
  others: ReadonlyMap<string, Scalar>,
  absent: readonly { readonly path: ConcretePath; readonly value: Scalar }[] = [],
): Readonly<Record<string, Json>> {
  const whole = (node: ValueNode, path: ConcretePath): Json => {
    if (node.kind === 'scalar') return others.get(keyOf(path)) ?? node.value;
    if (node.kind === 'list') return node.items.map((item, index) => whole(item, [...path, index]));
    return Object.fromEntries(
      [...node.entries].map(([key, inner]) => [key, whole(inner, [...path, key])] as const),
    );
  };
  const within = (node: ValueNode, path: ConcretePath): Json | undefined => {
    if (node.kind === 'scalar') return others.get(keyOf(path));
    if (node.kind === 'list') {
      const isOther = [...leavesOf(node, path)].some((leaf) => others.has(keyOf(leaf.path)));
      return isOther ? whole(node, path) : undefined;
    }
    const entries = [...node.entries].flatMap(([key, inner]) => {
      const value = within(inner, [...path, key]);
      return value === undefined ? [] : [[key, value] as const];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
  const marked = (within(root, []) ?? {}) as Readonly<Record<string, Json>>;
  return absent.reduce((values, { path, value }) => withValue(values, path, value), marked);
}

/** With one more value, unless there is one. Names may be such as JavaScript has a meaning for. */
function withValue(
  values: Readonly<Record<string, Json>>,
  [step, ...rest]: ConcretePath,
  value: Json,
): Readonly<Record<string, Json>> {
  if (step === undefined) return values;
  const key = String(step);
  const known = (Object.hasOwn(values, key) ? values[key] : null) ?? null;
  if (rest.length === 0) return known === null ? { ...values, [key]: value } : values;
  if (known !== null && !isRecord(known)) return values;
  const below = (known ?? {}) as Readonly<Record<string, Json>>;
  return { ...values, [key]: withValue(below, rest, value) };
}

/** The values as such, without the layers that they are from. */
export function plain(node: ValueNode): Json {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, inner]) => [key, plain(inner)]));
}

export function keyOf(path: ConcretePath): string {
  return JSON.stringify(path);
}
