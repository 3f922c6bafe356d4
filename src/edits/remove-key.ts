import type { ConcretePath } from '../kubernetes/field-path.ts';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import { contentEnd, type Entry, type MappingNode } from './document-nodes.ts';
import { inFile, type OpenDocument } from './open-document.ts';
import { reach, valueOf } from './reach.ts';
import { lineEnd, lineStart } from './positions.ts';
import { problem, problemAt } from './problem.ts';
import { verify, type EditResult } from './verify.ts';
import type { Replacement } from './edit.ts';

/**
 * Takes a key out of the mapping at `parent`: its whole line with the comment behind it, or in a flow mapping the entry with its
 * comma. The last key of a mapping stays, since nothing would be left that is a mapping.
 */
export function removeKey(document: OpenDocument, parent: ConcretePath, key: string): EditResult {
  const reached = reach(document, parent);
  const node = reached?.node;
  if (node?.kind !== 'mapping' || reached?.through !== 'own')
    return problem('not-a-mapping', 'no mapping is written at this path');
  const index = node.entries.findIndex((entry) => entry.key === key && !entry.merge);
  const entry = node.entries[index];
  if (!entry) return problem('not-found', `the mapping has no key ${key}`);
  const replacement =
    node.entries.length < 2
      ? null
      : node.flow
        ? inFlow(document, node, index)
        : inBlock(document, entry, node.entries[index + 1]);
  if (replacement === null)
    return problemAt(
      'unsupported-style',
      `${key} cannot be taken out of this mapping`,
      ...inFile(document, entry.keyStart),
    );
  return verify(document, {
    replacement,
    path: parent,
    value: without(valueOf(node), key),
    wasAmbiguous: false,
    added: null,
  });
}

function without(value: Json, key: string): Json {
  return isRecord(value)
    ? (Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)) as Json)
    : value;
}

function inFlow({ text }: OpenDocument, { entries }: MappingNode, index: number): Replacement {
  const { keyStart, value } = entries[index]!;
  const previous = entries[index - 1];
  if (!previous) return { start: keyStart, end: entries[index + 1]!.keyStart, text: '' };
  const start = previous.value.end;
  // A comment behind the comma speaks of the entry before.
  const between = text.slice(start, keyStart).replace(',', '').trimEnd();
  return { start, end: value.end, text: between };
}

function inBlock({ text, range }: OpenDocument, entry: Entry, next: Entry | undefined): Replacement | null {
  const line = lineStart(text, entry.keyStart);
  const end = Math.min(lineEnd(text, contentEnd(entry.value)), range.end);
  const isFirstOnLine = /^[ \t]*$/.test(text.slice(line, entry.keyStart));
  if (isFirstOnLine) {
    // The last line of a file without a final newline takes the line break before it along.
    const isLast = end === text.length && !text.endsWith('\n');
    const start = isLast ? text.slice(0, line).replace(/\r?\n$/, '').length : line;
    return { start, end, text: '' };
  }
  // Behind the dash of an item: the next key moves up. A comment on a line between the two would lose its place.
  if (!next || text.slice(end, next.keyStart).trim() !== '') return null;
  return { start: entry.keyStart, end: next.keyStart, text: '' };
}
