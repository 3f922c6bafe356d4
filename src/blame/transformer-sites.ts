import { scalars } from '../edits/scalars.ts';
import { printFieldPath, type ConcretePath } from '../kubernetes/field-path.ts';
import type { Field } from '../kubernetes/field.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import { controls, otherThan } from '../locate/controls.ts';
import { openAt, replacedOnce } from '../locate/documents.ts';
import type { Replacement } from '../locate/replacements.ts';
import { kustomizationIn } from '../renderers/kustomization.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';

/** Entries of one kustomization that are tried. */
const MOST_TRIED = 12;

/**
 * The entry of a kustomization's `labels`, `commonLabels` or `commonAnnotations` that gives a label or an annotation its value, which no
 * marker shows: the one with which the field changes. None outside kustomizations.
 */
export async function transformerSites(
  revision: Revision,
  match: Match,
  field: Field,
): Promise<readonly Replacement['site'][]> {
  const { root } = match;
  if (root.kind !== 'kustomize') return [];
  // The root's own kustomization comes last in the build, and wins.
  const folders = [...new Set([root.path, ...root.closure.folders])];
  for (const folder of folders) {
    const file = kustomizationIn(revision.tree, folder);
    const opened = file === undefined ? null : openAt(revision, { file, document: 0 });
    if (file === undefined || opened === null || 'kind' in opened) continue;
    const { document } = opened;
    const entries = scalars(document)
      .filter(({ path, value, through }) => through === 'own' && isOfField(path, value, field))
      .slice(0, MOST_TRIED);
    for (const { path, line, column, value } of entries) {
      const edit = replacedOnce(document, path, otherThan(value));
      if (edit.kind !== 'edited') continue;
      const edits = [{ file, ...edit.edit }];
      if ((await controls(revision, match, field, { edits })) !== true) continue;
      return [{ file, document: 0, line, column, path: printFieldPath(path), kind: 'replace' }];
    }
  }
  return [];
}

function isOfField(path: ConcretePath, value: Scalar, field: Field): boolean {
  return (
    /^(labels\/\d+\/pairs|commonLabels|commonAnnotations)\//.test(path.join('/')) &&
    path.at(-1) === field.path.at(-1) &&
    String(value) === String(field.value)
  );
}
