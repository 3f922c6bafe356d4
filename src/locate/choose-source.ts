import { findObject, type Match } from '../sources/find.ts';
import { isInstalledByHelm, isOfItsRelease, mayBeOf } from '../sources/owners.ts';
import type { Revision } from '../sources/revision.ts';
import { declined, type Declined } from '../model/declined.ts';
import { likeliest } from './source/likeliest.ts';
import { meantBy } from './source/meant-together.ts';
import { notFound } from './source/not-found.ts';
import { installedAsPublished, installedOtherwise, notItsOwn } from './source/not-reached.ts';
import { rivalOf } from './source/rivals.ts';
import { sentTo } from './source/sent-to.ts';
import { describeWanted, type Target } from './target.ts';

export interface ChosenSource {
  readonly kind: 'chosen';
  readonly match: Match;
}

/** Roots between which nothing decides. */
export interface OpenChoice {
  readonly kind: 'several';
  readonly matches: readonly Match[];
}

/**
 * The one root that renders the object, or several between which nothing decides; else why there is none.
 *
 * @param isWrongEverywhere the value is at fault in every namespace that the root is applied to
 */
export async function chooseSource(
  revision: Revision,
  target: Target,
  isWrongEverywhere = false,
): Promise<ChosenSource | OpenChoice | Declined> {
  const { live, roots } = target;
  const release = live?.metadata.annotations?.['meta.helm.sh/release-name'];
  const wanted = release === undefined ? target.wanted : { ...target.wanted, release };
  const { matches: rendered, failures: all } = await findObject(
    revision,
    wanted,
    roots ?? undefined,
    live !== null && target.areNamed === true,
  );
  const ofRelease = rendered.filter(({ root }) => !isInstalledByHelm(root) || isOfItsRelease(root, live));
  const { matches, elsewhere } = await sentTo(revision, ofRelease, target);
  const failures = all.filter(({ root }) => mayBeOf(root, live));
  if (matches.length === 0)
    return (
      (await inPartOf(revision, { ...target, wanted })) ??
      notFound(revision, wanted, target, failures, elsewhere)
    );
  const likely = await likeliest(revision, matches, target);
  const chosen = await meantBy(revision, likely, target);
  if (chosen === null) return { kind: 'several', matches: likely };
  const rival = roots === null ? await rivalOf(revision, chosen, failures, { ...target, wanted }) : null;
  const mayHold = (what: string): string =>
    `${rival!.root.id} may hold ${what} too and could not be rendered: ${rival!.failure.message}`;
  if (rival?.clue === 'named' && live === null)
    return declined(
      'render-failed',
      `${describeWanted(wanted)} is in ${chosen.root.id}, but ${mayHold('it')}`,
      [chosen.root.id, rival.root.id],
    );
  const match = rival ? { ...chosen, doubt: mayHold(describeWanted(wanted)) } : chosen;
  return (
    (await installedOtherwise(revision, match, target)) ??
    (await installedAsPublished(revision, match, target)) ??
    (await notItsOwn(revision, match, target, isWrongEverywhere)) ?? { kind: 'chosen', match }
  );
}

/** The root that renders the object as far as it can be rendered here; null where none does. */
async function inPartOf(revision: Revision, target: Target): Promise<ChosenSource | OpenChoice | null> {
  const parts = (target.roots ?? (await revision.allRoots())).flatMap((root) =>
    mayBeOf(root, target.live) ? (revision.inPart(root) ?? []) : [],
  );
  const { matches } = await findObject(revision, target.wanted, parts);
  const unseen: Match[] = [];
  for (const match of matches) {
    const whole = await revision.render(match.root.whole!);
    if (whole.kind === 'failed')
      unseen.push({ ...match, doubt: `${match.root.whole!.id} could not be rendered: ${whole.message}` });
  }
  const candidates = await likeliest(revision, unseen, target);
  const [chosen, ...others] = candidates;
  if (!chosen) return null;
  return others.length > 0 ? { kind: 'several', matches: candidates } : { kind: 'chosen', match: chosen };
}
