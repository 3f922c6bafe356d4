import type { Block, Item, Line } from '../model/block.ts';
import { maskDiff } from '../untrusted/mask-diff.ts';
import { plainText, untrusted, type Prose, type Untrusted } from '../untrusted/prose.ts';
import { displayWidth, padded, wrappedWords } from '../untrusted/display-width.ts';
import { shortened } from '../untrusted/shorten.ts';

export interface TerminalOptions {
  readonly colour: boolean;
  /** Columns of the terminal; left out: lines are as long as they are, for what reads them further. */
  readonly width?: number;
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** Leads of a list's items are a column of this width, or a wider one. */
const COLUMN = 10;
/** A narrower terminal wraps lines itself. */
const LEAST_WIDTH = 40;
/** Of a quotation, in characters. */
const QUOTE = 200;

/**
 * Blocks for a terminal, with its colours or without. What follows a heading is indented below it. Charts, folded blocks and marks are
 * left out. What could drive the terminal was dropped when the values were made.
 */
export function toTerminal(blocks: readonly Block[], options: TerminalOptions): string {
  let written = '';
  let indent = '';
  let isApart = false;
  for (const block of blocks) {
    const isHeading = block.kind === 'heading';
    const isSpaced = block.kind === 'diff' || block.kind === 'code';
    if (isHeading || block.kind === 'divider') indent = '';
    const room =
      options.width === undefined ? undefined : Math.max(LEAST_WIDTH, options.width - indent.length);
    const text = writeBlock(block, room === undefined ? options : { ...options, width: room });
    if (text === '') continue;
    const gap = written === '' ? '' : isApart || isHeading || isSpaced ? '\n\n' : '\n';
    written += gap + indented(text, isSpaced ? `${indent}  ` : indent);
    isApart = isSpaced;
    if (isHeading) indent = '  ';
  }
  return `${written}\n`;
}

function writeBlock(block: Block, options: TerminalOptions): string {
  switch (block.kind) {
    case 'heading':
      return paint(oneLine(block.text), 'bold', options);
    case 'paragraph':
      return writeLine(block.line, options);
    case 'warning':
      return paint(writeLine(block.line, { colour: false }), 'yellow', options);
    case 'list':
      return writeList(block.items, block.left, options);
    case 'table':
      return writeTable(block.rows, block.left);
    case 'diff':
      return paintDiff(block.text, options);
    case 'code':
      return plainText(block.text).trimEnd();
    case 'chart':
    case 'folded':
    case 'divider':
    case 'ticks':
    case 'mark':
      return '';
  }
}

function writeLine({ lead, text }: Line, options: TerminalOptions): string {
  const said = oneLine(text);
  return lead === null ? said : `${paint(oneLine(lead), 'bold', options)} ${said}`.trimEnd();
}

/** Cells behind each other: a terminal is seldom wide enough for columns. */
function writeTable(rows: readonly (readonly Prose[])[], left: number): string {
  const lines = rows.map((cells) => cells.map((cell) => shortened(oneLine(cell), QUOTE)).join('  '));
  return [...lines, ...(left > 0 ? [`… and ${left} more`] : [])].join('\n');
}

function writeList(items: readonly Item[], left: number, options: TerminalOptions): string {
  const leads = items.map(({ lead }) => (lead === null ? '' : oneLine(lead)));
  const width = Math.max(COLUMN, ...leads.map((lead) => displayWidth(lead) + 1));
  const hasLeads = items.some(({ lead }) => lead !== null);
  const lines = items.map(({ lead, text, more, quote }) => {
    const start = lead === null ? '' : oneLine(lead);
    const said = [oneLine(text), ...more.map(oneLine)].join(' ');
    const quoted = quote === null ? '' : ` ${shortened(oneLine(quote), QUOTE)}`;
    const whole = `${said}${quoted}`;
    const room = (options.width ?? Infinity) - (hasLeads ? width : 0);
    const shown = Number.isFinite(room) ? wrappedWords(whole, Math.max(20, room)) : [whole];
    const beside = `\n${hasLeads ? ' '.repeat(width) : ''}`;
    return `${hasLeads ? paint(padded(start, width), 'dim', options) : ''}${shown.join(beside)}`;
  });
  if (left > 0) lines.push(`${hasLeads ? ''.padEnd(width) : ''}… and ${left} more`);
  return lines.join('\n');
}

/** Masked, in the usual colours. */
function paintDiff(diff: string, options: TerminalOptions): string {
  return plainText(untrusted(maskDiff(diff)))
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (/^(?:---|\+\+\+|diff|index) /.test(line)) return paint(line, 'bold', options);
      if (line.startsWith('@@')) return paint(line, 'cyan', options);
      if (line.startsWith('+')) return paint(line, 'green', options);
      return line.startsWith('-') ? paint(line, 'red', options) : line;
    })
    .join('\n');
}

function paint(text: string, style: Style, { colour }: TerminalOptions): string {
  return colour && text !== '' ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

function indented(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}

/** What we write between backticks is set apart in Markdown alone. */
function oneLine(text: Prose | Untrusted): string {
  return plainText(text)
    .replace(/\s*\n\s*|[^\S ]/g, ' ')
    .trim();
}
