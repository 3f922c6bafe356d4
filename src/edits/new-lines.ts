import { type DocumentNode, type MappingNode, type SequenceNode, contentEnd } from './document-nodes.ts';
import type { Replacement } from './edit.ts';
import { blockColumn, indented, type HouseStyle } from './house-style.ts';
import type { OpenDocument } from './open-document.ts';
import { lineEnd, lineStart } from './positions.ts';

/**
 * New lines below the last line of `previous`, comments that stand further in than it included; without one, above the first line of the
 * collection and the comments that stand right above that.
 */
export function afterInBlock(
  document: OpenDocument,
  collection: MappingNode | SequenceNode,
  previous: DocumentNode | null,
  lines: readonly string[] | null,
  style: HouseStyle,
): Replacement | null {
  if (lines === null) return null;
  const { text, range } = document;
  const column = blockColumn(text, collection);
  const block = lines.map((line) => indented(line, ' '.repeat(column)));
  let at = previous === null ? lineStart(text, collection.start) : contentEnd(previous);
  if (previous === null)
    while (at > range.start && commentColumn(text, lineStart(text, at - 1)) >= 0)
      at = lineStart(text, at - 1);
  if (text[at - 1] !== '\n') at = Math.min(lineEnd(text, at), range.end);
  while (at < range.end && commentColumn(text, at) > column) at = Math.min(lineEnd(text, at), range.end);
  return { start: at, end: at, text: asLines(text, at, block, style.newline) };
}

/** Whole lines to be put in at `at`: a text without a final newline stays without. */
export function asLines(text: string, at: number, lines: readonly string[], newline: string): string {
  const block = lines.join(newline);
  return at > 0 && text[at - 1] !== '\n' ? newline + block : block + newline;
}

/** The column of the comment that fills the line at `offset`; -1 where the line is anything else. */
function commentColumn(text: string, offset: number): number {
  const match = /^( *)#/.exec(text.slice(offset, lineEnd(text, offset)));
  return match ? match[1]!.length : -1;
}
