import { appliersOf, isOpen } from '../../sources/appliers.ts';
import type { Plan } from '../../sources/declarations/plan.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import { isBare } from '../../sources/same-root.ts';
import { declined, type Declined } from '../../model/declined.ts';
import { placeOfOption } from '../option-place.ts';
import { describeWanted, type Target } from '../target.ts';
import { declaredIn, isPartial, takenFromElsewhere } from '../unrendered/owner.ts';

/** A chart with its own values, where a helmfile that is not followed may install it with other values. */
export async function installedOtherwise(
  revision: Revision,
  { root }: Match,
  { wanted, roots }: Target,
): Promise<Declined | null> {
  if (roots !== null || !isBare(root)) return null;
  const installer = (await revision.declarations()).find(
    ({ plan, obstacle }) =>
      'option' in plan && obstacle !== null && (plan.path === root.path || plan.reads?.includes(root.path)),
  );
  if (!installer) return null;
  const place = placeOfOption(revision, installer);
  const reason = place === null || installer.obstacle!.includes(place) ? '' : ` (${place})`;
  return declined(
    'render-failed',
    `${describeWanted(wanted)} is in ${root.id}, which ${installer.plan.by} may install with other values: it applies ${installer.obstacle}${reason}`,
    [root.id, ...(place === null ? [] : [place])],
  );
}

/** A chart that nothing installs from here, where a release for this namespace takes a published chart of its name. */
export async function installedAsPublished(
  revision: Revision,
  { root }: Match,
  { wanted, roots }: Target,
): Promise<Declined | null> {
  if (roots !== null || !isBare(root)) return null;
  const published = (await revision.declaredRoots()).find(
    (one) =>
      isPartial(one) &&
      one.kind === 'helm' &&
      one.closure.remote.some(({ name }) => name === root.closure.parts[0]?.name) &&
      (typeof wanted.namespace !== 'string' || one.release.namespace === wanted.namespace),
  );
  if (!published || !isPartial(published)) return null;
  const by = declaredIn(published);
  return declined(
    'render-failed',
    `${describeWanted(wanted)} is in ${root.id}, a chart that nothing installs from this folder. ${by} takes ${takenFromElsewhere(published)}, which may make it with other values`,
    [root.id, by],
  );
}

/**
 * A folder is one root, however often it is applied as it is. Where nothing but a tag of it is applied, or it goes to other
 * namespaces too, an edit is not what was asked for; null where neither is so, where somebody named the root, or where the value is wrong
 * in all of them.
 */
export async function notItsOwn(
  revision: Revision,
  { root, rendered }: Match,
  { roots, live }: Target,
  isWrongEverywhere: boolean,
): Promise<Declined | null> {
  if (root.declared !== null || (roots !== null && live === null)) return null;
  const plans = await appliersOf(revision, root);
  const followed = plans.filter(({ from }) => from.revision.pin === undefined);
  const [pinned] = plans;
  if (roots === null && pinned && followed.length === 0) return pinnedTo(pinned);
  const destinations = new Map(
    followed.flatMap((plan) => (plan.namespace === null ? [] : [[plan.namespace, plan.by]])),
  );
  if (isWrongEverywhere || !isOpen(rendered.object) || destinations.size < 2) return null;
  const all = [...destinations].map(([namespace, by]) => `${namespace} by ${by}`);
  return declined(
    'shared-site',
    `${root.id} is applied to ${all.join(' and to ')}, and nothing in it could differ for one of them`,
    [root.id],
  );
}

export function pinnedTo({ by, from }: Plan): Declined {
  return declined(
    'other-revision',
    `${by} is pinned to ${from.revision.pin}: a change of a branch does not reach it`,
  );
}
