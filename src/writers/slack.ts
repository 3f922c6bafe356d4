import { item, type Block, type Item, type Line } from '../model/block.ts';
import { title } from '../untrusted/markdown.ts';
import { joinProse, plainText, untrusted, type Prose, type Untrusted } from '../untrusted/prose.ts';
import { runsOf, runsWithin, type Run } from './runs.ts';
import { cutLines } from './size-budget.ts';

/** A block of Slack's Block Kit: https://docs.slack.dev/reference/block-kit/blocks */
export type SlackBlock =
  | {
      readonly type: 'header';
      readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };
    }
  | { readonly type: 'section'; readonly text: SlackText }
  | { readonly type: 'context'; readonly elements: readonly SlackText[] }
  | { readonly type: 'divider' };

/** `verbatim`: Slack turns no address, channel or name in it into a link. */
interface SlackText {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

/** Of a message, of a section, of a header: https://docs.slack.dev/reference/block-kit/blocks */
const BLOCKS = 50;
const SECTION = 3000;
const HEADER = 150;
/** Of one line: a few make a section. */
const LINE = 1000;
const ITEMS = 20;
const CODE_LINES = 40;

/**
 * Blocks for Slack. Values stand in code, and `&`, `<` and `>` are entities everywhere, so that nothing foreign pings (`<!channel>`, `<@U…>`),
 * links or formats: https://docs.slack.dev/messaging/formatting-message-text. Charts, folded blocks, boxes and marks are left out.
 */
export function toSlack(blocks: readonly Block[]): readonly SlackBlock[] {
  const written = blocks.flatMap(writeBlock);
  if (written.length <= BLOCKS) return written;
  const left = written.length - BLOCKS + 1;
  return [
    ...written.slice(0, BLOCKS - 1),
    { type: 'context', elements: [mrkdwn(`… and ${left} more parts`)] },
  ];
}

/** A sentence as the text of a notification, in which Slack shows no formatting: on one line. */
export function toSlackText(text: Prose): string {
  return escaped(cut(title(text), SECTION - 500)).slice(0, SECTION);
}

function writeBlock(block: Block): readonly SlackBlock[] {
  switch (block.kind) {
    case 'heading':
      return [{ type: 'header', text: { type: 'plain_text', text: header(block.text), emoji: false } }];
    case 'paragraph':
      return [section(writeLine(block.line, SECTION))];
    case 'warning':
      return [section(`:warning: ${writeLine(block.line, SECTION - 11)}`)];
    case 'list':
      return writeList(block.items, block.left);
    case 'code':
      return writeCode(block.text);
    case 'diff':
      return writeCode(block.text);
    case 'table':
      return writeList(block.rows.map(rowItem), block.left);
    case 'divider':
      return [{ type: 'divider' }];
    case 'chart':
    case 'folded':
    case 'ticks':
    case 'mark':
      return [];
  }
}

/** As many sections as it takes. */
function writeList(items: readonly Item[], more: number): readonly SlackBlock[] {
  const lines = items.slice(0, ITEMS).map((item) => `• ${writeLine(item, LINE)}`);
  const left = items.length - lines.length + more;
  if (left > 0) lines.push(`• … and ${left} more`);
  const sections: string[] = [];
  for (const line of lines) {
    const last = sections.at(-1);
    if (last === undefined || last.length + line.length + 1 > SECTION) sections.push(line);
    else sections[sections.length - 1] = `${last}\n${line}`;
  }
  return sections.map(section);
}

function writeCode(text: Untrusted | string): readonly SlackBlock[] {
  // A diff is as git has it: a channel has more readers than a repository.
  const whole = plainText(typeof text === 'string' ? untrusted(text) : text);
  const { text: some, left } = cutLines(whole.replaceAll('```', "'''"), SECTION / 6, CODE_LINES);
  if (some === '') return [];
  const rest = left > 0 ? `\n… ${left} more lines` : '';
  return [section(`\`\`\`\n${escaped(some)}${rest}\n\`\`\``)];
}

/** Plain text has no control characters; whoever reads it as mrkdwn all the same finds none. */
function header(text: Prose): string {
  return cut(title(text).replaceAll('<', '‹').replaceAll('>', '›'), HEADER);
}

/** A chat shows no table on a phone. */
export function rowItem(row: readonly Prose[]): Item {
  return item(joinProse(row, ' · '));
}

function writeLine({ lead, text }: Line, most: number): string {
  const said = runsWithin(runsOf(text), most - (lead === null ? 0 : 120), writeRun).text;
  if (lead === null) return said;
  return `*${escaped(cut(title(lead), 100)).replaceAll('*', '∗')}* ${said}`;
}

function writeRun({ text, isCode, address }: Run): string {
  if (address !== null) return `<${escaped(address)}|${escaped(text)}>`;
  return isCode ? `\`${escaped(text.replaceAll('`', "'"))}\`` : escaped(text).replaceAll('*', '∗');
}

function section(text: string): SlackBlock {
  return { type: 'section', text: mrkdwn(text) };
}

function mrkdwn(text: string): SlackText {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** The only characters that Slack reads as control characters. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`.toWellFormed();
}
