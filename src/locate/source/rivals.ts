import { appliersOf, destinationsOf, isFollowed } from '../../sources/appliers.ts';
import { clueOf } from '../../sources/clues/of-root.ts';
import type { Match, Unrendered } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import type { Target } from '../target.ts';

/**
 * A root that may render the object too, as far as could be told without rendering it. A root that the tool refuses cannot be what
 * made a live object; one that needs the network can. What a published chart makes is known by its release's name:
 * another object of that very name is no part of it.
 */
export async function rivalOf(
  revision: Revision,
  chosen: Match,
  failures: readonly Unrendered[],
  { wanted, live }: Target,
): Promise<Unrendered | null> {
  const { namespace } = chosen.rendered.object.metadata;
  const rivals = failures.filter(
    ({ root, failure, clue }) =>
      clue !== 'open' &&
      !(clue === 'placed' && namespace !== undefined) &&
      !(root.kind === 'helm' && root.declared !== null && failure.code === 'remote') &&
      !(live !== null && failure.code === 'error'),
  );
  const isPlaced =
    namespace !== undefined ||
    (await destinationsOf(revision, chosen)).some((one) => one.namespace === wanted.namespace);
  for (const rival of rivals.filter(({ clue }) => clue === 'named'))
    if (!(await goesElsewhere(revision, rival, wanted, isPlaced))) return rival;
  return rivals.find(({ clue }) => clue !== 'named') ?? null;
}

/** A namespace that no file speaks of: what fits it names none. */
const ANY_NAMESPACE = '\0';

/**
 * True for a root whose object names no namespace, where whoever applies the root sends it to others than the one that is asked for. Where
 * nobody says where it goes, an object that is known to be in that namespace comes before it.
 */
async function goesElsewhere(
  revision: Revision,
  { root }: Unrendered,
  wanted: Target['wanted'],
  isOtherPlaced: boolean,
): Promise<boolean> {
  if (typeof wanted.namespace !== 'string') return false;
  if (clueOf(revision, root, { ...wanted, namespace: ANY_NAMESPACE }) !== 'named') return false;
  const namespaces = (await appliersOf(revision, root)).filter(isFollowed).map(({ namespace }) => namespace);
  if (namespaces.includes(wanted.namespace)) return false;
  return namespaces.length === 0 || namespaces.includes(null) ? isOtherPlaced : true;
}
