import { scalarAt, scalars } from '../edits/scalars.ts';
import { printFieldPath } from '../kubernetes/field-path.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import type { Site } from '../model/site.ts';
import type { Revision } from '../sources/revision.ts';
import { openedAt } from './take-out.ts';

/**
 * The path and value of a place in the file as it is. A place that was found after others were taken out has kept its line, and its path may
 * count fewer list items. Its value is undefined where the file has no single value of YAML there.
 */
export function asWritten(
  revision: Revision,
  site: Pick<Site, 'file' | 'document' | 'line' | 'column' | 'path'>,
): { readonly path: string; readonly written: Scalar | undefined } {
  const opened = openedAt(revision, site);
  if (opened === null) return { path: site.path, written: undefined };
  const isThere = (one: { readonly line: number; readonly column: number }): boolean =>
    one.line === site.line && one.column === site.column;
  const own = scalarAt(opened.document, opened.path);
  if (own.kind === 'scalar' && isThere(own)) return { path: site.path, written: own.value };
  const found = scalars(opened.document).find(isThere);
  if (!found) return { path: site.path, written: undefined };
  const outer = site.path.split(' > ').slice(0, -1);
  return { path: [...outer, printFieldPath(found.path)].join(' > '), written: found.value };
}
