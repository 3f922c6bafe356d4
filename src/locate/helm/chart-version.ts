import { scalarAt } from '../../edits/scalars.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { declined, type Declined } from '../../model/declined.ts';
import { openAt, replacedOnce } from '../documents.ts';
import type { Replacement } from '../replacements.ts';

/**
 * Files of a chart that Flux packs anew only with another version in its Chart.yaml, and of the values that it packs with it; null
 * where every commit reaches the cluster.
 * https://fluxcd.io/flux/components/source/helmcharts/#reconcile-strategy
 */
export function sealedFiles(root: HelmRoot): ReadonlySet<string> | null {
  const content = root.declared?.plan.content;
  if (content?.kind !== 'chart' || content.sealed !== true) return null;
  return new Set([
    ...root.closure.files.keys(),
    ...root.values.flatMap((input) => (input.kind === 'file' ? [input.path] : [])),
  ]);
}

/** Why an edit of such a file alone does nothing. */
export function isSealed(root: HelmRoot, { file, line }: Replacement['site']): Declined {
  return declined(
    'other-revision',
    `${file} is part of a chart that Flux takes anew only with another version in its Chart.yaml (spec.chart.spec.reconcileStrategy of ${root.declared!.plan.by})`,
    [`${file}:${line}`],
  );
}

/** The edit with the next version of the chart, which is one for nothing else; null where the version is no plain one. */
export function withNextVersion(
  revision: Revision,
  root: HelmRoot,
  replacement: Replacement,
): Replacement | null {
  const file = root.path === '.' ? 'Chart.yaml' : `${root.path}/Chart.yaml`;
  const opened = openAt(revision, { file, document: 0 });
  if ('kind' in opened) return null;
  const site = scalarAt(opened.document, ['version']);
  if ('code' in site) return null;
  const [, before, patch] = /^["']?(\d+\.\d+\.)(\d+)["']?$/.exec(site.source) ?? [];
  if (before === undefined) return null;
  const result = replacedOnce(opened.document, ['version'], `${before}${Number(patch) + 1}`);
  if (result.kind !== 'edited') return null;
  return {
    ...replacement,
    edits: [...replacement.edits, { file, ...result.edit }],
    escorted: {
      alone: replacement.edits,
      because: `${root.declared!.plan.by} takes ${root.path} anew only with another version in ${file}`,
      refusal: isSealed(root, replacement.site),
    },
  };
}
