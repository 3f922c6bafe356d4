import type { Block, Item, Line } from '../model/block.ts';
import { title } from '../untrusted/markdown.ts';
import { plainText, untrusted, type Untrusted } from '../untrusted/prose.ts';
import { runsOf, runsWithin, type Run } from './runs.ts';
import { rowItem } from './slack.ts';
import { cutLines } from './size-budget.ts';

/** An Adaptive Card as Teams shows it: https://adaptivecards.io/explorer/ */
export interface AdaptiveCard {
  readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  readonly type: 'AdaptiveCard';
  readonly version: '1.4';
  readonly body: readonly CardElement[];
  readonly actions?: readonly OpenUrl[];
  readonly msteams: { readonly width: 'Full' };
}

/** Text in runs, which no card host reads as Markdown. A `TextBlock` would be. */
interface CardElement {
  readonly type: 'RichTextBlock';
  readonly separator?: true;
  readonly inlines: readonly TextRun[];
}

interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly fontType?: 'Monospace';
  readonly weight?: 'Bolder';
  readonly size?: 'Medium';
  readonly color?: 'Attention';
}

interface OpenUrl {
  readonly type: 'Action.OpenUrl';
  readonly title: string;
  readonly url: string;
}

/** Teams refuses messages of more than 28 KB; some is left for what wraps the card. */
const BYTES = 24_000;
const LINE = 1000;
const ITEMS = 20;
const ACTIONS = 4;

/**
 * Blocks as an Adaptive Card. Nothing in it pings: Teams reads mentions only from `msteams.entities`, which are never there. Links are buttons
 * with the address that they show. Charts, folded blocks, boxes and marks are left out.
 */
export function toAdaptiveCard(blocks: readonly Block[]): AdaptiveCard {
  const actions: OpenUrl[] = [];
  const whole = blocks.flatMap((block) => writeBlock(block, actions));
  const card = (body: readonly CardElement[]): AdaptiveCard => ({
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
    ...(actions.length > 0 && { actions: actions.slice(0, ACTIONS) }),
    msteams: { width: 'Full' },
  });
  let body: readonly CardElement[] = whole;
  while (body.length > 1 && Buffer.byteLength(JSON.stringify(card(body))) > BYTES) body = body.slice(0, -1);
  return card(body.length === whole.length ? body : [...body, rich([own('… and more')])]);
}

function writeBlock(block: Block, actions: OpenUrl[]): readonly CardElement[] {
  switch (block.kind) {
    case 'heading':
      return [rich([{ ...own(cut(title(block.text), 200)), weight: 'Bolder', size: 'Medium' }])];
    case 'paragraph':
      return [rich(writeLine(block.line, actions))];
    case 'warning':
      return [
        rich([
          { ...own('Warning: '), weight: 'Bolder', color: 'Attention' },
          ...writeLine(block.line, actions),
        ]),
      ];
    case 'list':
      return writeList(block.items, block.left, actions);
    case 'code':
    case 'diff':
      return writeCode(block.text);
    case 'table':
      return writeList(block.rows.map(rowItem), block.left, actions);
    case 'divider':
      return [{ ...rich([own(' ')]), separator: true }];
    case 'chart':
    case 'folded':
    case 'ticks':
    case 'mark':
      return [];
  }
}

function writeList(items: readonly Item[], more: number, actions: OpenUrl[]): readonly CardElement[] {
  const lines = items.slice(0, ITEMS).map((item) => rich([own('• '), ...writeLine(item, actions)]));
  const left = items.length - lines.length + more;
  return left > 0 ? [...lines, rich([own(`• … and ${left} more`)])] : lines;
}

function writeCode(text: Untrusted | string): readonly CardElement[] {
  const { text: some } = cutLines(plainText(typeof text === 'string' ? untrusted(text) : text), 2000, 40);
  return some === '' ? [] : [rich([{ ...own(some), fontType: 'Monospace' }])];
}

function writeLine({ lead, text }: Line, actions: OpenUrl[]): readonly TextRun[] {
  const runs = runsOf(text);
  for (const run of runs) if (run.address !== null) addAction(actions, run);
  const { isWhole } = runsWithin(runs, LINE, (run) => run.text);
  const said = isWhole ? runs.map(writeRun) : [own(runsWithin(runs, LINE, (run) => run.text).text)];
  const first: readonly TextRun[] =
    lead === null ? [] : [{ ...own(`${cut(title(lead), 100)} `), weight: 'Bolder' }];
  return [...first, ...said];
}

function addAction(actions: OpenUrl[], { text, address }: Run): void {
  if (actions.every(({ url }) => url !== address))
    actions.push({ type: 'Action.OpenUrl', title: cut(`Open ${text}`, 60), url: address! });
}

function writeRun({ text, isCode }: Run): TextRun {
  return isCode ? { ...own(text), fontType: 'Monospace' } : own(text);
}

function rich(inlines: readonly TextRun[]): CardElement {
  return { type: 'RichTextBlock', inlines };
}

function own(text: string): TextRun {
  return { type: 'TextRun', text };
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`.toWellFormed();
}
