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
