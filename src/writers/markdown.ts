import type { Block, Item, Line, Tick } from '../model/block.ts';
import { fenced, inline, quotedLines } from '../untrusted/markdown.ts';
import { counted, prose, untrusted, type Prose } from '../untrusted/prose.ts';
import { mermaidChart } from './mermaid.ts';
import { cutLines, SIZE_BUDGETS, type SizeBudget } from './size-budget.ts';

/** GitHub takes 65,536 characters for a description or a comment; some are left for what it adds. */
const LIMIT = 65_000;
/** Of one line. */
const LINE = 1500;

/** Blocks as GitHub's Markdown. Too long, quotations, lists and diffs are shortened first; then only what a reader decides by stays. */
export function toMarkdown(blocks: readonly Block[], limit = LIMIT): string {
  for (const budget of SIZE_BUDGETS) {
    const text = written(blocks, budget);
    if (text.length <= limit) return text;
  }
  const essential = blocks.filter(({ kind }) => ESSENTIAL.has(kind));
  return written(essential, SIZE_BUDGETS.at(-1)!);
}

const ESSENTIAL: ReadonlySet<Block['kind']> = new Set(['paragraph', 'warning', 'diff', 'mark']);

function written(blocks: readonly Block[], budget: SizeBudget): string {
  return blocks
    .map((block) => writeBlock(block, budget))
    .filter((text) => text !== '')
    .join('\n\n');
}

function writeBlock(block: Block, budget: SizeBudget): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${inline(block.text, LINE)}`;
    case 'paragraph':
      return writeLine(block.line);
    case 'warning':
      return `> [!WARNING]\n> ${writeLine(block.line)}`;
    case 'list':
      return writeList(block.items, block.left, budget);
    case 'table':
      return writeTable(block.columns, block.rows, block.left, budget);
    case 'diff':
      return writeDiff(block.text, budget.diff, block.most);
    case 'code':
      return fenced(block.text, block.language);
    case 'chart':
      return mermaidChart(block.chart);
    case 'folded': {
      const inside = written(block.blocks, { ...budget, diff: budget.foldedDiff });
      if (inside === '') return '';
      return `<details>\n<summary>${block.summary.replace(/[<>&]/g, '')}</summary>\n\n${inside}\n\n</details>`;
    }
    case 'divider':
      return '---';
    case 'ticks':
      return [ownComment(block.mark), ...block.ticks.map(writeTick)].join('\n');
    case 'mark':
      return ownComment(block.comment);
  }
}

function writeLine({ lead, text }: Line): string {
  const said = inline(text, LINE);
  return lead === null ? said : `**${inline(lead, LINE)}** ${said}`.trimEnd();
}

function writeList(items: readonly Item[], more: number, budget: SizeBudget): string {
  const lines = items.slice(0, budget.items).map((one) => writeItem(one, budget));
  const left = items.length - lines.length + more;
  if (left > 0) lines.push(`- … and ${left} more`);
  return lines.join('\n');
}

function writeItem({ lead, text, more, quote, ticks }: Item, budget: SizeBudget): string {
  const first = [lead === null ? '' : `**${inline(lead, LINE)}**`, inline(text, LINE)]
    .filter((part) => part !== '')
    .join(' ');
  const lines = [first, ...more.map((line) => inline(line, LINE))];
  if (quote !== null) lines.push(quotedLines(quote, budget.quote));
  const boxes = ticks.map((tick) => `\n  ${writeTick(tick)}`);
  return `- ${lines.join('<br>')}${boxes.join('')}`;
}

/** Of one cell. */
const CELL = 200;

function writeTable(
  columns: readonly string[],
  rows: readonly (readonly Prose[])[],
  more: number,
  budget: SizeBudget,
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const shown = rows.slice(0, budget.items);
  const left = rows.length - shown.length + more;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...shown.map((cells) => line(cells.map((cell) => inline(cell, CELL)))),
    ...(left > 0 ? [`\n… and ${left} more`] : []),
  ].join('\n');
}

function writeTick({ mark, label }: Tick): string {
  return `- [ ] ${ownComment(mark)}${inline(label, LINE)}`;
}

function writeDiff(diff: string, characters: number, most: number): string {
  if (diff === '' || characters === 0) return '';
  const { text, left } = cutLines(diff, characters, most);
  const rest = left === 0 ? '' : `\n\n${inline(prose`… and ${counted(left, 'more line')}.`)}`;
  return `${fenced(untrusted(text), 'diff')}${rest}`;
}

/** The one thing that is written as it is. */
const OWN_COMMENT = /^<!-- faultline:[^\n<>]* -->$/;

function ownComment(comment: string): string {
  if (!OWN_COMMENT.test(comment)) throw new Error(`no comment of Faultline's own: ${comment}`);
  return comment;
}
