import { elementsOf } from './application-sets.ts';
import { declaredBy, type Declared } from './declarations.ts';
import { joined, type CorpusRoot, type Folders } from './folder-roots.ts';
import type { PlainTools } from './plain-tools.ts';
import { built, type Recipe } from './recipe.ts';
import { thingsIn, type RenderedThing } from './rendered.ts';
import type { RepositoryCopy } from './repository-copy.ts';
import { releaseOf, type ValuesPair } from './values-pairs.ts';

export interface BuiltRoot {
  /** What tells it from every other root: an object of one name may be declared by several. */
  readonly key: string;
  readonly root: CorpusRoot;
  readonly text: string;
  readonly things: readonly RenderedThing[];
  /** The object that declares it is written in several ways, so that nobody could say which one is meant. */
  readonly isAside: boolean;
}

export interface LeftOut {
  readonly id: string;
  readonly by: CorpusRoot['by'];
  readonly reason: string;
  /** The folder that it applies, where that is known. */
  readonly path?: string;
  readonly isByPlugin?: true;
}

/** All that a repository renders to in one state of its files. */
export interface World {
  /** By what tells one root from every other. */
  readonly built: ReadonlyMap<string, BuiltRoot>;
  readonly leftOut: readonly LeftOut[];
}

/** What was known before an edit: what reads none of the touched files is as it was. */
export interface Earlier {
  readonly world: World;
  readonly touched: ReadonlySet<string>;
}

interface Found {
  readonly declared: Declared;
  readonly origin: BuiltRoot;
}

interface Declarations {
  readonly found: readonly Found[];
  readonly leftOut: readonly LeftOut[];
}

type Outcome =
  { readonly text: string; readonly things: readonly RenderedThing[] } | { readonly problem: string };

type Attempt = { readonly key: string; readonly root: CorpusRoot } & Outcome;

/** Objects that declare others are followed so deep. */
const DEPTH = 5;

/** Renders a repository with the plain tools: its folders, what the objects in them declare, and what these declare. */
export class WorldReader {
  readonly #copy: RepositoryCopy;
  readonly #tools: PlainTools;
  readonly #folders: Folders;
  readonly #roots: readonly CorpusRoot[];
  readonly #pairs: readonly ValuesPair[];
  /** What an object tree declares does not change while its text is the same, but for what it reads besides. */
  readonly #known = new WeakMap<readonly RenderedThing[], Declarations>();

  constructor(copy: RepositoryCopy, tools: PlainTools, folders: Folders, pairs: readonly ValuesPair[]) {
    this.#copy = copy;
    this.#tools = tools;
    this.#folders = folders;
    this.#roots = folders.roots();
    this.#pairs = pairs;
  }

  async read(earlier?: Earlier): Promise<World> {
    const installed = this.#folders.installed();
    const leftOut = [...installed].map(([id, reason]): LeftOut => ({ id, by: 'folder', reason }));
    const found: Found[] = [];
    const pairs = this.#pairs.filter(({ chart }) => !installed.has(chart)).map((pair) => this.#mapped(pair));
    const attempts = [
      ...(await this.#attempt(
        [...this.#roots, ...pairs].map((root) => [root.id, root]),
        earlier,
      )),
    ];
    // What a chart declares with its own values is not what it declares in an environment.
    const mapped = new Set(pairs.map(({ path }) => path));
    let layer = attempts
      .flatMap(done)
      .filter(({ root }) => !(root.by === 'folder' && root.kind === 'helm' && mapped.has(root.path)));
    const sources = layer.flatMap(({ things }) =>
      things.filter(({ kind }) => kind === 'GitRepository' || kind === 'ConfigMap'),
    );
    const seen = new Set<string>();
    for (let depth = 0; depth < DEPTH && layer.length > 0; depth += 1) {
      const next: [string, CorpusRoot][] = [];
      for (const origin of layer) {
        const inIt = await this.#declaredIn(origin, sources);
        leftOut.push(...inIt.leftOut);
        found.push(...inIt.found);
        for (const one of inIt.found) next.push([keyOf(one), this.#rootOf(one)]);
      }
      const made = await this.#attempt(next, earlier);
      attempts.push(...made);
      // What applies itself is followed once.
      layer = made.flatMap(done).filter(({ text }) => !seen.has(text));
      for (const { text } of layer) seen.add(text);
    }
    return sorted(attempts, found, leftOut);
  }

  async #attempt(
    roots: readonly (readonly [string, CorpusRoot])[],
    earlier: Earlier | undefined,
  ): Promise<readonly Attempt[]> {
    const made: Attempt[] = [];
    const outcomes = new Map<string, Promise<Outcome>>();
    await inPairs(roots, async ([key, root]) => {
      const recipe = JSON.stringify(root.recipe);
      const before = earlier?.world.built.get(key);
      const isSame =
        before !== undefined &&
        JSON.stringify(before.root.recipe) === recipe &&
        !root.files.some((file) => earlier!.touched.has(file));
      if (isSame) return void made.push({ key, root, text: before.text, things: before.things });
      const outcome = outcomes.get(recipe) ?? this.#outcome(root, earlier === undefined);
      outcomes.set(recipe, outcome);
      made.push({ key, root, ...(await outcome) });
    });
    return made.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async #outcome({ kind, recipe }: CorpusRoot, isFirst: boolean): Promise<Outcome> {
    const output = await built(this.#copy, this.#tools, recipe);
    if (output.kind === 'failed') return { problem: output.reason };
    const things = thingsIn(output.text);
    if (things === null) return { problem: 'no YAML' };
    if (!isFirst || kind !== 'helm') return { text: output.text, things };
    // A chart that makes up values renders otherwise each time: what changed cannot be told by comparing.
    const again = await built(this.#copy, this.#tools, recipe);
    const isStable = again.kind === 'text' && again.text === output.text;
    return isStable ? { text: output.text, things } : { problem: 'random output' };
  }

  async #declaredIn(origin: BuiltRoot, sources: readonly RenderedThing[]): Promise<Declarations> {
    const known = this.#known.get(origin.things);
    if (known) return { ...known, found: known.found.map(({ declared }) => ({ declared, origin })) };
    const found: Found[] = [];
    const leftOut: LeftOut[] = [];
    let isClosed = true;
    const around = {
      folders: this.#folders,
      remote: this.#copy.remote,
      things: [...origin.things, ...sources],
    };
    for (const thing of origin.things) {
      const isSet = thing.kind === 'ApplicationSet' && thing.apiVersion.startsWith('argoproj.io/');
      const elements = isSet ? await elementsOf(thing, this.#copy, this.#tools) : [thing];
      if (isSet) isClosed &&= !JSON.stringify(thing.value).includes('"files"');
      if (typeof elements === 'string') {
        leftOut.push({
          id: `ApplicationSet/${thing.namespace ?? 'argocd'}/${thing.name}`,
          by: 'Application',
          reason: elements,
        });
        continue;
      }
      for (const element of elements) {
        const declared = declaredBy(element, around);
        if (declared === null) continue;
        if ('recipe' in declared) {
          found.push({ declared, origin });
          isClosed &&= declared.inputs.length === 0;
        } else leftOut.push({ ...declared, by: element.kind as CorpusRoot['by'] });
      }
    }
    if (isClosed) this.#known.set(origin.things, { found, leftOut });
    return { found, leftOut };
  }

  #rootOf({ declared, origin }: Found): CorpusRoot {
    const { id, by, kind, path, namespace, recipe, inputs } = declared;
    const { files, folders } = joined([
      this.#folders.reachOf(recipe),
      { files: origin.root.files, folders: [] },
    ]);
    return { id, asked: id, kind, by, path, namespace, recipe, inputs, files, folders };
  }

  #mapped({ chart, environment, values }: ValuesPair): CorpusRoot {
    const recipe: Recipe = {
      kind: 'helm',
      path: chart,
      release: { name: releaseOf(chart), namespace: environment },
      values: values.map((path) => ({ kind: 'file', path })),
    };
    return {
      id: `${chart} in ${environment} (${values.at(-1)})`,
      asked: chart,
      kind: 'helm',
      by: 'mapping',
      path: chart,
      namespace: environment,
      recipe,
      inputs: [],
      ...this.#folders.reachOf(recipe),
    };
  }
}

function done(attempt: Attempt): BuiltRoot[] {
  return 'text' in attempt ? [{ ...attempt, isAside: false }] : [];
}

function keyOf({ declared, origin }: Found): string {
  return `${declared.id} in ${origin.key}`;
}

/** What is applied by itself, what is a part or another form of that, and what is left out. */
function sorted(attempts: readonly Attempt[], found: readonly Found[], problems: readonly LeftOut[]): World {
  const covered = new Set(
    attempts.flatMap(({ root }) =>
      root.by === 'folder'
        ? root.folders.filter((folder) => folder !== root.path)
        : [root.path, ...root.folders],
    ),
  );
  const isCovered = ({ root }: BuiltRoot): boolean => root.by === 'folder' && covered.has(root.path);
  const used = new Set([
    ...attempts.flatMap(({ root }) => (root.by !== 'folder' && root.kind === 'helm' ? [root.path] : [])),
    ...problems.flatMap(({ path, isByPlugin }) => (isByPlugin && path !== undefined ? [path] : [])),
  ]);
  const several = new Set<string>();
  /** Of an object that several roots show, one is enough where all say the same. */
  const needless = new Set<string>();
  for (const [id, all] of Map.groupBy(found, ({ declared }) => declared.id)) {
    const shown = all.filter(({ origin }) => !needless.has(origin.key));
    const own = shown.filter(({ origin }) => !isCovered(origin));
    // What is itself applied by an object says more than a folder that nothing names.
    const applied = own.filter(({ origin }) => origin.root.by !== 'folder');
    const meant = applied.length > 0 ? applied : own.length > 0 ? own : shown;
    const byRecipe = Map.groupBy(meant, ({ declared }) => JSON.stringify(declared.recipe));
    const kept = new Set([...byRecipe.values()].map(([first]) => keyOf(first!)));
    if (byRecipe.size > 1) several.add(id);
    for (const one of all) if (!kept.has(keyOf(one))) needless.add(keyOf(one));
  }
  const built = new Map<string, BuiltRoot>();
  const leftOut = new Map(problems.map((one) => [one.id, one]));
  for (const attempt of attempts) {
    const { key, root } = attempt;
    // A chart that something installs is never applied with its own values alone.
    if (needless.has(key) || (root.by === 'folder' && root.kind === 'helm' && used.has(root.path))) continue;
    if ('problem' in attempt) {
      leftOut.set(root.id, { id: root.id, by: root.by, reason: reasonOf(attempt.problem) });
      continue;
    }
    if (several.has(root.id))
      leftOut.set(root.id, { id: root.id, by: root.by, reason: 'declared in several ways' });
    built.set(key, { key, root, text: attempt.text, things: attempt.things, isAside: several.has(root.id) });
  }
  return { built, leftOut: [...leftOut.values()] };
}

/** The tools' sentences, in a few kinds. */
function reasonOf(problem: string): string {
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/missing in charts\/|could not load.*Chart\.lock/, 'published dependency'],
    [/helm pull|repo add|chart.*not found|failed to download/, 'published chart'],
    [/https?:\/\/|github\.com|ssh:\/\/|git fetch|dial tcp|connection refused/, 'remote base'],
    [/exec plugin|ksops|unable to load.*plugin|external plugins disabled|function/, 'plugin'],
    [/random output/, 'random output'],
    [/variables in a form/, 'variables in a form that is not read here'],
    [/no such file|doesn't exist|not found|must resolve/, 'file that is not there'],
    [/execution error|required|nil pointer|fail/, 'chart that refuses its values'],
  ];
  return kinds.find(([form]) => form.test(problem))?.[1] ?? 'does not build';
}

async function inPairs<T>(list: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = list.values();
  await Promise.all(
    [0, 1].map(async () => {
      for (const item of left) await act(item);
    }),
  );
}
