/** A place in a text as editors show it: both count from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const LINE_BREAK = /\r\n|\n|\r/g;

/** Where `offset` stands. LF, CRLF and a lone CR end a line, as in YAML; a byte order mark takes no column. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = text.startsWith('\uFEFF') && offset > 0 ? 1 : 0;
  LINE_BREAK.lastIndex = 0;
  for (
    let match = LINE_BREAK.exec(text);
    match && LINE_BREAK.lastIndex <= offset;
    match = LINE_BREAK.exec(text)
  ) {
    line += 1;
    lineStart = LINE_BREAK.lastIndex;
  }
  return { line, column: offset - lineStart + 1 };
}

/**
 * Where text that is added starts: at its first character that is no space. Where a file without a final line break grows, that line
 * is not there yet: then at the end of the last one, behind which the text goes. A list in place of an empty one is where `[]` stands.
 */
export function additionAt(
  before: string,
  { start, end = start, text }: { readonly start: number; readonly end?: number; readonly text: string },
): Position {
  const gone = before.slice(start, end);
  if (gone.trim() === '[]') return positionAt(before, start + /^\s*/.exec(gone)![0].length);
  const gap = /^\s*/.exec(text)![0];
  return start === before.length && gap.includes('\n')
    ? positionAt(before, start)
    : positionAt(before.slice(0, start) + text, start + gap.length);
}

/** The line ending that the text uses first; LF where it has only one line. */
export function lineEnding(text: string): '\n' | '\r\n' {
  const newline = text.indexOf('\n');
  return newline > 0 && text[newline - 1] === '\r' ? '\r\n' : '\n';
}

/** Offset of the first character of the line that `offset` is on. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset just after the line that `offset` is on, its ending included. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline < 0 ? text.length : newline + 1;
}
