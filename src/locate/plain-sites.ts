import type { Edit } from '../edits/edit.ts';
import { isReachedByAlias, type ScalarSite } from '../edits/reach.ts';
import type { OpenDocument } from '../edits/open-document.ts';
import { scalarAt } from '../edits/scalars.ts';
import { additionAt } from '../edits/positions.ts';
import { type ConcretePath, printFieldPath } from '../kubernetes/field-path.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import { type Declined, declined } from '../model/declined.ts';
import type { Site } from '../model/site.ts';
import type { Origin } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { AcceptedEdits } from './accepted-edits.ts';
import { anchorsBehind, isAnchored } from './anchors.ts';
import { openAt, replacedOnce } from './documents.ts';
import type { Candidates, Replacement } from './replacements.ts';
import type { SourceScalar } from './source-scalars.ts';

export function plainSites(
  revision: Revision,
  origin: Origin,
  fieldPath: ConcretePath,
  after: Scalar,
  accepted?: AcceptedEdits,
): Candidates {
  const opened = openAt(revision, origin);
  if ('kind' in opened) return { replacements: [], refusals: [opened] };
  const { document } = opened;
  const path = [...origin.within, ...fieldPath];
  const all = [path, ...anchorsBehind(document, path)];
  // Each edit is verified by reading the document again: of an anchor that was accepted for others, that was done.
  const known = accepted?.placeAmong(revision, origin, all, after);
  const places = known ? [known] : all;
  const replacements: Replacement[] = [];
  const refusals: Declined[] = [];
  for (const place of places) {
    const site = scalarAt(document, place);
    const result = replacedOnce(document, place, after);
    if ('code' in site || 'code' in result) {
      const problem = 'code' in result ? result : (site as Extract<typeof site, { code: unknown }>);
      refusals.push(
        declined(
          problem.code === 'parsers-disagree' ? 'parsers-disagree' : 'unsupported-value',
          `${origin.file}${problem.line === null ? '' : `:${problem.line}`}: ${problem.message}`,
        ),
      );
      continue;
    }
    replacements.push({
      edits: [{ file: origin.file, ...result.edit }],
      cutsAlias: isReachedByAlias(document, place),
      isAnchor: isAnchored(document, place),
      site: {
        file: origin.file,
        document: document.range.index,
        ...placeOf(document, site, result.edit),
        path: printFieldPath(place),
      },
    });
  }
  return { replacements, refusals };
}

/** A value that a merge key brings in is overridden by a key that is added, and the site is there. */
function placeOf(
  document: OpenDocument,
  { line, column, through }: ScalarSite,
  { start, text }: Pick<Edit, 'start' | 'text'>,
): Pick<Site, 'line' | 'column' | 'kind'> {
  if (through !== 'merge') return { line, column, kind: 'replace' };
  return { ...additionAt(document.text, { start, text }), kind: 'add' };
}

export function refusal(
  scalar: Pick<SourceScalar, 'file' | 'line'>,
  code: string,
  message: string,
): Declined {
  const place = `${scalar.file}:${scalar.line}`;
  return declined(
    code === 'parsers-disagree' ? 'parsers-disagree' : 'unsupported-value',
    `${place}: ${message}`,
    [place],
  );
}
