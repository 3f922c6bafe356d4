import type { Block, Item, Line } from '../model/block.ts';
import { markup, NO_HTML, preformatted, type Html } from '../untrusted/html.ts';
import { maskDiff } from '../untrusted/mask-diff.ts';
import { plainText, untrusted, type Untrusted } from '../untrusted/prose.ts';
import { shortenedLines } from '../untrusted/shorten.ts';
import { chartFigure } from './chart.ts';
import { cutLines, SIZE_BUDGETS } from './size-budget.ts';

export interface HtmlOptions {
  /** The level of a heading of the blocks: 2 to 6. */
  readonly level: number;
  /** In front of all ids, so that they differ from others of the page. */
  readonly id: string;
}

const LONGEST_DIFF = SIZE_BUDGETS[0]!.diff;
/** Of a quotation: lines, and characters of a line. */
const QUOTED = 12;
const LONGEST_LINE = 600;

/** Blocks as HTML. Marks and ticks, which only mean something on GitHub, are left out. */
export function toHtml(blocks: readonly Block[], options: HtmlOptions): Html {
  return markup`${blocks.map((block, index) => writeBlock(block, { ...options, id: `${options.id}-${index}` }))}`;
}

function writeBlock(block: Block, options: HtmlOptions): Html {
  switch (block.kind) {
    case 'heading':
      return headingOf(markup`${block.text}`, options.level);
    case 'paragraph':
      return markup`<p>${lineOf(block.line)}</p>\n`;
    case 'warning':
      return markup`<p class="warning"><strong>Warning:</strong> ${lineOf(block.line)}</p>\n`;
    case 'list':
      return markup`<ul>${block.items.map(itemOf)}${block.left > 0 ? markup`<li>… and ${block.left} more</li>` : null}</ul>\n`;
    case 'table':
      return tableOf(block);
    case 'diff':
      return diffOf(block.text, block.most);
    case 'code':
      return markup`<pre class="code" tabindex="0"><code>${preformatted(block.text)}</code></pre>\n`;
    case 'chart':
      return chartFigure(block.chart, options.id);
    case 'folded':
      return markup`<details><summary>${block.summary}</summary>
${toHtml(block.blocks, options)}</details>\n`;
    case 'divider':
      return markup`<hr>\n`;
    case 'ticks':
    case 'mark':
      return NO_HTML;
  }
}

function tableOf({ columns, rows, left }: Extract<Block, { kind: 'table' }>): Html {
  const heads = columns.map((column) => markup`<th scope="col">${column}</th>`);
  const lines = rows.map((cells) => markup`<tr>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`);
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${columns.join(', ')}"><table>
<thead><tr>${heads}</tr></thead>
<tbody>${lines}</tbody></table></div>
${left > 0 ? markup`<p>… and ${left} more</p>` : null}`;
}

function headingOf(text: Html, level: number): Html {
  switch (level) {
    case 2:
      return markup`<h2>${text}</h2>\n`;
    case 3:
      return markup`<h3>${text}</h3>\n`;
    default:
      return markup`<h4>${text}</h4>\n`;
  }
}

function lineOf({ lead, text }: Line): Html {
  return lead === null ? markup`${text}` : markup`<strong>${lead}</strong> ${text}`;
}

function itemOf({ lead, text, more, quote }: Item): Html {
  return markup`<li>${lineOf({ lead, text })}${more.map((line) => markup`<br>${line}`)}${quote === null ? null : quoteOf(quote)}</li>`;
}

/** What somebody or something said, in the middle of other text. */
export function quoteOf(quote: Untrusted): Html {
  const lines = shortenedLines(plainText(quote), QUOTED, LONGEST_LINE);
  return markup`<blockquote><pre>${preformatted(untrusted(lines))}</pre></blockquote>`;
}

/** A unified diff, masked, its lines told apart by their signs as well as by their colours. */
export function diffOf(diff: string, most = Infinity): Html {
  if (diff === '') return NO_HTML;
  const { text, left } = cutLines(maskDiff(diff), LONGEST_DIFF, most);
  const lines = plainText(untrusted(text)).split('\n');
  return markup`<pre class="diff" tabindex="0" role="region" aria-label="Diff"><code>${lines.map(
    (line) => markup`<span class="${classOf(line)}">${line}</span>`,
  )}</code></pre>${left === 0 ? null : markup`<p>… and ${left} more lines.</p>`} `;
}

function classOf(line: string): string {
  if (/^(?:---|\+\+\+|diff|index) /.test(line)) return 'file';
  if (line.startsWith('@@')) return 'hunk';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : 'same';
}
