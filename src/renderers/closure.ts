import { type Json } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import { jsonText } from './as-json.ts';
import {
  CHART_FIELDS,
  GENERATOR_LISTS,
  isKnownField,
  OBJECT_LISTS,
  PATCH_LISTS,
  PLUGIN_LISTS,
} from './kustomization-fields.ts';
import { joinPath, realPath, stringsIn } from './tree-paths.ts';

import {
  KUSTOMIZATION_NAMES,
  kustomizationIn,
  type Closure,
  type KustomizationReader,
} from './kustomization.ts';
import { chartsOf } from './closure-charts.ts';
import { ClosureRecord, fieldOf, type Extent, listOf } from './closure-record.ts';
import { type Plugins, followPlugin } from './closure-plugins.ts';

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
  const record = new ClosureRecord(tree, root, kustomizations, extent, visit);
  const top = realPath(tree, root, record.links) ?? root;
  visit(record, top, root);
  const closure = record.result(top);
  BUILT_FROM.set(closure, tree);
  return closure;
}

/** What it holds is what the files of one tree say. */
const BUILT_FROM = new WeakMap<Closure, Tree>();

/** The closure as it is in this tree, where it may have been worked out for another: an edit may change what is read. */
export function closureHere(tree: Tree, closure: Closure, kustomizations: KustomizationReader): Closure {
  if (BUILT_FROM.get(closure) === tree) return closure;
  return closureOf(tree, closure.root, kustomizations, closure.leftOut.length > 0 ? 'what is here' : 'all');
}

interface Kustomization {
  readonly file: string;
  readonly value: Readonly<Record<string, Json>>;
  readonly lineOf: (path: readonly (string | number)[]) => number | null;
}

/** Takes the kustomization of a folder into the record, with all files that it reads and the folders that it includes. */
function visit(record: ClosureRecord, folder: string, from: string): void {
  if (record.includes.has(folder)) return;
  const kustomization = readKustomization(record, folder, from);
  if (kustomization === null) return;
  const { file, value, lineOf } = kustomization;
  const here: Record<string, Json[]> = {};
  // Thousands of folders that include one another are a depth of as many calls: no more than these for each.
  for (const key of OBJECT_LISTS) {
    if (!(key in value)) continue;
    here[key] = [];
    for (const item of listOf(value[key])) {
      const known = record.remote.length;
      record.follow(folder, file, item, 'objects', 'any');
      if (!record.leaveOut(folder, known)) here[key].push(item);
    }
  }
  followFiles(record, folder, kustomization);
  const charts = chartsOf(record, folder, file, value, lineOf);
  const plugins = PLUGIN_LISTS.map((list): Plugins & { readonly entries: readonly (string | null)[] } => {
    const found: Plugins = { list, charts: list === 'generators' ? charts : [] };
    const entries = listOf(value[list]).map((item, index) =>
      followPlugin(record, folder, file, item, lineOf([list, index]), found),
    );
    return { ...found, entries };
  });
  rewrite(record, folder, file, record.leftOut.length > 0 ? { ...value, ...here } : value, plugins);
}

/** Null, with the reason on record, where the folder has none. */
function readKustomization(record: ClosureRecord, folder: string, from: string): Kustomization | null {
  const file = kustomizationIn(record.tree, folder);
  if (file === undefined) {
    record.report(from, `${folder} has no kustomization`);
    record.unread.add(folder);
    return null;
  }
  record.folders.push(folder);
  record.includes.set(folder, []);
  record.named.set(folder, []);
  const named = KUSTOMIZATION_NAMES.map((name) =>
    realPath(record.tree, joinPath(folder, name), record.links),
  );
  if (named.filter((path) => path !== null && record.tree.entry(path)?.kind === 'file').length > 1)
    record.report(file, 'is one of several kustomizations of its folder, which Kustomize refuses');
  if (folder !== '.' && !file.startsWith(`${folder}/`)) record.crossesFolders = true;
  record.add(file, 'kustomization');
  record.read.add(file);
  const { value: said, document, problem } = record.kustomizations.read(record.tree, file);
  if (problem) record.problems.push(problem);
  if (problem || !Object.keys(said).every(isKnownField))
    record.isNotUnderstood(folder, [...stringsIn(said), String(record.tree.read(file))]);
  const value = problem ? {} : said;
  record.refuseDisguised(folder, value, file);
  for (const key of [...PATCH_LISTS, ...GENERATOR_LISTS, 'replacements'])
    for (const item of listOf(value[key])) record.refuseDisguised(folder, item, file);
  record.namespaces.set(folder, typeof value['namespace'] === 'string' ? value['namespace'] || null : null);
  return { file, value, lineOf: (path) => document?.lineOf(path) ?? null };
}

/** Patches, configurations and what generators read. */
function followFiles(record: ClosureRecord, folder: string, { file, value, lineOf }: Kustomization): void {
  for (const [index, item] of listOf(value['patchesStrategicMerge']).entries())
    record.followPatch(folder, file, item, lineOf(['patchesStrategicMerge', index]));
  for (const key of PATCH_LISTS)
    for (const item of listOf(value[key])) record.follow(folder, file, fieldOf(item, 'path'), 'objects');
  for (const item of listOf(value['replacements']))
    record.followConfiguration(folder, file, fieldOf(item, 'path'));
  for (const item of listOf(value['crds'])) record.followConfiguration(folder, file, item, true);
  for (const item of listOf(value['configurations'])) record.followConfiguration(folder, file, item);
  record.followConfiguration(folder, file, fieldOf(value['openapi'], 'path'));
  for (const key of GENERATOR_LISTS)
    for (const generator of listOf(value[key])) record.followGenerator(folder, file, generator);
}

/** What Kustomize is given for a kustomization: the same value, without the charts, which are rendered before. */
function rewrite(
  record: ClosureRecord,
  folder: string,
  file: string,
  value: Readonly<Record<string, Json>>,
  plugins: readonly (Plugins & { readonly entries: readonly (string | null)[] })[],
): void {
  const rewritten: Record<string, Json> = { ...value };
  for (const { list, entries } of plugins)
    if (entries.length > 0) rewritten[list] = entries.filter((entry) => entry !== null);
  for (const field of CHART_FIELDS) delete rewritten[field];
  const components = record.steps.add(folder, plugins[0]!.charts);
  if (components.length > 0) {
    delete rewritten['generators'];
    rewritten['components'] = [...components, ...listOf(value['components'])];
  }
  record.rewritten.set(file, jsonText(rewritten));
}
