import { distance } from 'fastest-levenshtein';

/**
 * The word that someone probably meant: the closest one, if at most a third of it has to change; else the only one that begins with what was
 * written.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: { readonly word: string; readonly edits: number } | null = null;
  for (const candidate of known) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    const isClose = edits <= Math.max(1, candidate.length / 3);
    if (isClose && (best === null || edits < best.edits)) best = { word: candidate, edits };
  }
  if (best !== null || word.length < 3) return best?.word ?? null;
  const begun = known.filter((one) => one.toLowerCase().startsWith(word.toLowerCase()));
  return begun.length === 1 ? begun[0]! : null;
}

/** What is listed where no name is near. */
const MOST_LISTED = 12;

/** What follows `no such …` in a message: `; did you mean cart?`, or else what there is. Empty where nothing is known. */
export function nearestOf(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== null) return `; did you mean ${near}?`;
  if (known.length === 0) return '';
  const rest = known.length > MOST_LISTED ? ` and ${known.length - MOST_LISTED} more` : '';
  return `; expected one of ${known.slice(0, MOST_LISTED).join(', ')}${rest}`;
}
