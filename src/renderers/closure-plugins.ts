import { posix } from 'node:path';
import { ClosureRecord, fieldOf, listOf } from './closure-record.ts';
import { isRemote, configurationEntry } from './references.ts';
import { kustomizationIn } from './kustomization.ts';
import { stringsIn, isFolder, realPath, resolvePath } from './tree-paths.ts';
import type { Generated } from './chart-steps.ts';
import { followChart } from './closure-charts.ts';
import type { StrictDocument } from './strict-yaml.ts';
import type { Json } from '../kubernetes/objects.ts';
import { jsonDocuments } from './as-json.ts';

/** One of the lists of a kustomization that configure plugins, with what its entries are, in order. */
export interface Plugins {
  readonly list: string;
  /** Charts that are to be rendered, and configurations of other generators. */
  readonly charts: Generated[];
}

/**
 * An entry of generators, transformers or validators. Its configuration may name files too, and these are read from the
 * kustomization's folder. What Kustomize is given in its place; null for one that could not be read.
 */
export function followPlugin(
  record: ClosureRecord,
  folder: string,
  from: string,
  reference: unknown,
  line: number | null,
  plugins: Plugins,
): string | null {
  if (typeof reference !== 'string') return null;
  const read = configurationEntry(reference);
  if (read.kind === 'unclear') {
    record.report(from, `an entry of ${plugins.list} ${read.why}`, line);
    record.isNotUnderstood(folder, [reference]);
    return null;
  }
  if (read.kind === 'inline') {
    if (leaveOutProgram(record, folder, from, read.documents, plugins)) return null;
    followConfigurations(record, folder, from, read.documents, line, plugins);
    return jsonDocuments(read.documents.map(({ value }) => value));
  }
  const named = isRemote(reference) ? null : resolvePath(folder, reference);
  const path = named === null ? null : realPath(record.tree, named, record.links);
  if (path !== null && record.tree.entry(path)?.kind !== 'file' && isFolder(record.tree, path)) {
    followPluginFolder(record, folder, from, path, plugins);
    return reference;
  }
  const file = record.follow(folder, from, reference, 'objects', 'any');
  if (file === null) return reference;
  const { documents, problem } = record.kustomizations.documents(record.tree, file);
  if (problem) {
    record.report(file, problem.message, problem.line);
    record.isNotUnderstood(folder, [String(record.tree.read(file))]);
  } else if (leaveOutProgram(record, folder, file, documents, plugins)) return null;
  else {
    record.rewritten.set(file, jsonDocuments(documents.map(({ value }) => value)));
    followConfigurations(record, folder, file, documents, null, plugins);
  }
  return reference;
}

/** A generator adds objects, and changes none: the others can be built without it. What it reads is not known. */
function leaveOutProgram(
  record: ClosureRecord,
  folder: string,
  from: string,
  documents: readonly StrictDocument[],
  { list }: Plugins,
): boolean {
  const isProgram = ({ value }: StrictDocument): boolean => fieldOf(value, 'apiVersion') !== 'builtin';
  if (record.extent === 'all' || list !== 'generators' || !documents.every(isProgram)) return false;
  for (const { value } of documents) {
    record.leftOut.push(`${String(fieldOf(value, 'kind'))} in ${from}, which runs a program`);
    record.isNotUnderstood(folder, stringsIn(value));
  }
  return documents.length > 0;
}

function followPluginFolder(
  record: ClosureRecord,
  folder: string,
  from: string,
  path: string,
  plugins: Plugins,
): void {
  record.follow(folder, from, posix.relative(folder, path) || '.', 'objects', 'any');
  const file = kustomizationIn(record.tree, path);
  if (record.pluginFolders.has(path) || file === undefined) return;
  record.pluginFolders.add(path);
  const { value } = record.kustomizations.read(record.tree, file);
  // What changes a configuration could make it name another file.
  if (!Object.keys(value).every((key) => ['apiVersion', 'kind', 'resources'].includes(key))) {
    record.unsupported.push(`${path}, which builds the configuration of generators or transformers,`);
    record.isNotUnderstood(folder, stringsIn(value));
  }
  for (const item of listOf(value['resources']))
    if (typeof item === 'string')
      followPlugin(record, folder, from, posix.relative(folder, posix.join(path, item)), null, plugins);
}

function followConfigurations(
  record: ClosureRecord,
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
      const { apiVersion: _, kind: __, metadata: ___, ...settings } = value as Readonly<Record<string, Json>>;
      plugins.charts.push(
        followChart(record, folder, from, settings, undefined, {
          what: kind,
          lineOf: (path) => line ?? document.lineOf(path),
        }),
      );
      continue;
    }
    if (!isBuiltIn || kind.startsWith('Helm')) {
      record.unsupported.push(`${kind} in ${from}, which runs a program,`);
      record.isNotUnderstood(folder, stringsIn(value));
    }
    record.refuseDisguised(folder, value, from);
    record.follow(folder, from, fieldOf(value, 'path'), 'objects');
    for (const item of listOf(fieldOf(value, 'paths'))) record.followPatch(folder, from, item, line);
    for (const item of listOf(fieldOf(value, 'replacements'))) {
      record.refuseDisguised(folder, item, from);
      record.followConfiguration(folder, from, fieldOf(item, 'path'));
    }
    record.followGenerator(folder, from, value);
    plugins.charts.push({ kind: 'generator', configuration: value });
  }
}
