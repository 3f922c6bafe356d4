import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Entry } from './document-nodes.ts';
import { type MaskedPlace, maskDocument } from './masked-document.ts';
import type { OpenDocument } from './open-document.ts';
import { secondLines, secondReading } from './second-parser.ts';

/**
 * True when js-yaml finds the key at a path, or the item, at the line where the document has it, and so everything below
 * it. False too for what is reached through an alias or a merge key, since it is written elsewhere.
 *
 * js-yaml-source-map is asked about a masked copy, since it confuses paths of which one is the beginning of another:
 * `port` and `ports`, the values `1` and `1000`. The masked copy has the shape that js-yaml is to confirm, but our word
 * for which key is which, so js-yaml must also read each key on the way as we do.
 */
export function linesAgree(document: OpenDocument, path: ConcretePath): boolean {
  const { text, places } = maskDocument(document, path);
  const lines = secondLines(text);
  const agrees = ({ address, start, keys }: MaskedPlace): boolean =>
    lines?.(address) === lineIn(document, start) && keys.every((key) => readsKey(document, key));
  return places.length > 0 && places.every(agrees);
}

/** Counted from 1 in the document's own text. */
function lineIn({ text, range }: OpenDocument, offset: number): number {
  return text.slice(range.start, offset).split('\n').length;
}

/** A key behind an alias has no text of its own, and one that is a collection has no name. */
function readsKey({ text }: OpenDocument, { key, keyStart, keyEnd, keyStyle }: Entry): boolean {
  return keyStyle === null || String(secondReading(text.slice(keyStart, keyEnd))) === key;
}
