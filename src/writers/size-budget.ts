/** How much a writer writes of each block, so that the whole fits where it goes. */
export interface SizeBudget {
  /** Characters of a diff in the open. */
  readonly diff: number;
  /** Characters of a folded diff; 0 leaves it out. */
  readonly foldedDiff: number;
  readonly items: number;
  /** Lines of a quotation. */
  readonly quote: number;
}

/** From all there is to read down to what nobody can do without. */
export const SIZE_BUDGETS: readonly SizeBudget[] = [
  { diff: 24_000, foldedDiff: 20_000, items: 40, quote: 8 },
  { diff: 16_000, foldedDiff: 8000, items: 20, quote: 4 },
  { diff: 12_000, foldedDiff: 0, items: 10, quote: 2 },
  { diff: 8000, foldedDiff: 0, items: 4, quote: 1 },
];

/** The first lines of a text within a number of characters and of lines, and how many were left out. */
export function cutLines(
  text: string,
  characters: number,
  most = Infinity,
): { readonly text: string; readonly left: number } {
  const lines = text.replace(/\n+$/, '').split('\n');
  let length = 0;
  const end = lines.findIndex((line, index) => index >= most || (length += line.length + 1) > characters);
  if (end < 0) return { text: lines.join('\n'), left: 0 };
  const shown = end === 0 ? lines[0]!.slice(0, characters).toWellFormed() : lines.slice(0, end).join('\n');
  return { text: shown, left: lines.length - Math.max(end, 1) + (end === 0 ? 1 : 0) };
}
