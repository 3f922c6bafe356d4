/**
 * What the files of a root tell of an object before anything is rendered.
 *
 * - `named`: one of them holds an object of this kind and name, or one that a prefix, a suffix or a patch may turn into it.
 * - `related`: part of the root is made by a template or a program, or is not here, and what is known of it speaks of the object.
 * - `placed`: such a part does not speak of the object, but goes to its namespace.
 * - `open`: such a part could hold any object, and nothing ties it to this one.
 *
 * No clue at all: the root cannot hold the object.
 */
export type Clue = 'named' | 'related' | 'placed' | 'open';

const BY_STRENGTH: readonly (Clue | null)[] = ['named', 'related', 'placed', 'open', null];

/** The strongest of some clues. None that follows a `named` one is asked for. */
export function strongest(clues: Iterable<Clue | null>): Clue | null {
  let best = BY_STRENGTH.length - 1;
  for (const clue of clues) {
    best = Math.min(best, BY_STRENGTH.indexOf(clue));
    if (best === 0) break;
  }
  return BY_STRENGTH[best]!;
}

/**
 * True where two names are of one thing, as people write them: `argo-cd` and `argocd-server`, `acme-cart-deploy` and `cart`.
 * Two letters tell nothing.
 */
export function areRelated(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)];
  return Math.min(a.length, b.length) > 2 && (a.includes(b) || b.includes(a));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
