import { distance } from 'fastest-levenshtein';
import { mask } from '../untrusted/mask.ts';

/**
 * The word that someone probably meant: the closest one, if at most a third of it has to change; else the only one that begins with what was
 * written. Null for a word that masking would hide.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  const found = nearestIn(word, known);
  return found !== null && isShown(found) ? found : null;
}

function isShown(word: string): boolean {
  return mask(word) === word;
}

function nearestIn(word: string, known: readonly string[]): string | null {
  let best: { readonly word: string; readonly edits: number } | null = null;
  for (const candidate of known) {
    const edits = editsBetween(word.toLowerCase(), candidate.toLowerCase());
    const isClose = edits <= Math.max(1, candidate.length / 3);
    if (isClose && (best === null || edits < best.edits)) best = { word: candidate, edits };
  }
  if (best !== null || word.length < 3) return best?.word ?? null;
  const begun = known.filter((one) => one.toLowerCase().startsWith(word.toLowerCase()));
  return begun.length === 1 ? begun[0]! : null;
}

/** Two letters that changed places are one slip. */
function editsBetween(one: string, other: string): number {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  const swapped = `${one.slice(0, at)}${one[at + 1] ?? ''}${one[at] ?? ''}${one.slice(at + 2)}`;
  return at >= 0 && one !== other && swapped === other ? 1 : distance(one, other);
}

/** What is listed where no name is near. */
const MOST_LISTED = 12;

/** What follows `no such …` in a message: `; did you mean cart?`, or else what there is. Empty where nothing is known. */
export function nearestOf(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== null) return `; did you mean ${near}?`;
  const shown = known.filter(isShown);
  if (shown.length === 0) return '';
  const rest = shown.length > MOST_LISTED ? ` and ${shown.length - MOST_LISTED} more` : '';
  return `; expected one of ${shown.slice(0, MOST_LISTED).join(', ')}${rest}`;
}
