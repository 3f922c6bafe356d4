import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import type { Root } from '../../sources/roots.ts';
import { isOtherChartOf, twinsOf } from '../../sources/twins.ts';
import type { Target } from '../target.ts';

/** The first of the matches with those that are meant together with it; null where that leaves others. */
export async function meantBy(
  revision: Revision,
  matches: readonly Match[],
  target: Target,
): Promise<Match | null> {
  const [first, ...others] = matches;
  if (!first) return null;
  const twins = await alsoMeant(revision, first.root, target);
  return others.every(({ root }) => twins.some(({ id }) => id === root.id)) ? { ...first, twins } : null;
}

/**
 * Other declarations of the same release: whoever asks for it means them too. A person who names an Application by its name means those
 * with another chart as well. The object of a cluster comes from one of them, and the others may be those of other clusters.
 */
async function alsoMeant(revision: Revision, root: Root, { roots, live }: Target): Promise<readonly Root[]> {
  const twins = await twinsOf(revision, root);
  if (live !== null) return root.declared?.plan.cluster === null ? [] : twins;
  return [...twins, ...(roots ?? []).filter((other) => isOtherChartOf(other, root))];
}
