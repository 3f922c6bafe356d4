/**
 * A reader for YAML as programs print it: block mappings and sequences, scalars, wrapped or not. That is nearly
 * all of what `kubectl get -o yaml` prints, and can be read several times faster than YAML at large. Whatever else a
 * text has in it (comments, anchors, tags, flow collections…) makes it {@link UNUSUAL}: js-yaml reads it then.
 */

export const UNUSUAL = Symbol('YAML that takes a real parser');

/**
 * @param text one document.
 * @param readScalar reads a plain scalar that may be a number.
 * @param keep gets every text value and answers with an equal one to keep in its place.
 * @returns what js-yaml with the core schema makes of the text, or {@link UNUSUAL}.
 */
export function readPrinted(
  text: string,
  readScalar: (scalar: string) => unknown,
  keep: (value: string) => string = (value) => value,
): unknown {
  if (/[\t\r]|^(?:%|\.\.\.)/m.test(text)) return UNUSUAL;
  const lines = text.split('\n');
  const cursor: Cursor = { lines, at: lines[0] === '---' ? 1 : 0, readScalar, keep };
  try {
    const indent = nextIndent(cursor);
    if (indent < 0) return UNUSUAL;
    const value = readBlock(cursor, indent);
    return nextIndent(cursor) < 0 ? value : UNUSUAL;
  } catch (error) {
    if (error === UNUSUAL) return UNUSUAL;
    throw error;
  }
}

/**
 * Cuts the items out of a printed list, so that each can be read for itself: the lines of `items:` whose dash stands
 * farthest left. Null when the text is no list at its top level.
 *
 * @returns `rest` is the document without its items; `start` is where the first of them begins in the text.
 */
export function splitItems(
  text: string,
): { readonly rest: string; readonly start: number; readonly items: readonly string[] } | null {
  const header = /^items:\n( *)- /m.exec(text);
  if (header === null) return null;
  const start = header.index + 'items:\n'.length;
  const dash = `\n${header[1]}- `;
  const items: string[] = [];
  let from = start;
  for (;;) {
    const next = text.indexOf(dash, from);
    const end = endOfItems(text, from, next < 0 ? text.length : next + 1, header[1]!.length);
    items.push(text.slice(from, end));
    if (end !== next + 1) return { rest: text.slice(0, header.index) + text.slice(end), start, items };
    from = end;
  }
}

/** Where the list ends between `from` and `to`: at a line that is indented no deeper than its dashes. */
function endOfItems(text: string, from: number, to: number, indent: number): number {
  for (let at = text.indexOf('\n', from) + 1; at > 0 && at < to; at = text.indexOf('\n', at) + 1) {
    let column = 0;
    while (column <= indent && text.charCodeAt(at + column) === SPACE) column++;
    if (column <= indent && text.charCodeAt(at + column) !== NEWLINE) return at;
  }
  return to;
}

interface Cursor {
  readonly lines: readonly string[];
  at: number;
  readonly readScalar: (scalar: string) => unknown;
  readonly keep: (value: string) => string;
}

/** So far in, nesting may be deeper than any object's: js-yaml knows when to stop. */
const DEEPEST_INDENT = 100;

const SPACE = 32;
const NEWLINE = 10;
const DASH = 45;

/** Names that are the same text in every schema; `true` and `null` could be other things as keys. */
const KEY = /(?!(?:true|false|null|__proto__):)([A-Za-z_][A-Za-z0-9_./-]*):(?: +|$)/iy;

function readBlock(cursor: Cursor, indent: number): unknown {
  if (indent > DEEPEST_INDENT) throw UNUSUAL;
  return startsItem(cursor.lines[cursor.at]!, indent)
    ? readSequence(cursor, indent)
    : readMapping(cursor, indent);
}

function readMapping(cursor: Cursor, column: number): Record<string, unknown> {
  const mapping: Record<string, unknown> = {};
  do {
    const line = cursor.lines[cursor.at]!;
    KEY.lastIndex = column;
    const match = KEY.exec(line);
    if (match === null) throw UNUSUAL;
    const at = KEY.lastIndex;
    mapping[match[1]!] = at === line.length ? readBelow(cursor, column) : readInline(cursor, at, column);
  } while (continuesAt(cursor, column));
  return mapping;
}

function readSequence(cursor: Cursor, indent: number): unknown[] {
  const items: unknown[] = [];
  do {
    const line = cursor.lines[cursor.at]!;
    if (!startsItem(line, indent)) break;
    let column = indent + 2;
    while (line.charCodeAt(column) === SPACE) column++;
    if (column >= line.length || startsItem(line, column)) throw UNUSUAL;
    KEY.lastIndex = column;
    items.push(KEY.test(line) ? readMapping(cursor, column) : readInline(cursor, column, indent));
  } while (continuesAt(cursor, indent));
  return items;
}

/** The value of a key that has none on its own line. A sequence may stand as far left as its key. */
function readBelow(cursor: Cursor, column: number): unknown {
  cursor.at += 1;
  const indent = nextIndent(cursor);
  if (indent > column) return readBlock(cursor, indent);
  return indent === column && startsItem(cursor.lines[cursor.at]!, column)
    ? readSequence(cursor, column)
    : null;
}

/** A value that starts on the line of its key or dash. Printers wrap long ones: their further lines stand deeper. */
function readInline(cursor: Cursor, at: number, parent: number): unknown {
  const { lines } = cursor;
  let text = trimSpaces(lines[cursor.at]!.slice(at));
  cursor.at += 1;
  if (text.startsWith('|') || text.startsWith('>')) return readBlockScalar(cursor, text, parent);
  while (cursor.at < lines.length && indentOf(lines[cursor.at]!) > parent) {
    const further = trimSpaces(lines[cursor.at]!);
    // A blank line would be a line break, a backslash an escaped one.
    if (further === '' || text.endsWith('\\')) throw UNUSUAL;
    text += ` ${further}`;
    cursor.at += 1;
  }
  const value = readScalar(text, cursor.readScalar);
  return typeof value === 'string' ? cursor.keep(value) : value;
}

function readBlockScalar(cursor: Cursor, header: string, parent: number): string {
  const isLiteral = header === '|' || header === '|-';
  if (!isLiteral && header !== '>' && header !== '>-') throw UNUSUAL;
  const text = readLines(cursor, parent);
  const end = header.endsWith('-') ? '' : '\n';
  if (isLiteral) return text + end;
  // Lines that stand deeper, and breaks before the first, are not folded.
  if (/(?:^|\n) |^\n/.test(text)) throw UNUSUAL;
  return text.replace(/\n+/g, (breaks) => breaks.slice(1) || ' ') + end;
}

/** The lines of a block scalar, without the breaks at their end. */
function readLines(cursor: Cursor, parent: number): string {
  const { lines } = cursor;
  const from = cursor.at;
  const indent = nextIndent(cursor);
  if (indent <= parent || lines.slice(from, cursor.at).some((line) => line.length > indent)) throw UNUSUAL;
  let text = '';
  let breaks = '\n'.repeat(cursor.at - from);
  for (; cursor.at < lines.length; cursor.at++) {
    const line = lines[cursor.at]!;
    const column = indentOf(line);
    if (column === line.length) {
      if (column > indent) throw UNUSUAL;
      breaks += '\n';
    } else if (column < indent) {
      if (column > parent) throw UNUSUAL;
      break;
    } else {
      text += breaks + line.slice(indent);
      breaks = '\n';
    }
  }
  return text;
}

function readScalar(text: string, readNumber: (scalar: string) => unknown): unknown {
  switch (text[0]) {
    case '"':
      return readDoubleQuoted(text);
    case "'":
      if (!/^'(?:[^']|'')*'$/.test(text)) throw UNUSUAL;
      return text.slice(1, -1).replaceAll("''", "'");
    case '{':
      if (text !== '{}') throw UNUSUAL;
      return {};
    case '[':
      if (text !== '[]') throw UNUSUAL;
      return [];
    default:
      return readPlain(text, readNumber);
  }
}

/** Escapes that JSON has too mean the same there. */
function readDoubleQuoted(text: string): string {
  if (!/^"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"$/.test(text)) throw UNUSUAL;
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

function readPlain(text: string, readNumber: (scalar: string) => unknown): unknown {
  if (/^[&*!>%@`#,?:\]}]|^-(?: |$)|:(?: |$)| #/.test(text)) throw UNUSUAL;
  if (/^[-+.0-9]/.test(text)) return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : readNumber(text);
  if (text.length > 5) return text;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  return /^(?:null|Null|NULL|~)$/.test(text) ? null : text;
}

/** True when the block goes on at this column; a line that stands deeper continues something that was taken for complete. */
function continuesAt(cursor: Cursor, column: number): boolean {
  const indent = nextIndent(cursor);
  if (indent > column) throw UNUSUAL;
  return indent === column;
}

/** Moves on to the next line that is not blank. Its indentation, -1 at the end. */
function nextIndent(cursor: Cursor): number {
  for (; cursor.at < cursor.lines.length; cursor.at++) {
    const line = cursor.lines[cursor.at]!;
    const indent = indentOf(line);
    if (indent < line.length) return indent;
  }
  return -1;
}

function indentOf(line: string): number {
  let column = 0;
  while (line.charCodeAt(column) === SPACE) column++;
  return column;
}

/** `trim` would take other white space with it, which is text in YAML. */
function trimSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === SPACE) end--;
  return text.slice(Math.min(indentOf(text), end), end);
}

function startsItem(line: string, column: number): boolean {
  return line.charCodeAt(column) === DASH && line.charCodeAt(column + 1) === SPACE;
}
