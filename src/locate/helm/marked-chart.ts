import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { applyEdits, decode } from '../../edits/edit.ts';
import { type ConcretePath, getAt } from '../../kubernetes/field-path.ts';
import type { KubernetesObject, Scalar } from '../../kubernetes/objects.ts';
import type { Rendering } from '../../renderers/rendering.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import {
  collect,
  editsOf,
  fieldKey,
  identity,
  isExplained,
  markedValue,
  MOST_NUMBERS,
  type Sight,
  type Source,
  type TextEdit,
  unmarkedText,
} from './chart-markers.ts';
import {
  appVersions,
  emptyValues,
  generatedValues,
  isPartOf,
  type Pass,
  references,
  setValues,
  templateLiterals,
} from './chart-sources.ts';
import { type Literal, type References, valuesNamedIn } from './template-text.ts';
import { keyOf, onTop, plain, setPath, type ValueNode, valuesOf } from './values.ts';

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
