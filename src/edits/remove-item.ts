import type { ConcretePath } from '../kubernetes/field-path.ts';
import { contentEnd } from './document-nodes.ts';
import type { Replacement } from './edit.ts';
import { inFile, type OpenDocument } from './open-document.ts';
import { lineEnd, lineStart } from './positions.ts';
import { problem, problemAt } from './problem.ts';
import { reach, valueOf } from './reach.ts';
import { verify, type EditResult } from './verify.ts';

/** Takes an item out of the block sequence at `list`: its lines with the comment behind it. The only item of a sequence stays. */
export function removeItem(document: OpenDocument, list: ConcretePath, index: number): EditResult {
  const reached = reach(document, list);
  const node = reached?.node;
  if (node?.kind !== 'sequence' || reached?.through !== 'own')
    return problem('not-a-mapping', 'no list is written at this path');
  const item = node.items[index];
  if (!item) return problem('not-found', `the list has no item ${index}`);
  const { text, range } = document;
  const dash = text.lastIndexOf('-', item.start);
  const start = lineStart(text, dash);
  const isOwnLine =
    /^[ \t]*$/.test(text.slice(start, dash)) && /^-[ \t]+$/.test(text.slice(dash, item.start));
  if (node.flow || node.items.length < 2 || !isOwnLine)
    return problemAt(
      'unsupported-style',
      'an item cannot be taken out of this list',
      ...inFile(document, item.start),
    );
  const end = Math.min(lineEnd(text, contentEnd(item)), range.end);
  const isLast = end === text.length && !text.endsWith('\n');
  const replacement: Replacement = {
    start: isLast ? text.slice(0, start).replace(/\r?\n$/, '').length : start,
    end,
    text: '',
  };
  return verify(document, {
    replacement,
    path: list,
    value: node.items.filter((one) => one !== item).map((one) => valueOf(one)),
    wasAmbiguous: false,
    added: null,
  });
}
