import { inline } from '../untrusted/markdown.ts';
import { plainText, sentenceOf, type Prose } from '../untrusted/prose.ts';

/** How much a section may write, so that the whole fits into a description. */
export interface Room {
  /** Characters of the source diff. */
  readonly diff: number;
  /** Characters of the rendered diff; 0 leaves it out. */
  readonly renderedDiff: number;
  /** Rows of evidence, and lines of each. */
  readonly evidence: number;
  readonly evidenceLines: number;
  /** Entries of any other list. */
  readonly entries: number;
}

/** From all there is to read down to what nobody can do without. */
export const ROOMS: readonly Room[] = [
  { diff: 24_000, renderedDiff: 20_000, evidence: 40, evidenceLines: 8, entries: 40 },
  { diff: 16_000, renderedDiff: 8000, evidence: 20, evidenceLines: 4, entries: 20 },
  { diff: 12_000, renderedDiff: 0, evidence: 10, evidenceLines: 2, entries: 10 },
  { diff: 8000, renderedDiff: 0, evidence: 4, evidenceLines: 1, entries: 4 },
];

/** The first entries as a list, and how many there are besides. */
export function bulleted(entries: readonly string[], room: Pick<Room, 'entries'>): string {
  const shown = entries.slice(0, room.entries).map((entry) => `- ${entry}`);
  if (entries.length > room.entries) shown.push(`- … and ${entries.length - room.entries} more`);
  return shown.join('\n');
}

/** A diff's first lines within a number of characters, and how many lines were left out. */
export function cutLines(text: string, characters: number): { readonly text: string; readonly left: number } {
  if (text.length <= characters) return { text, left: 0 };
  const end = text.lastIndexOf('\n', characters);
  const shown = end <= 0 ? text.slice(0, characters).toWellFormed() : text.slice(0, end);
  return { text: shown, left: text.slice(shown.length).trimEnd().split('\n').length - (end <= 0 ? 0 : 1) };
}

/** A sentence that starts upper-case and ends with a full stop, whatever fragment it was made of. */
export function sentence(fragment: Prose): string {
  const isWholeText = fragment.values.length === 1 && fragment.parts.every((part) => part.trim() === '');
  const text = isWholeText ? sentenceOf(plainText(fragment)) : fragment;
  const written = inline(text, 1500);
  const capital = /^[a-z]/.test(text.parts[0]!.trimStart())
    ? written.charAt(0).toUpperCase() + written.slice(1)
    : written;
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
