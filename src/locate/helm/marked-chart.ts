import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { applyEdits, decode } from '../../edits/edit.ts';
import { getAt, type ConcretePath } from '../../kubernetes/field-path.ts';
import { groupOf, refOf, type Json, type KubernetesObject, type Scalar } from '../../kubernetes/objects.ts';
import type { Rendering } from '../../renderers/rendering.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { packagesOf } from './packages.ts';
import { generatorScalars, templateScalars } from '../generator-scalars.ts';
import type { SourceScalar } from '../source-scalars.ts';
import {
  appVersionIn,
  literalsIn,
  referencesIn,
  valuesNamedIn,
  type Literal,
  type References,
} from './template-text.ts';
import {
  keyOf,
  leavesOf,
  mapsOf,
  nodeAtPath,
  onTop,
  plain,
  setPath,
  valuesOf,
  type Leaf,
  type ValueNode,
} from './values.ts';

/** What a marker stands for: a value of the release, a literal of a template, or a scalar that a generator hands to whatever declares the release. */
export type Source =
  | {
      readonly kind: 'value';
      readonly path: ConcretePath;
      readonly value: Scalar;
      readonly leaf: Leaf | null;
    }
  | { readonly kind: 'literal'; readonly literal: Literal; readonly value: Scalar }
  | { readonly kind: 'generated'; readonly scalar: SourceScalar; readonly value: Scalar }
  /** A text that an ApplicationSet's template makes with actions: what comes out of them is not known here. */
  | { readonly kind: 'template'; readonly scalar: SourceScalar; readonly value: null };

/** A field as it renders while markers stand in for the sources. */
export interface Sight {
  readonly sources: ReadonlyMap<number, Source>;
  /** The field's value with markers in it. */
  readonly marked: Scalar;
}

/** Renders spent on one set of markers that does not render as a whole. */
const MOST_RENDERS = 40;
/** Empty values of one field that are filled in one by one. */
const MOST_ALONE = 8;

/**
 * Which values and which literals of templates each field of a chart is made from: they are rendered once more with markers
 * in their place. What makes the render fail, or an object disappear, is found by halving. Empty and undefined values are marked only when
 * somebody asks for a field that nothing else explains: marking them makes conditions true.
 */
export class MarkedChart {
  readonly values: ValueNode;
  readonly references: References;
  readonly #revision: Revision;
  readonly #root: HelmRoot;
  readonly #objects: Promise<readonly KubernetesObject[]>;
  #handedOn: Promise<ReadonlyMap<string, readonly Sight[]>> | undefined;
  readonly #sights = new Map<Pass, Promise<ReadonlyMap<string, readonly Sight[]>>>();
  /** Passes that were not done when their renders were spent. */
  readonly #spent = new Set<Pass>();
  readonly #alone = new Map<string, Promise<ReadonlyMap<string, readonly Sight[]>>>();

  constructor(revision: Revision, root: HelmRoot) {
    this.#revision = revision;
    this.#root = root;
    this.values = valuesOf(revision, root);
    this.references = references(revision, root);
    this.#objects = revision
      .render(root)
      .then((rendering) =>
        rendering.kind === 'failed' ? [] : rendering.objects.map(({ object }) => object),
      );
  }

  /** How the field looks in one pass; several where the markers did not render together. */
  async sights(pass: Pass, object: KubernetesObject, path: ConcretePath): Promise<readonly Sight[]> {
    const key = fieldKey(identity(object), path);
    const seen = (await this.#pass(pass)).get(key) ?? [];
    if (seen.length > 0 || !this.#spent.has(pass)) return seen;
    const value = getAt(object, path);
    const parts = this.#sourcesOf(pass).filter((source) => isPartOf(source, value));
    const known = `${pass} ${key}`;
    const alone = this.#alone.get(known) ?? this.#look(pass, parts, [object]);
    this.#alone.set(known, alone);
    return (await alone).get(key) ?? [];
  }

  /**
   * How the field looks with each empty value filled in alone, where several were in it: `global.imageRegistry` takes the place of
   * the registry, and would hide what the tag alone does.
   */
  async emptyAlone(object: KubernetesObject, path: ConcretePath): Promise<readonly Sight[]> {
    const together = await this.sights('empty', object, path);
    const sources = together
      .filter(({ sources: some }) => some.size > 1)
      .flatMap(({ sources: some }) => [...some.values()]);
    const found = new Map<string, Sight[]>();
    for (const source of sources.slice(0, MOST_ALONE)) {
      const numbered = new Map([[0, source]]);
      const marked = await this.#render(numbered);
      const other =
        marked.kind === 'rendered' && marked.objects.find((one) => identity(one.object) === identity(object));
      if (other) collect(other.object, object, [], identity(object), numbered, found);
    }
    return found.get(fieldKey(identity(object), path)) ?? [];
  }

  /** How one value of the release looks while what is handed on to it is marked: known without the chart. */
  async sightsOfValue(path: ConcretePath): Promise<readonly Sight[]> {
    this.#handedOn ??= this.#lookAtValues();
    return (await this.#handedOn).get(fieldKey('', path)) ?? [];
  }

  async #lookAtValues(): Promise<ReadonlyMap<string, readonly Sight[]>> {
    const found = new Map<string, Sight[]>();
    const unmarked = plain(this.values);
    let tries = 0;
    const look = async (some: readonly Source[]): Promise<void> => {
      if (some.length === 0 || tries >= MOST_RENDERS) return;
      tries += 1;
      const numbered = new Map(some.slice(0, MOST_NUMBERS).map((source, index) => [index, source]));
      const revision = this.#revision.with(edited(this.#revision, editsOf(numbered)));
      const here = await revision.here(this.#root);
      const marked = here?.kind === 'helm' ? plain(valuesOf(revision, here)) : null;
      if (marked !== null && isExplained(marked, unmarked, numbered))
        collect(marked, unmarked, [], '', numbered, found);
      else for (const part of apart(some, '')) await look(part);
    };
    await look(generatedValues(this.#revision, this.#root, 'generated'));
    return found;
  }

  /** All fields of an object that values show in. */
  async seenIn(object: KubernetesObject): Promise<readonly (readonly [ConcretePath, readonly Sight[]])[]> {
    const start = identity(object);
    const passes = [await this.#pass('values'), await this.#pass('chosen')];
    return passes
      .flatMap((pass) => [...pass])
      .filter(([key]) => key.startsWith(`${start}[`))
      .map(([key, sights]) => [JSON.parse(key.slice(start.length)) as ConcretePath, sights] as const);
  }

  /** Values that a piece of a template names. */
  namedIn({ file, text }: Literal): readonly ConcretePath[] {
    return valuesNamedIn(text, this.#prefixOf(file));
  }

  /** Where the values of a template's chart stand among those of the installed one. */
  #prefixOf(template: string): ConcretePath {
    const part = this.#root.closure.parts
      .filter(({ folder }) => folder === '.' || template.startsWith(`${folder}/`))
      .toSorted((a, b) => b.folder.length - a.folder.length)[0];
    return part?.prefix ?? [];
  }

  /** Paths of values that fields below this one are made from. */
  async valuesBelow(object: KubernetesObject, path: ConcretePath): Promise<readonly ConcretePath[]> {
    const start = fieldKey(identity(object), path).slice(0, -1);
    return [...(await this.#pass('values'))]
      .filter(([key]) => key.startsWith(start))
      .flatMap(([, sights]) => sights)
      .flatMap(({ sources }) => [...sources.values()])
      .flatMap((source) => (source.kind === 'value' ? [source.path] : []));
  }

  #pass(pass: Pass): Promise<ReadonlyMap<string, readonly Sight[]>> {
    const known =
      this.#sights.get(pass) ??
      this.#objects.then((objects) => this.#look(pass, this.#sourcesOf(pass), objects));
    this.#sights.set(pass, known);
    return known;
  }

  #sourcesOf(pass: Pass): readonly Source[] {
    if (pass === 'values' || pass === 'chosen') return setValues(this.values, this.references, pass);
    if (pass === 'empty') return emptyValues(this.values, this.references);
    if (pass === 'generated' || pass === 'template') return generatedValues(this.#revision, this.#root, pass);
    if (pass === 'appVersion') return appVersions(this.#revision, this.#root);
    return templateLiterals(this.#revision, this.#root, pass);
  }

  async #look(
    pass: Pass,
    sources: readonly Source[],
    objects: readonly KubernetesObject[],
  ): Promise<ReadonlyMap<string, readonly Sight[]>> {
    const found = new Map<string, Sight[]>();
    let renders = 0;
    const look = async (some: readonly Source[], wanted: readonly KubernetesObject[]): Promise<void> => {
      if (some.length === 0 || wanted.length === 0) return;
      if (renders >= MOST_RENDERS) return void this.#spent.add(pass);
      renders += 1;
      const numbered = new Map(some.slice(0, MOST_NUMBERS).map((source, index) => [index, source]));
      const marked = await this.#render(numbered);
      if (marked.kind === 'failed') {
        for (const part of apart(some, marked.message)) await look(part, wanted);
        return;
      }
      // Markers in its name leave an object the one that it is.
      const byIdentity = new Map(
        marked.objects.map(({ object }) => [unmarkedText(identity(object), numbered), object]),
      );
      // An object that was left out shows nothing: fewer markers may leave it alone. So it is with one that a marked generator makes of
      // other elements.
      const lost = new Set(wanted.filter((object) => !byIdentity.has(identity(object))));
      const others = pass === 'generated' ? wanted.filter((object) => !lost.has(object)) : [];
      for (const object of others)
        if (
          !isExplained(byIdentity.get(identity(object)), object, numbered) &&
          (await this.#isStable(object))
        )
          lost.add(object);
      for (const object of wanted)
        if (!lost.has(object))
          collect(byIdentity.get(identity(object)), object, [], identity(object), numbered, found);
      for (const part of apart(some, '')) await look(part, [...lost]);
    };
    await look(sources, objects);
    return found;
  }

  /** False for an object that the chart makes anew each time, with random values in it. */
  async #isStable(object: KubernetesObject): Promise<boolean> {
    const again = await this.#revision.renderAgain(this.#root);
    const same = again.kind === 'rendered' ? again.objects.map((one) => one.object) : [];
    const other = same.find((one) => identity(one) === identity(object));
    return other === undefined || isDeepStrictEqual(other, object);
  }

  async #render(numbered: ReadonlyMap<number, Source>): Promise<Rendering> {
    const values = new Map<string, Scalar>();
    const absent: { path: ConcretePath; value: Scalar }[] = [];
    for (const [index, source] of numbered) {
      if (source.kind !== 'value') continue;
      const value = markedValue(source.value, index);
      if (source.leaf) values.set(keyOf(source.path), value);
      else absent.push({ path: source.path, value });
    }
    const isGenerated = [...numbered.values()].some(
      ({ kind }) => kind === 'generated' || kind === 'template',
    );
    const revision = this.#revision.with(edited(this.#revision, editsOf(numbered)));
    if (!isGenerated) return renderWith(revision, this.#root, values, onTop(this.values, values, absent));
    const here = await revision.here(this.#root);
    return here?.kind === 'helm'
      ? revision.renderUnchecked(here)
      : { kind: 'failed', root: this.#root.id, code: 'error', message: 'is no longer declared' };
  }
}

/** True for a source whose own text the field contains, so that it may be made from it. */
function isPartOf({ value: own }: Source, value: unknown): boolean {
  return own !== null && own !== '' && typeof value !== 'object' && String(value).includes(String(own));
}

/** What the marked texts of files become. */
function editsOf(numbered: ReadonlyMap<number, Source>): ReadonlyMap<string, readonly TextEdit[]> {
  const files = new Map<string, TextEdit[]>();
  for (const [index, source] of numbered) {
    if (source.kind === 'value') continue;
    const { file, ...edit } = markedText(source, index);
    files.set(file, [...(files.get(file) ?? []), edit]);
  }
  return files;
}

interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * `values`: those that are set. `literals`: what templates write out. `chosen`: values that templates compare and calculate
 * with, or that name things. `empty`: values that are empty, null, or only named by
 * a template. `expressions`: lines of templates that are filled in, each as a whole. `generated`: what generators hand to the ApplicationSet
 * that declares the release. `template`: what that set makes of it. `appVersion`: what charts say of themselves, and templates read.
 */
export type Pass =
  'values' | 'generated' | 'template' | 'literals' | 'chosen' | 'empty' | 'expressions' | 'appVersion';

/** The same release with other values on top. What `--set` says wins over files, so it is said there. */
export function renderWith(
  revision: Revision,
  root: HelmRoot,
  others: ReadonlyMap<string, Scalar>,
  values: ReturnType<typeof onTop>,
): Promise<Rendering> {
  const given = root.values.map((input) => {
    const path = input.kind === 'set' ? setPath(input.name) : null;
    const other = path ? others.get(keyOf(path)) : undefined;
    // Text stays text: Helm would take digits for a number.
    return input.kind === 'set' && other !== undefined
      ? { ...input, value: String(other), asString: typeof other === 'string' }
      : input;
  });
  const sets = given.filter(({ kind }) => kind === 'set');
  const rest = given.filter(({ kind }) => kind !== 'set');
  return revision.renderUnchecked({
    ...root,
    values: [...rest, { kind: 'inline', values, at: null }, ...sets],
  });
}

/** Two parts: those in the template that the renderer complains of and the others, else halves; nothing of a single one. */
function apart(sources: readonly Source[], message: string): readonly (readonly Source[])[] {
  if (sources.length < 2) return [];
  // What takes too long repeats something as often as a number says.
  const numbers = sources.filter(({ value }) => typeof value === 'number');
  if (message.startsWith('took longer') && numbers.length > 0 && numbers.length < sources.length)
    return [sources.filter(({ value }) => typeof value !== 'number'), numbers];
  const accused = (source: Source): boolean =>
    source.kind === 'literal' && message.includes(posix.basename(source.literal.file));
  const within = sources.filter(accused);
  if (within.length > 0 && within.length < sources.length)
    return [sources.filter((source) => !accused(source)), within];
  return [sources.slice(0, sources.length >> 1), sources.slice(sources.length >> 1)];
}

function edited(
  revision: Revision,
  files: ReadonlyMap<string, readonly TextEdit[]>,
): ReadonlyMap<string, Buffer> {
  return new Map(
    [...files].map(([file, edits]) => [
      file,
      Buffer.from(applyEdits(decode(revision.tree.read(file)!)!, edits)),
    ]),
  );
}

function references(revision: Revision, root: HelmRoot): References {
  const { closure } = root;
  const compared = new Set<string>();
  const printed: ConcretePath[] = [];
  const collected: ConcretePath[] = [];
  const named = new Set<string>();
  const look = (text: string, prefix: ConcretePath): void => {
    const found = referencesIn(text, prefix);
    for (const key of found.named) named.add(key);
    for (const path of found.compared) compared.add(path);
    printed.push(...found.printed);
    collected.push(...found.collected);
  };
  for (const { templates, prefix } of packagesOf(revision, root))
    for (const text of templates) look(text, prefix);
  for (const { folder, prefix } of closure.parts) {
    const below = folder === '.' ? 'templates/' : `${folder}/templates/`;
    for (const [file, role] of closure.files) {
      if (role !== 'template' || !file.startsWith(below)) continue;
      look(String(revision.tree.read(file) ?? ''), prefix);
    }
  }
  return { compared, printed, collected, named };
}

/** Keys whose values name things, or choose between them. */
const NAMING = /^(name|nameOverride|fullnameOverride|namespace|kind|apiVersion|type|labels|enabled)$/i;

function setValues(
  values: ValueNode,
  { compared }: References,
  pass: 'values' | 'chosen',
): readonly Source[] {
  const isChosen = ({ path }: Leaf): boolean =>
    compared.has(keyOf(path)) ||
    (NAMING.test(String(path.at(-1))) && !path.some((step) => typeof step === 'number'));
  return [...leavesOf(values)]
    .filter((leaf) => canBeMarked(leaf.value) && isChosen(leaf) === (pass === 'chosen'))
    .map((leaf): Source => ({ kind: 'value', path: leaf.path, value: leaf.value, leaf }));
}

function canBeMarked(value: Scalar): boolean {
  return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && value !== '';
}

function emptyValues(values: ValueNode, { compared, printed, collected }: References): readonly Source[] {
  const empty = [...leavesOf(values)]
    .filter(({ value }) => value === '' || value === null)
    .map((leaf): Source => ({ kind: 'value', path: leaf.path, value: leaf.value, leaf }));
  const taken = new Set(collected.map(keyOf));
  const unset = new Map(
    printed.filter((path) => nodeAtPath(values, path) === undefined).map((path) => [keyOf(path), path]),
  );
  for (const path of tagsNotSet(values)) unset.set(keyOf(path), path);
  const named = [...unset.values()].map((path): Source => ({
    kind: 'value',
    path,
    value: null,
    leaf: null,
  }));
  return [...empty, ...named].filter(
    (source) =>
      source.kind === 'value' &&
      !compared.has(keyOf(source.path)) &&
      !taken.has(keyOf(source.path)) &&
      !/^(name|nameOverride|fullnameOverride|namespace)$/i.test(String(source.path.at(-1))),
  );
}

/** An image without a tag: a helper that is handed the mapping reads it, and no template names its whole path. */
function tagsNotSet(values: ValueNode): readonly ConcretePath[] {
  return [...mapsOf(values)].flatMap(({ path, node }) =>
    node.kind === 'map' && node.entries.get('repository')?.kind === 'scalar' && !node.entries.has('tag')
      ? [[...path, 'tag']]
      : [],
  );
}

function templateLiterals(
  revision: Revision,
  { closure }: HelmRoot,
  pass: 'literals' | 'expressions',
): readonly Source[] {
  return [...closure.files]
    .filter(([, role]) => role === 'template')
    .flatMap(([file]) => {
      const content = revision.tree.read(file);
      const text = content && decode(content);
      return typeof text === 'string' ? literalsIn(file, text, pass) : [];
    })
    .filter(({ value }) => canBeMarked(value))
    .map((literal): Source => ({
      kind: 'literal',
      literal,
      value: pass === 'expressions' ? null : literal.value,
    }));
}

function appVersions(revision: Revision, { closure }: HelmRoot): readonly Source[] {
  return [...closure.files]
    .filter(([file]) => posix.basename(file) === 'Chart.yaml')
    .flatMap(([file]) => {
      const content = revision.tree.read(file);
      const literal = content && appVersionIn(file, decode(content) ?? '');
      return literal ? [{ kind: 'literal' as const, literal, value: literal.value }] : [];
    });
}

function generatedValues(
  revision: Revision,
  { declared }: HelmRoot,
  pass: 'generated' | 'template',
): readonly Source[] {
  if (declared === null) return [];
  if (pass === 'template')
    return templateScalars(revision, declared).map((scalar) => ({ kind: 'template', scalar, value: null }));
  return generatorScalars(revision, declared)
    .filter(({ markable, style, value }) => markable && !BLOCK.has(style) && canBeHandedOn(value))
    .map((scalar): Source => ({ kind: 'generated', scalar, value: scalar.value }));
}

const BLOCK: ReadonlySet<SourceScalar['style']> = new Set(['literal', 'folded']);

function canBeHandedOn(value: Scalar): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}

/** As many as a port can be: charts repeat things so often, and Go writes numbers from a million on with an exponent. */
const NUMBERS = 20_000;
const MOST_NUMBERS = 40_000;
const TOKEN = /zq([0-9a-z]{4})q/g;

function token(index: number): string {
  return `zq${index.toString(36).padStart(4, '0')}q`;
}

function markedValue(value: Scalar, index: number): Scalar {
  if (typeof value === 'number') return NUMBERS + index;
  const text = value === null ? '' : String(value);
  const quantity = /^\d+(?:\.\d+)?(m|k|[KMGTPE]i?)?$/.exec(text);
  return quantity ? `${NUMBERS + index}${quantity[1] ?? ''}` : token(index) + text;
}

function markedText(
  source: Exclude<Source, { kind: 'value' }>,
  index: number,
): TextEdit & { readonly file: string } {
  if (source.kind === 'literal') {
    const { file, start, end, text } = source.literal;
    const original = source.value === null ? '' : text;
    return {
      file,
      start,
      end,
      text: typeof source.value === 'number' ? String(NUMBERS + index) : token(index) + original,
    };
  }
  const { file, start, end, role, style } = source.scalar;
  if (source.kind === 'template') {
    const at = start + (style === 'single' || style === 'double' ? 1 : 0);
    return { file, start: at, end: at, text: token(index) };
  }
  const amount = /^\d+(m|k|[KMGTPE]i?)?$/.exec(String(source.value));
  const marked = amount ? `${NUMBERS + index}${amount[1] ?? ''}` : token(index) + String(source.value);
  // What a template fills in is a text; in a block of values, a number is one.
  const isText = role === 'parameter' || typeof source.value === 'string';
  return { file, start, end, text: isText ? JSON.stringify(marked) : marked };
}

/** What shows of a source where it is printed: of a value that is a template (`tpl`) nobody knows before. */
export function textOf({ kind, value }: Source): string {
  const text = value === null ? '' : String(value);
  return kind === 'value' && text.includes('{{') ? '' : text;
}

/** Markers in a rendered value: index → where, and how long with the original that follows it. */
export function marksIn(
  text: string,
  sources: ReadonlyMap<number, Source>,
): readonly { index: number; start: number; end: number }[] {
  const found: { index: number; start: number; end: number }[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const index = Number.parseInt(match[1]!, 36);
    const source = sources.get(index);
    if (!source) continue;
    const own = source.kind === 'literal' && source.value !== null ? source.literal.text : textOf(source);
    const after = match.index + match[0].length;
    if (text.startsWith(own, after)) found.push({ index, start: match.index, end: after + own.length });
  }
  for (const match of text.matchAll(/(?<![0-9A-Za-z])([2-5]\d{4})(?=(?:m|k|[KMGTPE]i?)?(?![0-9A-Za-z]))/g)) {
    const source = sources.get(Number(match[1]) - NUMBERS);
    if (source && (typeof source.value === 'number' || /^\d/.test(String(source.value)))) {
      const suffix = /^\d+(?:\.\d+)?(m|k|[KMGTPE]i?)?$/.exec(String(source.value))?.[1] ?? '';
      const end = match.index + match[1]!.length;
      if (text.startsWith(suffix, end))
        found.push({ index: Number(match[1]) - NUMBERS, start: match.index, end: end + suffix.length });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** True where an object differs by its markers alone: without them it is as it was. */
function isExplained(value: unknown, unmarked: unknown, sources: ReadonlyMap<number, Source>): boolean {
  if (typeof value !== 'object' || value === null || typeof unmarked !== 'object' || unmarked === null)
    return value === unmarked || unmarkedText(String(value), sources) === String(unmarked);
  const [one, other] = [value, unmarked] as Readonly<Record<string, unknown>>[];
  const keys = Object.keys(one!);
  return (
    keys.length === Object.keys(other!).length &&
    keys.every((key) => Object.hasOwn(other!, key) && isExplained(one![key], other![key], sources))
  );
}

function unmarkedText(text: string, sources: ReadonlyMap<number, Source>): string {
  let [result, at] = ['', 0];
  for (const { index, start, end } of marksIn(text, sources)) {
    result += text.slice(at, start) + textOf(sources.get(index)!);
    at = end;
  }
  return result + text.slice(at);
}

function collect(
  value: unknown,
  unmarked: unknown,
  path: ConcretePath,
  object: string,
  sources: ReadonlyMap<number, Source>,
  found: Map<string, Sight[]>,
): void {
  if (typeof value === 'object' && value !== null) {
    const counterpart = typeof unmarked === 'object' && unmarked !== null ? unmarked : {};
    for (const [key, item] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      collect(item, (counterpart as Record<string, unknown>)[key], [...path, step], object, sources, found);
    }
  } else if (value !== unmarked && (typeof value === 'string' || typeof value === 'number')) {
    const marks = marksIn(String(value), sources);
    if (marks.length === 0) return;
    const key = fieldKey(object, path);
    const sight = { marked: value, sources: new Map(marks.map(({ index }) => [index, sources.get(index)!])) };
    found.set(key, [...(found.get(key) ?? []), sight]);
  }
}

/** The same of a text that is YAML of values: what stands in it, while markers stand in for the sources. */
export function seenInText(
  { marked, sources }: { readonly marked: Json; readonly sources: Sight['sources'] },
  unmarked: Json,
): readonly (readonly [ConcretePath, readonly Sight[]])[] {
  const found = new Map<string, Sight[]>();
  collect(marked, unmarked, [], '', sources, found);
  return [...found].map(([key, sights]) => [JSON.parse(key) as ConcretePath, sights] as const);
}

function identity(object: KubernetesObject): string {
  const { kind, namespace, name } = refOf(object);
  return JSON.stringify([groupOf(object.apiVersion), kind, namespace, name]);
}

function fieldKey(object: string, path: ConcretePath): string {
  return `${object}${JSON.stringify(path)}`;
}
