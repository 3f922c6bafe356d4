import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Json } from '../kubernetes/objects.ts';
import { contentEnd, type DocumentNode, type SequenceNode } from './document-nodes.ts';
import { inFile, type OpenDocument } from './open-document.ts';
import { lineEnd, lineStart } from './positions.ts';
import { problem, problemAt } from './problem.ts';
import { reach, valueOf } from './reach.ts';
import { verify, type EditResult } from './verify.ts';
import type { Replacement } from './edit.ts';

/**
 * Takes an item out of the sequence at `sequence`: its lines with the comment behind it, or in a flow sequence the item with its comma. The
 * last item that is left stays, since nothing would be left that is a sequence.
 */
export function removeItem(document: OpenDocument, sequence: ConcretePath, index: number): EditResult {
  const reached = reach(document, sequence);
  const node = reached?.node;
  if (node?.kind !== 'sequence' || reached?.through !== 'own')
    return problem('not-a-sequence', 'no sequence is written at this path');
  const item = node.items[index];
  if (!item) return problem('not-found', `the sequence has no item ${index}`);
  const replacement =
    node.items.length < 2 ? null : node.flow ? inFlow(node, index) : inBlock(document, item);
  if (replacement === null)
    return problemAt(
      'unsupported-style',
      'this item cannot be taken out of its sequence',
      ...inFile(document, item.start),
    );
  return verify(document, {
    replacement,
    path: sequence,
    value: (valueOf(node) as readonly Json[]).filter((_, at) => at !== index),
    wasAmbiguous: false,
    added: null,
  });
}

function inFlow({ items }: SequenceNode, index: number): Replacement {
  const [item, previous] = [items[index]!, items[index - 1]];
  return previous
    ? { start: previous.end, end: item.end, text: '' }
    : { start: item.start, end: items[index + 1]!.start, text: '' };
}

/** The lines from the item's dash on. */
function inBlock({ text, range }: OpenDocument, item: DocumentNode): Replacement | null {
  const line = lineStart(text, item.start);
  const isFirstOnLine = /^[ \t]*-[ \t]+$/.test(text.slice(line, item.start));
  if (!isFirstOnLine) return null;
  const end = Math.min(lineEnd(text, contentEnd(item)), range.end);
  const isLast = end === text.length && !text.endsWith('\n');
  const start = isLast ? text.slice(0, line).replace(/\r?\n$/, '').length : line;
  return { start, end, text: '' };
}
