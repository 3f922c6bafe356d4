import { sameValue } from '../../kubernetes/compare.ts';
import { sameObject, type Json, type KubernetesObject } from '../../kubernetes/objects.ts';
import { differences } from '../../kubernetes/differences.ts';
import { appliersOf, destinationsOf, isFollowed } from '../../sources/appliers.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import { isAside, isMappedRelease } from '../../sources/same-root.ts';
import type { Target } from '../target.ts';

/**
 * The matches between which nothing decides: what is closer to the live object than all others, what names the namespace that is asked
 * for where others leave it open, what Argo CD, Flux or the mapping applies where nobody applies the others, of two objects of one name
 * that install it the one that something applies, and what does not lie in a folder such as `.archive`. A live object that they apply tells so itself, and is not looked for here.
 */
export async function likeliest(
  revision: Revision,
  matches: readonly Match[],
  { wanted: { namespace }, live, mapped }: Target,
): Promise<readonly Match[]> {
  if (matches.length < 2) return matches;
  const near = closest(matches, live);
  if (near.length === 1) return near;
  const isPlaced = async (match: Match): Promise<boolean> =>
    namespaceOf(match) === namespace ||
    (await destinationsOf(revision, match)).some((one) => one.namespace === namespace);
  const placed = typeof namespace === 'string' ? await filtered(near, isPlaced) : [];
  const inPlace = placed.length > 0 ? closest(placed, live) : near;
  if (inPlace.length === 1 || live !== null) return inPlace;
  const applied = await filtered(
    inPlace,
    async ({ root }) =>
      isMappedRelease(root) ||
      mapped?.has(root.id) === true ||
      (await appliersOf(revision, root)).some(isFollowed),
  );
  if (applied.length > 0) return reaching(revision, applied);
  const visible = inPlace.filter(({ root }) => !isAside(root));
  return visible.length > 0 ? visible : inPlace;
}

/** Without what is declared where nobody applies it, beside an object of the same name that something applies. */
async function reaching(revision: Revision, matches: readonly Match[]): Promise<readonly Match[]> {
  const reached = await filtered(matches, async ({ root }) => {
    const parent = root.declared?.parent ?? null;
    if (parent === null) return false;
    return parent.declared !== null || (await appliersOf(revision, parent)).some(isFollowed);
  });
  const isOther = ({ root: { declared } }: Match): boolean =>
    declared !== null && reached.some(({ root }) => sameObject(root.declared!.plan.ref, declared.plan.ref));
  return matches.filter((match) => reached.includes(match) || !isOther(match));
}

async function filtered(
  matches: readonly Match[],
  isKept: (match: Match) => Promise<boolean>,
): Promise<readonly Match[]> {
  const kept = await Promise.all(matches.map(isKept));
  return matches.filter((_match, index) => kept[index]);
}

/** Of an object that names no namespace, the one that the mapping installs its root into. */
function namespaceOf({ root, rendered }: Match): string | undefined {
  const release = isMappedRelease(root) && root.kind === 'helm' ? root.release.namespace : undefined;
  return rendered.object.metadata.namespace ?? release;
}

/** The matches that no other match is closer to the live object than: fewer differences, and only such as the other has too. */
function closest(matches: readonly Match[], live: KubernetesObject | null): readonly Match[] {
  if (live === null) return matches;
  const gaps = matches.map(({ rendered }) => gapsOf(rendered.object, live));
  const best = matches.filter((_, index) =>
    gaps.every((other, at) => at === index || isProperSubset(gaps[index]!, other)),
  );
  return best.length === 1 ? best : matches;
}

function isProperSubset(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size < b.size && [...a].every((gap) => b.has(gap));
}

/** Fields that the manifest sets and the live object has with another meaning. What only the live object has was added by the cluster. */
function gapsOf(rendered: KubernetesObject, live: KubernetesObject): ReadonlySet<string> {
  const gaps = differences(rendered as unknown as Json, live as unknown as Json)
    .filter(
      ({ path, before, after }) =>
        before !== undefined && path[0] !== 'status' && !sameValue(path, after, before),
    )
    .map(({ path }) => JSON.stringify(path));
  return new Set(gaps);
}
