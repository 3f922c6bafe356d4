import { distance } from 'fastest-levenshtein';

/** The word that someone probably meant: the closest one, if at most a third of it has to change. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: { readonly word: string; readonly edits: number } | null = null;
  for (const candidate of known) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    const isClose = edits <= Math.max(1, candidate.length / 3);
    if (isClose && (best === null || edits < best.edits)) best = { word: candidate, edits };
  }
  return best?.word ?? null;
}
