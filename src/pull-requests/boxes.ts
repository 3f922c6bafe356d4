/**
 * Checkboxes that run commands when people tick them in a description. A box is one line that names its command in a hidden
 * comment; {@link Box} is what it means, never its label.
 */

import type { Tick } from '../model/block.ts';
import { ownText } from '../untrusted/prose.ts';
import { toMarkdown } from '../writers/markdown.ts';
import { markerLineOf, withoutMarker } from './marker.ts';

export interface Box {
  readonly command: 'retry' | 'rebuild' | 'snooze' | 'approve';
  /** The fingerprint of the incident that it is for; null in a pull request, which says it itself. */
  readonly fingerprint: string | null;
  /** For `approve`: the commit that whoever ticks it saw. */
  readonly head: string | null;
}

const LABELS: Readonly<Record<Box['command'], string>> = {
  retry: 'Check again now',
  rebuild: 'Rebuild the branch on its base',
  snooze: 'Snooze for 24 hours',
  approve: 'Merge once checks and reviews are there',
};

export function labelOf({ command, head }: Box): string {
  return head === null ? LABELS[command] : `${LABELS[command]} (\`${head.slice(0, 8)}\`)`;
}

/** `- [ ] <!-- faultline:box retry 9a3f0c1d2e4b5a67 - -->Check again now` */
export function tickOf(box: Box): Tick {
  return { mark: `<!-- faultline:box ${idOf(box)} -->`, label: ownText(labelOf(box)) };
}

/** Commits in twelve digits, which nobody finds another one for by chance. */
export function idOf({ command, fingerprint, head }: Box): string {
  return `${command} ${fingerprint ?? '-'} ${head?.slice(0, 12) ?? '-'}`;
}

const LINE =
  /^ {0,4}- \[([ xX])\] <!-- faultline:box (retry|rebuild|snooze|approve) ([0-9a-f]{16}|-) ([0-9a-f]{7,12}|-) -->/;

function boxIn(line: string): { readonly box: Box; readonly isTicked: boolean } | null {
  const match = LINE.exec(line);
  if (!match) return null;
  const [, tick, command, fingerprint, head] = match;
  return {
    isTicked: tick !== ' ',
    box: {
      command: command as Box['command'],
      fingerprint: fingerprint === '-' ? null : fingerprint!,
      head: head === '-' ? null : head!,
    },
  };
}

/**
 * Where boxes count: on any line of the dashboard, which quotes nothing; in a pull request, which quotes logs, only in the paragraph
 * before the marker.
 */
export type BoxesIn = 'dashboard' | 'pull-request';

/** The boxes that are ticked, each once. */
export function tickedIn(body: string, where: BoxesIn): readonly Box[] {
  const text = where === 'dashboard' ? body : splitBoxes(withoutMarker(body)).boxes;
  const ticked = linesOf(text)
    .map(boxIn)
    .flatMap((found) => (found?.isTicked ? [found.box] : []));
  return [...new Map(ticked.map((box) => [idOf(box), box])).values()];
}

/** The description with these boxes ticked and no others. */
export function withTicks(body: string, boxes: readonly Box[], where: BoxesIn): string {
  if (where === 'dashboard') return ticked(body, boxes);
  const [{ text, boxes: paragraph }, marker] = [splitBoxes(withoutMarker(body)), markerLineOf(body)];
  return [text, ticked(paragraph, boxes), marker].filter((part) => part !== '').join('\n\n');
}

function ticked(text: string, boxes: readonly Box[]): string {
  const ids = new Set(boxes.map(idOf));
  return linesOf(text)
    .map((line) => {
      const found = boxIn(line);
      if (!found) return line;
      return line.replace(/\[[ xX]\]/, ids.has(idOf(found.box)) ? '[x]' : '[ ]');
    })
    .join('\n');
}

/** Between the text of a description and its marker. */
const HEADING = '<!-- faultline:boxes -->';

/** The paragraph of boxes that ends a pull request's description. */
export function boxesParagraph(boxes: readonly Box[]): string {
  return toMarkdown([{ kind: 'ticks', mark: HEADING, ticks: boxes.map(tickOf) }]);
}

/** A description without its marker, in two: what is read, and the paragraph of boxes at its end; quoted ones are text. */
export function splitBoxes(text: string): { readonly text: string; readonly boxes: string } {
  const whole = linesOf(text.trimEnd()).join('\n');
  const at = whole.lastIndexOf(`\n${HEADING}\n`);
  const boxes = at < 0 ? '' : whole.slice(at + 1);
  const isBoxes =
    boxes !== '' &&
    linesOf(boxes)
      .slice(1)
      .every((line) => boxIn(line) !== null);
  return isBoxes ? { text: whole.slice(0, at).trimEnd(), boxes } : { text: whole, boxes: '' };
}

function linesOf(text: string): readonly string[] {
  return text.replaceAll('\r\n', '\n').split('\n');
}
