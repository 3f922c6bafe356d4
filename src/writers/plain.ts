import type { Block, Item, Line } from '../model/block.ts';
import { title } from '../untrusted/markdown.ts';
import { joinProse, prose } from '../untrusted/prose.ts';

const WIDTH = 72;

/**
 * Blocks as plain text for a commit message, wrapped at 72 columns: nothing in it pings, closes or links. Diffs, charts, folded
 * blocks and marks are left out.
 */
export function toPlain(blocks: readonly Block[]): string {
  return blocks
    .map(writeBlock)
    .filter((text) => text !== '')
    .join('\n\n');
}

function writeBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return title(block.text);
    case 'paragraph':
    case 'warning':
      return writeLine(block.line);
    case 'list':
      return block.items.map(writeItem).join('\n');
    case 'table':
    case 'code':
    case 'diff':
    case 'chart':
    case 'folded':
    case 'divider':
    case 'ticks':
    case 'mark':
      return '';
  }
}

function writeLine({ lead, text }: Line): string {
  return wrapped(title(joinProse([...(lead === null ? [] : [lead]), text], ' ')));
}

function writeItem({ lead, text, quote }: Item): string {
  const parts = [...(lead === null ? [] : [lead]), text, ...(quote === null ? [] : [prose`${quote}`])];
  return wrapped(title(joinProse(parts, ' ')), '- ', '  ');
}

/** Breaks lines at spaces; a word longer than a line keeps its own. */
function wrapped(text: string, first = '', following = ''): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    const isStart = line === '' || line === first || line === following;
    const joined = isStart ? line + word : `${line} ${word}`;
    if (joined.length > WIDTH && !isStart) {
      lines.push(line);
      line = following + word;
    } else line = joined;
  }
  return [...lines, line].join('\n');
}
