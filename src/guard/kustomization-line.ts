import { inFile } from '../edits/open-document.ts';
import { positionAt } from '../edits/positions.ts';
import { reach } from '../edits/reach.ts';
import { openAt } from '../locate/documents.ts';
import type { GuardSite } from '../model/guard-report.ts';
import type { Revision } from '../sources/revision.ts';
import type { KustomizeRoot } from '../sources/roots.ts';

/** Where a value stands in the kustomization of a folder that takes part in a root; null where it is not written there. */
export function lineInKustomization(
  revision: Revision,
  root: KustomizeRoot,
  folder: string,
  path: readonly (string | number)[],
): GuardSite | null {
  const prefix = folder === '.' ? '' : `${folder}/`;
  const file = [...root.closure.files]
    .filter(([, role]) => role === 'kustomization')
    .map(([one]) => one)
    .find((one) => one.startsWith(prefix) && !one.slice(prefix.length).includes('/'));
  if (file === undefined) return null;
  const opened = openAt(revision, { file, document: 0 });
  if ('kind' in opened) return null;
  const reached = reach(opened.document, path);
  if (!reached) return null;
  return { file, line: positionAt(...inFile(opened.document, reached.node.start)).line, column: null };
}
