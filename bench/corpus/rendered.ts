import { parseAllDocuments } from 'yaml';

/*
 * A second opinion on what an edit did, written apart from src/proof: another parser, another way to compare. An object
 * is turned into what it should have become, and that must be what it is.
 */

export type Value =
  string | number | boolean | null | Date | readonly Value[] | { readonly [key: string]: Value };
export type Path = readonly (string | number)[];

export interface RenderedThing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly value: Value;
}

export function documentsOf(text: string): readonly string[] {
  return text.split(/^---.*\n/m).filter((document) => /\S/.test(document));
}

/** What the documents of YAML text say; null when it is not YAML. */
export function valuesIn(text: string): readonly Value[] | null {
  const documents = parseAllDocuments(text, { version: '1.1', logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  const values: Value[] = [];
  for (const document of documents) {
    if (document.errors.length > 0) return null;
    try {
      // A dot alone is a number to this parser, and a folder to all others.
      const dot = (_key: unknown, value: unknown): unknown => (Number.isNaN(value) ? '.' : value);
      values.push(document.toJS({ maxAliasCount: 1000, reviver: dot }) as Value);
    } catch {
      return null;
    }
  }
  return values;
}

/** The objects in YAML text, items of Lists included; null when it is not YAML. */
export function thingsIn(text: string): readonly RenderedThing[] | null {
  const values = valuesIn(text);
  if (values === null) return null;
  return values.flatMap(opened).flatMap((value): RenderedThing[] => {
    const { apiVersion, kind, metadata } = (value ?? {}) as Record<string, any>;
    return typeof kind === 'string' && typeof metadata?.name === 'string'
      ? [
          {
            apiVersion: String(apiVersion),
            kind,
            namespace: metadata.namespace,
            name: metadata.name,
            value: value as Value,
          },
        ]
      : [];
  });
}

function opened(value: unknown): readonly unknown[] {
  const { kind, items } = (value ?? {}) as Record<string, unknown>;
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : [value];
}

export interface Expectation {
  readonly thing: RenderedThing;
  readonly path: Path;
  readonly after: Value;
}

/** An object whose change is no effect of its own: it declares what is rendered and compared by itself. */
export type IsMeans = (thing: RenderedThing) => boolean;

/** Null when the root renders exactly what was expected and nothing else; otherwise what is wrong. */
export function strayIn(
  before: string,
  after: string,
  expected: Expectation | null,
  isMeans: IsMeans,
): string | null {
  const pairs = changedPairs(before, after, isMeans);
  if (typeof pairs === 'string') return pairs;
  const renamed = generatedRenames(pairs);
  let met = expected === null;
  for (const [old, now] of pairs) {
    const isTarget = expected !== null && idOf(old) === idOf(expected.thing);
    const wanted = isTarget ? withValue(old.value, expected.path, expected.after) : old.value;
    const [should, is] = [withoutChecksums(replaceNames(wanted, renamed)), withoutChecksums(now.value)];
    if (canonical(should) !== canonical(is)) return `${old.kind} ${old.name}: ${firstDifference(should, is)}`;
    met ||= isTarget;
  }
  return met ? null : 'the field is what it was';
}

/** For a root that is built from the one that was asked: only the same field may have changed, of however many objects. */
export function strayBeside(before: string, after: string, path: Path, isMeans: IsMeans): string | null {
  const pairs = changedPairs(before, after, isMeans);
  if (typeof pairs === 'string') return pairs;
  const renamed = generatedRenames(pairs);
  for (const [old, now] of pairs) {
    const difference = firstDifference(replaceNames(old.value, renamed), now.value);
    // A value may have come with all that lies above it.
    const place = difference?.split(':')[0]!.split('/').at(-1);
    if (place !== undefined && !path.map(String).includes(place))
      return `${old.kind} ${old.name}: ${difference}`;
  }
  return null;
}

/** One value that is another now. */
export interface LeafChange {
  readonly thing: RenderedThing;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** Every single value that changed; null where objects appeared, disappeared or changed their shape. */
export function leafChanges(before: string, after: string, isMeans: IsMeans): readonly LeafChange[] | null {
  const pairs = changedPairs(before, after, isMeans);
  if (typeof pairs === 'string') return null;
  const renamed = generatedRenames(pairs);
  return pairs.flatMap(([thing, now]) =>
    [...leaves(withoutChecksums(replaceNames(thing.value, renamed)), withoutChecksums(now.value))].map(
      (change) => ({ thing, ...change }),
    ),
  );
}

function* leaves(a: Value | undefined, b: Value | undefined): Iterable<Omit<LeafChange, 'thing'>> {
  if (canonical(a ?? null) === canonical(b ?? null) && (a === undefined) === (b === undefined)) return;
  // What is new, or gone, is so in each of its values.
  const [old, now] = [a ?? emptyLike(b), b ?? emptyLike(a)];
  const both = [old, now];
  const keys = new Set(both.flatMap((value) => (typeof value === 'object' ? Object.keys(value ?? {}) : [])));
  if ((!both.every(isMapping) && !both.every((value) => Array.isArray(value))) || keys.size === 0) {
    yield { before: a, after: b };
    return;
  }
  for (const key of keys) yield* leaves((old as any)[key], (now as any)[key]);
}

function emptyLike(value: Value | undefined): Value | undefined {
  return isMapping(value) ? {} : Array.isArray(value) ? [] : undefined;
}

type Pair = readonly [RenderedThing, RenderedThing];

/** Objects that are written differently before and after, or a sentence when one appeared or disappeared. */
function changedPairs(before: string, after: string, isMeans: IsMeans): readonly Pair[] | string {
  const [olds, news] = [documentsOf(before), documentsOf(after)];
  const [inOld, inNew] = [new Set(olds), new Set(news)];
  const parse = (texts: readonly string[]) => texts.map((text) => thingsIn(text));
  const gone = parse(olds.filter((text) => !inNew.has(text)));
  const come = parse(news.filter((text) => !inOld.has(text)));
  if (gone.includes(null) || come.includes(null)) return 'what is rendered is not YAML any more';
  const [old, now] = [gone.flatMap((things) => things!), come.flatMap((things) => things!)];
  if (old.length !== now.length) return `${old.length} objects became ${now.length}`;
  const left = [...now];
  const pairs: Pair[] = [];
  for (const thing of old) {
    let index = left.findIndex((other) => idOf(other) === idOf(thing));
    if (index < 0) index = left.findIndex((other) => idOf(other, true) === idOf(thing, true));
    if (index < 0) return `${thing.kind} ${thing.name} is gone`;
    pairs.push([thing, left[index]!]);
    left.splice(index, 1);
  }
  return pairs.filter(([thing]) => !isMeans(thing));
}

export function idOf({ apiVersion, kind, namespace, name }: RenderedThing, withoutHash = false): string {
  const stem = withoutHash ? name.replace(/-[0-9a-z]{10}$/, '') : name;
  return [apiVersion.replace(/[^/]*$/, ''), kind, namespace ?? '', stem].join(' ');
}

/** ConfigMaps and Secrets whose generated hash changed with their content, and so the references to them. */
function generatedRenames(pairs: readonly Pair[]): ReadonlyMap<string, string> {
  return new Map(
    pairs
      .filter(([old, now]) => ['ConfigMap', 'Secret'].includes(old.kind) && old.name !== now.name)
      .map(([old, now]) => [old.name, now.name]),
  );
}

/** Charts write a digest of what a pod reads beside it, so that it starts anew when that changes. */
function withoutChecksums(value: Value): Value {
  if (Array.isArray(value)) return value.map((item) => withoutChecksums(item as Value));
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).filter(([key]) => !key.startsWith('checksum/'));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutChecksums(item)]));
}

function replaceNames(value: Value, renamed: ReadonlyMap<string, string>): Value {
  if (typeof value === 'string') return renamed.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => replaceNames(item as Value, renamed));
  if (isMapping(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceNames(item, renamed)]));
  return value;
}

export function isMapping(value: unknown): value is Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function valueAt(value: Value, path: Path): Value | undefined {
  let here: any = value;
  for (const segment of path) here = here?.[segment];
  return here as Value | undefined;
}

function withValue(value: Value, [segment, ...rest]: Path, after: Value): Value {
  if (segment === undefined) return after;
  if (typeof segment === 'number') {
    const list = [...(value as readonly Value[])];
    list[segment] = withValue(list[segment]!, rest, after);
    return list;
  }
  const mapping = isMapping(value) ? value : {};
  return { ...mapping, [segment]: withValue(mapping[segment] ?? null, rest, after) };
}

/** JSON with sorted keys: lists by index, mappings in any order. */
function canonical(value: Value): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    isMapping(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

function firstDifference(a: Value | undefined, b: Value | undefined, path = ''): string | null {
  if (canonical(a ?? null) === canonical(b ?? null) && (a === undefined) === (b === undefined)) return null;
  const both = [a, b];
  if (both.every(isMapping) || both.every((value) => Array.isArray(value))) {
    for (const key of new Set([...Object.keys(a as object), ...Object.keys(b as object)])) {
      const found = firstDifference((a as any)[key], (b as any)[key], `${path}/${key}`);
      if (found) return found;
    }
  }
  return `${path}: ${JSON.stringify(a)?.slice(0, 80)} became ${JSON.stringify(b)?.slice(0, 80)}`;
}
