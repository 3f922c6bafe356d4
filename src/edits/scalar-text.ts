import type { Scalar } from '../kubernetes/objects.ts';
import type { DocumentNode } from './document-nodes.ts';
import type { OpenDocument } from './open-document.ts';
import { ambiguousScalar, coreType } from './plain-scalars.ts';

export type Quote = 'single' | 'double';

/** What begins something other than text, or could be taken for it. */
const NOT_PLAIN_FIRST = /^(?:[-?:](?:\s|$)|[,[\]{}#&*!|>'"%@`]|---|\.\.\.)/;
const NOT_PLAIN_INSIDE = /:(?:\s|$)|\s#|^\s|\s$/;
/** In flow collections commas and brackets end a scalar; what follows a `?` or `-` there is read differently by parsers. */
const NOT_PLAIN_IN_FLOW = /[,[\]{}]|^[-?:]|:$/;
/** Everything that can stand in single quotes and in a comment-free line as it is. */
const PRINTABLE = /^[\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** Writes a scalar on one line. A string is plain only where every parser reads it as that string. */
export function printScalar(
  value: Scalar,
  place: { readonly quote: Quote; readonly inFlow: boolean; readonly style: 'plain' | Quote },
): string | null {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) return null;
    if (place.style === 'plain' && isPlainString(value, place.inFlow)) return value;
    return quoted(value, place.style === 'plain' ? place.quote : place.style);
  }
  if (typeof value !== 'number') return String(value);
  const text = JSON.stringify(value === 0 ? 0 : value);
  return ambiguousScalar(text) || coreType(text) === 'null' ? null : text;
}

export function isPlainString(text: string, inFlow: boolean): boolean {
  return (
    coreType(text) === 'string' &&
    !ambiguousScalar(text) &&
    PRINTABLE.test(text) &&
    !NOT_PLAIN_FIRST.test(text) &&
    !NOT_PLAIN_INSIDE.test(text) &&
    !(inFlow && NOT_PLAIN_IN_FLOW.test(text))
  );
}

/** In the quotes wanted, or in double ones for what only they can write. */
export function quoted(text: string, quote: Quote): string {
  if (quote === 'single' && PRINTABLE.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The quotes that a document uses more; double where it uses none. */
export function preferredQuote(document: OpenDocument): Quote {
  let balance = 0;
  const count = (node: DocumentNode): void => {
    if (node.kind === 'scalar') balance += node.style === 'single' ? 1 : node.style === 'double' ? -1 : 0;
    else if (node.kind === 'sequence') node.items.forEach(count);
    else if (node.kind === 'mapping') node.entries.forEach((entry) => count(entry.value));
  };
  count(document.root);
  return balance > 0 ? 'single' : 'double';
}

/**
 * Writes a string as the lines of an existing block scalar, its header kept; null where the block cannot hold it: the
 * header decides which newlines may end the text, and a first line that starts with a space needs another header.
 */
export function printBlock(
  value: string,
  block: { readonly value: string; readonly source: string },
): string | null {
  const headerEnd = block.source.indexOf('\n') + 1;
  const header = /^([|>])([1-9]?)([-+]?)([1-9]?)(?=\s)/.exec(block.source);
  const indent = blockIndent(block);
  if (headerEnd === 0 || header === null || indent === null) return null;
  if (!value.isWellFormed() || NOT_IN_BLOCK.test(value)) return null;
  const [, style, before, chomping, behind] = header;
  const finished = value.endsWith('\n');
  const body = finished ? value.slice(0, -1) : value;
  if (body === '' || finished !== (chomping !== '-') || (chomping === '' && body.endsWith('\n'))) return null;
  if (!before && !behind && /^\n*[ \t]/.test(body)) return null;
  if (style === '>' && /(?:^|\n)[ \t]/.test(body)) return null;
  const newline = block.source[headerEnd - 2] === '\r' ? '\r\n' : '\n';
  const lines = (style === '>' ? body.replaceAll('\n', '\n\n') : body).split('\n');
  const indented = lines.map((line) => (line === '' ? '' : indent + line)).join(newline);
  return block.source.slice(0, headerEnd) + indented + (block.source.endsWith('\n') ? newline : '');
}

/** Control characters, and what some parsers take for a line break. */
// oxlint-disable-next-line no-control-regex
const NOT_IN_BLOCK = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

/** What the lines of a block scalar begin with; null for a block without any text. */
export function blockIndent(block: { readonly value: string; readonly source: string }): string | null {
  const line = /\n([ ]*)[^\s]/.exec(block.source.replace(/\r/g, ''))?.[1];
  const own = /(?:^|\n)([ ]*)[^\s]/.exec(block.value)?.[1];
  return line === undefined || own === undefined ? null : line.slice(own.length);
}
