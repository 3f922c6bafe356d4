import { elementsOpened, INLINE_HTML } from './html.ts';
import { partsOf, type Line, type Part } from './paragraphs.ts';

/**
 * The lines of a comment that start with words of its author which everybody can read: no quotes, code, links' addresses,
 * comments or folded sections. In doubt a line is left out.
 */
export function ownWords(markdown: string): readonly string[] {
  const lines: string[] = [];
  let open = 0;
  for (const part of partsOf(markdown)) {
    const { visible, html } =
      part.kind === 'html' ? { visible: [], html: [{ at: 0, text: part.text }] } : read(part);
    const openedBefore = (at: number): number =>
      html.reduce((sum, piece) => (piece.at < at ? sum + elementsOpened(piece.text) : sum), open);
    for (const { at, text } of visible) if (openedBefore(at) <= 0) lines.push(text);
    open = Math.max(0, openedBefore(Infinity));
  }
  return lines;
}

/** Texts with where they start in their paragraph. */
interface Piece {
  readonly at: number;
  readonly text: string;
}

interface Reading {
  readonly visible: readonly Piece[];
  readonly html: readonly Piece[];
}

/** Nobody writes so long a paragraph by hand, and searching it for what hides a line takes time. */
const LONGEST_PARAGRAPH = 10_000;

function read(part: Exclude<Part, { kind: 'html' }>): Reading {
  if (part.kind === 'list-text') {
    const visible = firstPlainLines(part.before, part.lines);
    return { visible: visible.map(({ text }) => ({ at: 0, text })), html: [] };
  }
  const whole = part.lines.map(({ text }) => text).join('\n');
  // The definition of a link is not shown, and its label and title may go over several lines.
  const isDefinition = /^ {0,3}\[/.test(whole) && whole.includes(']:');
  if (isDefinition || whole.length > LONGEST_PARAGRAPH) return { visible: [], html: [] };
  const hidden = hiddenRanges(whole);
  const doubtful = whole.search(ADDRESS_WITH_BACKTICK);
  const html = hidden.map(([from, to]) => ({ at: from, text: whole.slice(from, to) }));
  return {
    visible: placed(part.lines).filter(
      ({ at }) => (doubtful < 0 || at <= doubtful) && !hidden.some(([from, to]) => from < at && at < to),
    ),
    html: html.filter(({ text }) => text.startsWith('<')),
  };
}

function placed(lines: readonly Line[]): readonly Piece[] {
  let next = 0;
  return lines.map(({ text }) => {
    const at = next;
    next += text.length + 1;
    return { at, text };
  });
}

/** Text of a list that goes on at the margin: only while nothing in it could have started something hidden. */
function firstPlainLines(before: string, lines: readonly Line[]): readonly Line[] {
  let said = before;
  return lines.filter(({ text }) => {
    const isPlain = !/[`<>[~$]/.test(said);
    said += `\n${text}`;
    return isPlain;
  });
}

type Range = readonly [from: number, to: number];

/** Where the address is made a link, no code starts in it; where not, some does. */
const ADDRESS_WITH_BACKTICK = /(?:https?:\/\/|www\.)[^\s<`]*`/i;

/** Where code spans and HTML of a paragraph are. */
function hiddenRanges(text: string): readonly Range[] {
  const ranges: Range[] = [];
  for (let at = 0; at < text.length;) {
    const html = text[at] === '<' ? lengthAt(INLINE_HTML, text, at) : 0;
    const run = text[at] === '`' ? lengthAt(/`+/y, text, at) : 0;
    if (text[at] === '\\') at += 2;
    else if (html > 0) {
      ranges.push([at, at + html]);
      at += html;
    } else if (run > 0) {
      const end = endOfCode(text, at + run, run);
      if (end !== null) ranges.push([at, end]);
      at = end ?? at + run;
    } else at += 1;
  }
  return ranges;
}

/** Behind the next run of exactly that many backticks. */
function endOfCode(text: string, from: number, length: number): number | null {
  for (const match of text.slice(from).matchAll(/`+/g))
    if (match[0].length === length) return from + match.index + length;
  return null;
}

function lengthAt(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0].length ?? 0;
}
