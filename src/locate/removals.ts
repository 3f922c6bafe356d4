import { reach } from '../edits/reach.ts';
import { removeItem } from '../edits/remove-item.ts';
import { removeKey } from '../edits/remove-key.ts';
import type { OpenDocument } from '../edits/open-document.ts';
import { type ConcretePath, parseFieldPath } from '../kubernetes/field-path.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { isAnchored } from './anchors.ts';
import { openAt, openValues } from './documents.ts';
import { refusal } from './plain-sites.ts';
import type { Candidates, Replacement } from './replacements.ts';

/**
 * Ways to take a field away: at each place that sets it, its key, or the outermost mapping that holds nothing else. A place in a template or
 * in a patch within a kustomization is left to people.
 */
export function removalsAt(
  revision: Revision,
  { root }: Match,
  sites: readonly Replacement['site'][],
): Candidates {
  const replacements: Replacement[] = [];
  const refusals: Candidates['refusals'][number][] = [];
  for (const site of sites) {
    const isValues = root.kind === 'helm' && !site.file.includes('/templates/');
    const opened = isValues ? openValues(revision, site.file) : openAt(revision, site);
    const path = pathIn(site);
    if ('kind' in opened) refusals.push(opened);
    else if (path === null)
      refusals.push(refusal(site, 'unsupported-style', 'what is set here cannot be taken out'));
    else {
      const [parent, last] = heldBy(opened.document, path);
      const result =
        typeof last === 'number'
          ? removeItem(opened.document, parent, last)
          : removeKey(opened.document, parent, last);
      if (result.kind === 'problem') refusals.push(refusal(site, result.code, result.message));
      else
        replacements.push({
          edits: [{ file: site.file, ...result.edit }],
          site,
          isAnchor: isAnchored(opened.document, path),
        });
    }
  }
  return { replacements, refusals };
}

/** Null for a text within a document, which has a path of its own. */
function pathIn({ path }: Replacement['site']): ConcretePath | null {
  if (path === '' || path.includes(' > ')) return null;
  const steps = parseFieldPath(path);
  return steps.every((step) => typeof step !== 'object') ? (steps as ConcretePath) : null;
}

/** What holds the value, and the key or index with which it goes: a mapping or a list that holds nothing but the value goes with it. */
function heldBy(document: OpenDocument, path: ConcretePath): readonly [ConcretePath, string | number] {
  const parent = path.slice(0, -1);
  const last = path.at(-1)!;
  const node = parent.length === 0 ? null : reach(document, parent)?.node;
  const isAlone =
    (node?.kind === 'mapping' && node.entries.length === 1) ||
    (node?.kind === 'sequence' && node.items.length === 1);
  return isAlone ? heldBy(document, parent) : [parent, last];
}
