import { posix } from 'node:path';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import { jsonDocuments, jsonText } from './as-json.ts';
import { chartEntry, fromOldGenerators, type ChartEntry } from './chart-entries.ts';
import { ChartSteps, type Generated } from './chart-steps.ts';
import { chartClosureOf } from './chart.ts';
import {
  CHART_FIELDS,
  GENERATOR_LISTS,
  isDisguised,
  isKnownField,
  OBJECT_LISTS,
  PATCH_LISTS,
  PLUGIN_LISTS,
} from './kustomization-fields.ts';
import { configurationEntry, isDownload, isInlinePatch, isRemote, looksRemote } from './references.ts';
import type { FileProblem } from './rendering.ts';
import { type StrictDocument } from './strict-yaml.ts';
import { isFolder, joinPath, namedPaths, realPath, resolvePath, stringsIn } from './tree-paths.ts';

import {
  KUSTOMIZATION_NAMES,
  kustomizationIn,
  type AbsentChart,
  type Closure,
  type FileRole,
  type KustomizationReader,
} from './kustomization.ts';

/**
 * Works out the closure of one root. All YAML files of the tree must be loaded. `what is here`: without remote bases and charts
 * and without generators that run a program, as far as the rest can be built alone.
 */
export function closureOf(
  tree: Tree,
  root: string,
  kustomizations: KustomizationReader,
  extent: Extent = 'all',
): Closure {
  const closure = new ClosureBuilder(tree, root, kustomizations, extent).build();
  BUILT_FROM.set(closure, tree);
  return closure;
}

export type Extent = 'all' | 'what is here';

/** What it holds is what the files of one tree say. */
const BUILT_FROM = new WeakMap<Closure, Tree>();

/** The closure as it is in this tree, where it may have been worked out for another: an edit may change what is read. */
export function closureHere(tree: Tree, closure: Closure, kustomizations: KustomizationReader): Closure {
  if (BUILT_FROM.get(closure) === tree) return closure;
  return closureOf(tree, closure.root, kustomizations, closure.leftOut.length > 0 ? 'what is here' : 'all');
}

/** How Kustomize finds what a string names: as a file or an address, or else as a folder or something to clone. */
type Reach = 'file' | 'any';

class ClosureBuilder {
  readonly #tree: Tree;
  readonly #root: string;
  readonly #kustomizations: KustomizationReader;
  readonly #files = new Map<string, FileRole>();
  readonly #links = new Map<string, string>();
  readonly #folders: string[] = [];
  readonly #includes = new Map<string, string[]>();
  readonly #remote: string[] = [];
  readonly #problems: FileProblem[] = [];
  readonly #unsupported: string[] = [];
  readonly #rewritten = new Map<string, string>();
  readonly #unread = new Set<string>();
  /** What Kustomize reads itself, and of that what it takes as bytes. */
  readonly #read = new Set<string>();
  readonly #contents = new Set<string>();
  readonly #pluginFolders = new Set<string>();
  readonly #namespaces = new Map<string, string | null>();
  readonly #named = new Map<string, string[]>();
  readonly #absentCharts: AbsentChart[] = [];
  readonly #steps = new ChartSteps();
  readonly #extent: Extent;
  readonly #leftOut: string[] = [];
  #crossesFolders = false;

  constructor(tree: Tree, root: string, kustomizations: KustomizationReader, extent: Extent) {
    this.#tree = tree;
    this.#root = root;
    this.#kustomizations = kustomizations;
    this.#extent = extent;
  }

  build(): Closure {
    const root = this.#root;
    const top = realPath(this.#tree, root, this.#links) ?? root;
    this.#visit(top, root);
    const { steps, ambiguous } = this.#steps.inNamespaces(top, this.#includes, this.#namespaces);
    if (ambiguous !== null)
      this.#unsupported.push(`a chart of ${ambiguous}, which is included under several namespaces,`);
    const origins = this.#folders.find((folder) => this.#tellsOrigins(folder));
    if (steps.length > 0 && origins !== undefined)
      this.#unsupported.push(`buildMetadata in ${origins}, which would tell of a chart where it is from,`);
    const taken = steps.find(({ at }) => isFolder(this.#tree, at));
    if (taken) this.#unsupported.push(`${taken.at}, whose name is that of a chart that is built in,`);
    const both = [...this.#contents].find((path) => this.#rewritten.has(path));
    if (both !== undefined)
      this.#unsupported.push(`${both}, which steers the build and is content of a generator too,`);
    return {
      root,
      files: this.#files,
      links: this.#links,
      folders: this.#folders,
      includes: this.#includes,
      remote: this.#remote,
      leftOut: this.#leftOut,
      problems: this.#problems,
      unsupported: this.#unsupported,
      crossesFolders: this.#crossesFolders || steps.some(({ generators }) => generators.length > 0),
      charts: steps,
      rewritten: this.#rewritten,
      ofCharts: new Set([...this.#files.keys()].filter((path) => !this.#read.has(path))),
      unread: [...this.#unread],
      named: this.#named,
      namespaces: this.#namespaces,
      absentCharts: this.#absentCharts,
    };
  }

  #tellsOrigins(folder: string): boolean {
    const file = kustomizationIn(this.#tree, folder);
    const value = file === undefined ? {} : this.#kustomizations.read(this.#tree, file).value;
    return listOf(value['buildMetadata']).some((option) => option !== 'managedByLabel');
  }

  #add(path: string, role: FileRole): void {
    if (!this.#files.has(path)) this.#files.set(path, role);
  }

  #names(folder: string, path: string): void {
    this.#named.get(folder)!.push(path);
  }

  #report(file: string, message: string, line: number | null = null): void {
    this.#problems.push({ file, line, message });
  }

  /** From here on, what lies below the folder and what these texts name counts as read. */
  #isNotUnderstood(folder: string, texts: Iterable<string>): void {
    this.#unread.add(folder);
    for (const path of namedPaths(this.#tree, folder, texts)) this.#unread.add(path);
  }

  /** The path that is read, or null for anything else than a file. */
  #follow(
    folder: string,
    from: string,
    reference: unknown,
    role: FileRole,
    reach: Reach = 'file',
  ): string | null {
    if (typeof reference !== 'string' || reference === '') return null;
    if (
      isDownload(reference) ||
      (reach === 'any' && isRemote(reference)) ||
      /^[a-z][a-z0-9+.-]*:\/\//i.test(reference)
    ) {
      this.#remote.push(reference);
      this.#names(folder, reference);
      return null;
    }
    const named = resolvePath(folder, reference);
    const path = named === null ? null : realPath(this.#tree, named, this.#links);
    if (path !== null && this.#tree.entry(path)?.kind === 'file') {
      this.#add(path, role);
      this.#names(folder, path);
      if (role !== 'values') this.#read.add(path);
      if (role === 'content' || role === 'env') this.#contents.add(path);
      if (folder !== '.' && !path.startsWith(`${folder}/`)) this.#crossesFolders = true;
      return path;
    }
    if (path !== null && isFolder(this.#tree, path)) {
      if (reach === 'any' && role === 'objects') {
        this.#includes.get(folder)!.push(path);
        this.#visit(path, from);
      } else this.#report(from, `${reference} is a folder`);
    } else if (looksRemote(reference)) {
      this.#remote.push(reference);
      this.#names(folder, reference);
    } else {
      const reason =
        named === null
          ? 'lies outside the repository'
          : path === null
            ? 'is behind a symlink that leads out of the repository, or nowhere'
            : 'does not exist';
      this.#report(from, `${reference} ${reason}`);
    }
    return null;
  }

  /** Moves what was found to be remote since there were so many of it; false where there is none, or all is built. */
  #leaveOut(folder: string, known: number): boolean {
    if (this.#extent === 'all' || this.#remote.length === known) return false;
    const taken = this.#remote.splice(known);
    this.#leftOut.push(...taken);
    const named = this.#named.get(folder);
    if (named)
      this.#named.set(
        folder,
        named.filter((path) => !taken.includes(path)),
      );
    return true;
  }

  /** Go reads keys in any case. What is written so that only Go sees a file in it is refused. */
  #refuseDisguised(folder: string, value: unknown, file: string): void {
    const disguised = isRecord(value) && Object.keys(value).find((key) => isDisguised(key));
    if (!disguised) return;
    this.#report(file, `${disguised} is not how this field is written`);
    this.#isNotUnderstood(folder, stringsIn(value));
  }

  /** A file that Kustomize reads as one value. */
  #followConfiguration(folder: string, from: string, reference: unknown, isOfMany = false): void {
    const path = this.#follow(folder, from, reference, 'configuration');
    if (path === null) return;
    const { documents, problem } = this.#kustomizations.documents(this.#tree, path);
    const [first, second] = documents;
    if (problem) this.#report(path, problem.message, problem.line);
    else if (second && !isOfMany) this.#report(path, 'has more than one document', second.lineOf([]));
    else this.#rewritten.set(path, first === undefined ? '' : jsonText(first.value));
  }

  /**
   * An entry of generators, transformers or validators. Its configuration may name files too, and these are read from the
   * kustomization's folder. What Kustomize is given in its place; null for one that could not be read.
   */
  #followPlugin(
    folder: string,
    from: string,
    reference: unknown,
    line: number | null,
    plugins: Plugins,
  ): string | null {
    if (typeof reference !== 'string') return null;
    const read = configurationEntry(reference);
    if (read.kind === 'unclear') {
      this.#report(from, `an entry of ${plugins.list} ${read.why}`, line);
      this.#isNotUnderstood(folder, [reference]);
      return null;
    }
    if (read.kind === 'inline') {
      if (this.#leaveOutProgram(folder, from, read.documents, plugins)) return null;
      this.#followConfigurations(folder, from, read.documents, line, plugins);
      return jsonDocuments(read.documents.map(({ value }) => value));
    }
    const named = isRemote(reference) ? null : resolvePath(folder, reference);
    const path = named === null ? null : realPath(this.#tree, named, this.#links);
    if (path !== null && this.#tree.entry(path)?.kind !== 'file' && isFolder(this.#tree, path)) {
      this.#followPluginFolder(folder, from, path, plugins);
      return reference;
    }
    const file = this.#follow(folder, from, reference, 'objects', 'any');
    if (file === null) return reference;
    const { documents, problem } = this.#kustomizations.documents(this.#tree, file);
    if (problem) {
      this.#report(file, problem.message, problem.line);
      this.#isNotUnderstood(folder, [String(this.#tree.read(file))]);
    } else if (this.#leaveOutProgram(folder, file, documents, plugins)) return null;
    else {
      this.#rewritten.set(file, jsonDocuments(documents.map(({ value }) => value)));
      this.#followConfigurations(folder, file, documents, null, plugins);
    }
    return reference;
  }

  /** A generator adds objects, and changes none: the others can be built without it. What it reads is not known. */
  #leaveOutProgram(
    folder: string,
    from: string,
    documents: readonly StrictDocument[],
    { list }: Plugins,
  ): boolean {
    const isProgram = ({ value }: StrictDocument): boolean => fieldOf(value, 'apiVersion') !== 'builtin';
    if (this.#extent === 'all' || list !== 'generators' || !documents.every(isProgram)) return false;
    for (const { value } of documents) {
      this.#leftOut.push(`${String(fieldOf(value, 'kind'))} in ${from}, which runs a program`);
      this.#isNotUnderstood(folder, stringsIn(value));
    }
    return documents.length > 0;
  }

  #followPluginFolder(folder: string, from: string, path: string, plugins: Plugins): void {
    this.#follow(folder, from, posix.relative(folder, path) || '.', 'objects', 'any');
    const file = kustomizationIn(this.#tree, path);
    if (this.#pluginFolders.has(path) || file === undefined) return;
    this.#pluginFolders.add(path);
    const { value } = this.#kustomizations.read(this.#tree, file);
    // What changes a configuration could make it name another file.
    if (!Object.keys(value).every((key) => ['apiVersion', 'kind', 'resources'].includes(key))) {
      this.#unsupported.push(`${path}, which builds the configuration of generators or transformers,`);
      this.#isNotUnderstood(folder, stringsIn(value));
    }
    for (const item of listOf(value['resources']))
      if (typeof item === 'string')
        this.#followPlugin(folder, from, posix.relative(folder, posix.join(path, item)), null, plugins);
  }

  #followConfigurations(
    folder: string,
    from: string,
    documents: readonly StrictDocument[],
    line: number | null,
    plugins: Plugins,
  ): void {
    for (const document of documents) {
      const { value } = document;
      const kind = String(fieldOf(value, 'kind'));
      const isBuiltIn = fieldOf(value, 'apiVersion') === 'builtin';
      if (isBuiltIn && kind === 'HelmChartInflationGenerator' && plugins.list === 'generators') {
        const {
          apiVersion: _,
          kind: __,
          metadata: ___,
          ...settings
        } = value as Readonly<Record<string, Json>>;
        plugins.charts.push(
          this.#followChart(folder, from, settings, undefined, {
            what: kind,
            lineOf: (path) => line ?? document.lineOf(path),
          }),
        );
        continue;
      }
      if (!isBuiltIn || kind.startsWith('Helm')) {
        this.#unsupported.push(`${kind} in ${from}, which runs a program,`);
        this.#isNotUnderstood(folder, stringsIn(value));
      }
      this.#refuseDisguised(folder, value, from);
      this.#follow(folder, from, fieldOf(value, 'path'), 'objects');
      for (const item of listOf(fieldOf(value, 'paths'))) this.#followPatch(folder, from, item, line);
      for (const item of listOf(fieldOf(value, 'replacements'))) {
        this.#refuseDisguised(folder, item, from);
        this.#followConfiguration(folder, from, fieldOf(item, 'path'));
      }
      this.#followGenerator(folder, from, value);
      plugins.charts.push({ kind: 'generator', configuration: value });
    }
  }

  #followGenerator(folder: string, file: string, generator: unknown): void {
    for (const item of listOf(fieldOf(generator, 'files'))) {
      const text = String(item);
      this.#follow(folder, file, text.slice(text.indexOf('=') + 1), 'content');
    }
    for (const item of [...listOf(fieldOf(generator, 'envs')), ...listOf(fieldOf(generator, 'env'))])
      this.#follow(folder, file, item, 'env');
  }

  #followPatch(folder: string, from: string, entry: unknown, line: number | null): void {
    if (typeof entry !== 'string') return;
    const inline = isInlinePatch(entry);
    if (inline === false) this.#follow(folder, from, entry, 'objects');
    else if (inline !== true) {
      this.#report(from, `an entry of patchesStrategicMerge ${inline.why}`, line);
      this.#isNotUnderstood(folder, [entry]);
    }
  }

  #visit(folder: string, from: string): void {
    if (this.#includes.has(folder)) return;
    const file = kustomizationIn(this.#tree, folder);
    if (file === undefined) {
      this.#report(from, `${folder} has no kustomization`);
      this.#unread.add(folder);
      return;
    }
    this.#folders.push(folder);
    this.#includes.set(folder, []);
    this.#named.set(folder, []);
    const named = KUSTOMIZATION_NAMES.map((name) =>
      realPath(this.#tree, joinPath(folder, name), this.#links),
    );
    if (named.filter((path) => path !== null && this.#tree.entry(path)?.kind === 'file').length > 1)
      this.#report(file, 'is one of several kustomizations of its folder, which Kustomize refuses');
    if (folder !== '.' && !file.startsWith(`${folder}/`)) this.#crossesFolders = true;
    this.#add(file, 'kustomization');
    this.#read.add(file);
    const { value: said, document, problem } = this.#kustomizations.read(this.#tree, file);
    const isUnknown = !Object.keys(said).every(isKnownField);
    if (problem) this.#problems.push(problem);
    if (problem || isUnknown)
      this.#isNotUnderstood(folder, [...stringsIn(said), String(this.#tree.read(file))]);
    const value = problem ? {} : said;
    this.#refuseDisguised(folder, value, file);
    for (const key of [...PATCH_LISTS, ...GENERATOR_LISTS, 'replacements'])
      for (const item of listOf(value[key])) this.#refuseDisguised(folder, item, file);
    const lineOf = (path: readonly (string | number)[]): number | null => document?.lineOf(path) ?? null;
    this.#namespaces.set(folder, typeof value['namespace'] === 'string' ? value['namespace'] || null : null);

    const here: Record<string, Json[]> = {};
    // Thousands of folders that include one another are a depth of as many calls: no more than these for each.
    for (const key of OBJECT_LISTS) {
      if (!(key in value)) continue;
      here[key] = [];
      for (const item of listOf(value[key])) {
        const known = this.#remote.length;
        this.#follow(folder, file, item, 'objects', 'any');
        if (!this.#leaveOut(folder, known)) here[key].push(item);
      }
    }
    for (const [index, item] of listOf(value['patchesStrategicMerge']).entries())
      this.#followPatch(folder, file, item, lineOf(['patchesStrategicMerge', index]));
    for (const key of PATCH_LISTS)
      for (const item of listOf(value[key])) this.#follow(folder, file, fieldOf(item, 'path'), 'objects');
    for (const item of listOf(value['replacements']))
      this.#followConfiguration(folder, file, fieldOf(item, 'path'));
    for (const item of listOf(value['crds'])) this.#followConfiguration(folder, file, item, true);
    for (const item of listOf(value['configurations'])) this.#followConfiguration(folder, file, item);
    this.#followConfiguration(folder, file, fieldOf(value['openapi'], 'path'));
    for (const key of GENERATOR_LISTS)
      for (const generator of listOf(value[key])) this.#followGenerator(folder, file, generator);

    const charts = this.#chartsOf(folder, file, value, lineOf);
    const plugins = PLUGIN_LISTS.map((list): Plugins & { readonly entries: readonly (string | null)[] } => {
      const found: Plugins = { list, charts: list === 'generators' ? charts : [] };
      const entries = listOf(value[list]).map((item, index) =>
        this.#followPlugin(folder, file, item, lineOf([list, index]), found),
      );
      return { ...found, entries };
    });
    this.#rewrite(folder, file, this.#leftOut.length > 0 ? { ...value, ...here } : value, plugins);
  }

  /** What Kustomize is given for a kustomization: the same value, without the charts, which are rendered before. */
  #rewrite(
    folder: string,
    file: string,
    value: Readonly<Record<string, Json>>,
    plugins: readonly (Plugins & { readonly entries: readonly (string | null)[] })[],
  ): void {
    const rewritten: Record<string, Json> = { ...value };
    for (const { list, entries } of plugins)
      if (entries.length > 0) rewritten[list] = entries.filter((entry) => entry !== null);
    for (const field of CHART_FIELDS) delete rewritten[field];
    const components = this.#steps.add(folder, plugins[0]!.charts);
    if (components.length > 0) {
      delete rewritten['generators'];
      rewritten['components'] = [...components, ...listOf(value['components'])];
    }
    this.#rewritten.set(file, jsonText(rewritten));
  }

  #chartsOf(
    folder: string,
    file: string,
    value: Readonly<Record<string, Json>>,
    lineOf: (path: readonly (string | number)[]) => number | null,
  ): Generated[] {
    const old = fromOldGenerators(listOf(value['helmChartInflationGenerator']));
    const globals = value['helmGlobals'] ?? old.globals;
    const place = (list: string, index: number): Place => ({
      what: list,
      lineOf: (path) => lineOf([list, index, ...path]),
    });
    return [
      ...listOf(value['helmCharts']).map((entry, index) =>
        this.#followChart(folder, file, entry, globals, place('helmCharts', index)),
      ),
      ...old.entries.map((entry, index) =>
        this.#followChart(folder, file, entry, globals, place('helmChartInflationGenerator', index)),
      ),
    ];
  }

  /** Kustomize lets helm render a chart of the repository; one that is not there it would pull. */
  #followChart(
    folder: string,
    from: string,
    settings: Json,
    globals: Json | undefined,
    place: Place,
  ): Generated {
    const entry = chartEntry(from, settings, globals, place.what === 'HelmChartInflationGenerator');
    if ('why' in entry) {
      const line = place.lineOf(entry.path);
      this.#unsupported.push(`${entry.why} of ${place.what} in ${from}${line === null ? '' : `:${line}`}`);
      this.#isNotUnderstood(folder, [...stringsIn(settings), ...stringsIn(globals)]);
      return NOTHING;
    }
    const valuesFiles = [
      ...(entry.valuesFile === null ? [] : [entry.valuesFile]),
      ...entry.additionalValuesFiles,
    ];
    const followed = valuesFiles.map((reference) => this.#follow(folder, from, reference, 'values'));
    const chart = this.#chartFolder(folder, entry);
    if (chart === null) {
      const { name, repository } = entry;
      const known = this.#remote.length;
      this.#remote.push(`chart ${name}${repository === '' ? '' : ` from ${repository}`}`);
      this.#leaveOut(folder, known);
      this.#absentCharts.push({ folder, entry });
      return NOTHING;
    }
    const closure = chartClosureOf(this.#tree, chart, 'as they lie');
    this.#problems.push(...closure.problems);
    for (const path of closure.unread) this.#unread.add(path);
    for (const [at, path] of closure.placed)
      // Of a chart that was pulled once, nothing is changed: the next pull would undo it.
      this.#add(path, entry.repository === '' && at === joinPath(chart, 'values.yaml') ? 'values' : 'chart');
    const [own, ...additional] =
      entry.valuesFile === null ? [joinPath(chart, 'values.yaml'), ...followed] : followed;
    if (own === null || own === undefined || additional.includes(null)) return NOTHING;
    if (entry.valuesFile === null && !closure.placed.has(own)) {
      this.#report(from, `${own} does not exist`, place.lineOf(['name']));
      return NOTHING;
    }
    return {
      kind: 'chart',
      folder,
      entry,
      closure,
      valuesFile: closure.placed.get(own) ?? own,
      additional: additional as string[],
    };
  }

  /** The folder of a chart in the repository; null where it is not there. */
  #chartFolder(folder: string, { name, version, repository, home }: ChartEntry): string | null {
    const pulled = repository !== '' && version !== '' ? `/${name}-${version}` : '';
    const named = /^[a-z]+:\/\//i.test(home) ? null : resolvePath(folder, `${home}${pulled}/${name}`);
    const path = named === null ? null : realPath(this.#tree, named, this.#links);
    return path !== null && this.#tree.entry(joinPath(path, 'Chart.yaml'))?.kind === 'file' ? path : null;
  }
}

/** For what could not be read: it makes nothing, and the root is not built. */
const NOTHING: Generated = { kind: 'nothing' };

/** One of the lists of a kustomization that configure plugins, with what its entries are, in order. */
interface Plugins {
  readonly list: string;
  /** Charts that are to be rendered, and configurations of other generators. */
  readonly charts: Generated[];
}

interface Place {
  readonly what: string;
  readonly lineOf: (path: readonly (string | number)[]) => number | null;
}

function listOf(value: unknown): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return value === undefined || value === null ? [] : [value as Json];
}

function fieldOf(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}
