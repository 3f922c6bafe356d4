import { posix } from 'node:path';
import { printFieldPath, type ConcretePath } from '../../kubernetes/field-path.ts';
import { recordsOf } from '../../kubernetes/objects.ts';
import type { AbsentChart } from '../../renderers/kustomization.ts';
import { resolvePath } from '../../renderers/tree-paths.ts';
import type { Revision } from '../../sources/revision.ts';
import { rolesOf, type KustomizeRoot } from '../../sources/roots.ts';
import { likelyValues, type LikelyValue } from '../helm/likely-values.ts';
import { valuesIn, type Layer } from '../helm/values.ts';
import { sourceScalars, type SourceScalar } from '../source-scalars.ts';
import type { Target } from '../target.ts';
import type { Statement } from './statement.ts';
import type { LiveField } from './live-field.ts';
import { chartOf } from './owner.ts';
import { apartFromRivals, unseenField } from './rivals.ts';

/** The values that speak of a field, of charts that the kustomizations of a root install and that are published elsewhere. */
export function chartStatements(
  revision: Revision,
  root: KustomizeRoot,
  target: Target,
  field: LiveField,
): readonly Statement[] {
  const { absentCharts } = root.closure;
  if (absentCharts.length === 0) return [];
  const scalars = [...rolesOf(root)]
    .filter(([, role]) => role === 'values' || role === 'kustomization')
    .flatMap(([file, role]) => sourceScalars(revision.tree, file, role));
  return ofItsChart(absentCharts, target).flatMap((chart) => {
    const release = chart.entry.release;
    const unseen = unseenField(target.live, field, release);
    const all = likelyValues(valuesIn(revision, layersOf(revision, chart)), unseen);
    const { likely: own, rival } = apartFromRivals(target, all, unseen, release);
    return own
      .filter(({ and = [] }) => and.length === 0)
      .flatMap((likely): readonly Statement[] => {
        const scalar = scalars.find((one) => isWrittenAt(one, chart, likely));
        if (!scalar) return [];
        const what = `the value ${printFieldPath(likely.leaf.path)} of chart ${chart.entry.name}`;
        return [{ scalar, value: likely.before, what, ...(rival ? { rival: rival.what } : {}) }];
      });
  });
}

/** Of several charts, the one that the label of Helm's charts names; all where it names none of them. */
function ofItsChart(charts: readonly AbsentChart[], { live }: Target): readonly AbsentChart[] {
  const named = charts.filter(({ entry }) => entry.name === chartOf(live));
  return named.length > 0 ? named : charts;
}

/**
 * Lowest precedence first. Kustomize merges the inline values with the first file, and hands further files to Helm behind them
 * (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/helmcharts/).
 */
function layersOf(revision: Revision, { folder, entry }: AbsentChart): readonly Layer[] {
  const file = (path: string): readonly Layer[] => {
    const at = resolvePath(folder, path);
    return at === null ? [] : [{ kind: 'file', file: at, prefix: [] }];
  };
  const own = entry.valuesFile === null ? [] : file(entry.valuesFile);
  const at = inlineAt(revision, entry);
  const inline: readonly Layer[] =
    at === null ? [] : [{ kind: 'inline', input: { kind: 'inline', values: entry.valuesInline, at } }];
  const merged =
    entry.valuesMerge === 'merge'
      ? [...inline, ...own]
      : entry.valuesMerge === 'replace' && Object.keys(entry.valuesInline).length > 0
        ? inline
        : [...own, ...inline];
  return [...merged, ...entry.additionalValuesFiles.flatMap(file)];
}

/** Where the inline values stand in the kustomization. */
function inlineAt(revision: Revision, { from, name, release }: AbsentChart['entry']): ConcretePath | null {
  const index = recordsOf(revision.kustomization(from)['helmCharts']).findIndex(
    (one) =>
      one['name'] === name && (one['releaseName'] ?? one['nameTemplate'] ?? 'release-name') === release,
  );
  return index < 0 ? null : ['helmCharts', index, 'valuesInline'];
}

function isWrittenAt(
  { file, path }: SourceScalar,
  { entry }: AbsentChart,
  { leaf: { layer, path: place } }: LikelyValue,
): boolean {
  if (layer.kind === 'file') return file === layer.file && samePlace(path, place);
  if (layer.kind !== 'inline' || layer.input.at === null) return false;
  return (
    posix.normalize(file) === posix.normalize(entry.from) && samePlace(path, [...layer.input.at, ...place])
  );
}

function samePlace(one: ConcretePath, other: ConcretePath): boolean {
  return printFieldPath(one) === printFieldPath(other);
}
