import { destinationsOf, type Destination } from '../../sources/appliers.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import type { Root } from '../../sources/roots.ts';
import type { Target } from '../target.ts';

/** An object that names no namespace, in a root that Argo CD or Flux applies to others than the one that is asked for. */
export interface SentElsewhere {
  readonly root: Root;
  readonly to: readonly Destination[];
}

/**
 * The matches without those that go to other namespaces. A live object stands in its namespace, whatever git says: for it, this
 * only tells several matches apart.
 */
export async function sentTo(
  revision: Revision,
  all: readonly Match[],
  { wanted: { namespace }, live, roots }: Target,
): Promise<{ readonly matches: readonly Match[]; readonly elsewhere: readonly SentElsewhere[] }> {
  if (typeof namespace !== 'string' || (roots !== null && live === null))
    return { matches: all, elsewhere: [] };
  const matches: Match[] = [];
  const elsewhere: SentElsewhere[] = [];
  for (const match of all) {
    const to = await destinationsOf(revision, match);
    if (to.length === 0 || to.some((one) => one.namespace === namespace)) matches.push(match);
    else elsewhere.push({ root: match.root, to });
  }
  return matches.length === 0 && live !== null ? { matches: all, elsewhere: [] } : { matches, elsewhere };
}
