import { ClosureRecord, listOf } from './closure-record.ts';
import { joinPath, stringsIn, realPath, resolvePath } from './tree-paths.ts';
import { chartEntry, fromOldGenerators, type ChartEntry } from './chart-entries.ts';
import type { Generated } from './chart-steps.ts';
import type { Json } from '../kubernetes/objects.ts';
import { chartClosureOf } from './chart-closure.ts';

/** For what could not be read: it makes nothing, and the root is not built. */
const NOTHING: Generated = { kind: 'nothing' };

interface Place {
  readonly what: string;
  readonly lineOf: (path: readonly (string | number)[]) => number | null;
}

export function chartsOf(
  record: ClosureRecord,
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
      followChart(record, folder, file, entry, globals, place('helmCharts', index)),
    ),
    ...old.entries.map((entry, index) =>
      followChart(record, folder, file, entry, globals, place('helmChartInflationGenerator', index)),
    ),
  ];
}

/** Kustomize lets helm render a chart of the repository; one that is not there it would pull. */
export function followChart(
  record: ClosureRecord,
  folder: string,
  from: string,
  settings: Json,
  globals: Json | undefined,
  place: Place,
): Generated {
  const entry = chartEntry(from, settings, globals, place.what === 'HelmChartInflationGenerator');
  if ('why' in entry) {
    const line = place.lineOf(entry.path);
    record.unsupported.push(`${entry.why} of ${place.what} in ${from}${line === null ? '' : `:${line}`}`);
    record.isNotUnderstood(folder, [...stringsIn(settings), ...stringsIn(globals)]);
    return NOTHING;
  }
  const valuesFiles = [
    ...(entry.valuesFile === null ? [] : [entry.valuesFile]),
    ...entry.additionalValuesFiles,
  ];
  const followed = valuesFiles.map((reference) => record.follow(folder, from, reference, 'values'));
  const chart = chartFolder(record, folder, entry);
  if (chart === null) {
    const { name, repository } = entry;
    const known = record.remote.length;
    record.remote.push(`chart ${name}${repository === '' ? '' : ` from ${repository}`}`);
    record.leaveOut(folder, known);
    record.absentCharts.push({ folder, entry });
    return NOTHING;
  }
  const closure = chartClosureOf(record.tree, chart, 'as they lie');
  record.problems.push(...closure.problems);
  for (const path of closure.unread) record.unread.add(path);
  for (const [at, path] of closure.placed)
    // Of a chart that was pulled once, nothing is changed: the next pull would undo it.
    record.add(path, entry.repository === '' && at === joinPath(chart, 'values.yaml') ? 'values' : 'chart');
  const [own, ...additional] =
    entry.valuesFile === null ? [joinPath(chart, 'values.yaml'), ...followed] : followed;
  if (own === null || own === undefined || additional.includes(null)) return NOTHING;
  if (entry.valuesFile === null && !closure.placed.has(own)) {
    record.report(from, `${own} does not exist`, place.lineOf(['name']));
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
function chartFolder(
  record: ClosureRecord,
  folder: string,
  { name, version, repository, home }: ChartEntry,
): string | null {
  const pulled = repository !== '' && version !== '' ? `/${name}-${version}` : '';
  const named = /^[a-z]+:\/\//i.test(home) ? null : resolvePath(folder, `${home}${pulled}/${name}`);
  const path = named === null ? null : realPath(record.tree, named, record.links);
  return path !== null && record.tree.entry(joinPath(path, 'Chart.yaml'))?.kind === 'file' ? path : null;
}
