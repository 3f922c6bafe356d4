import { sameObject, type Json } from '../kubernetes/objects.ts';
import type { Change } from '../model/change.ts';
import type { RenderFailure } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { includesRoot } from '../sources/same-root.ts';
import type { Root } from '../sources/roots.ts';
import { unknownFollowers, unknownReaders } from '../sources/unknown-readers.ts';
import { affectedRoots, partsToProve } from './affected-roots.ts';
import { renderedHere, unseenChanges, compareRoots } from './compare-roots.ts';
import { comparedOnce } from './compare.ts';
import { declaresRoot, isOnTheWay } from './declaring.ts';
import { type Intent } from './intent.ts';
import { besideOf, concerned, isReached, overridden, judge, outcomeOf } from './judge.ts';
import { type MovedSource, movedSources } from './moved-sources.ts';
import { proofOf } from './proof-of.ts';
import type { RootComparison, Trial } from './trial.ts';
import { fieldAt } from '../kubernetes/field-path.ts';

/**
 * Renders every root that reads a touched file before and after it is replaced, and says what changed. `target` is the root
 * whose objects are meant; roots that include it show the same change, and that is intended too.
 *
 * @param twins other declarations of the target's release, which are to change with it
 */
export async function prove(
  revision: Revision,
  files: ReadonlyMap<string, Buffer>,
  intents: readonly Intent[],
  target: Root,
  twins: readonly Root[] = [],
): Promise<Trial> {
  const edited = revision.with(files);
  const touched = [...files.keys()];
  const roots = await affectedRoots(revision, edited, touched, target);
  const parts = await partsToProve(revision, touched, target, roots);
  const compared = await compareRoots({ revision, edited, roots, parts, intents, target });
  const told = compared.comparisons.filter((one) => !isToldByParent(one, compared.comparisons)).sort(byRoot);
  const changesIn = ({ id }: Root): readonly Change<Json>[] =>
    told.find(({ root }) => root.id === id)?.comparison.changes ?? [];
  const moved = await movedSources(revision, edited, changesIn);
  const isAsked = ({ object }: MovedSource): boolean =>
    intents.some((intent) => sameObject(intent.object, object));
  const isGone = ({ declared }: Root): boolean =>
    moved.some((one) => isAsked(one) && one.by === declared?.plan.by);
  const comparisons = told.filter(({ root }) => !isGone(root));
  const broken = compared.broken.filter(({ root }) => !isGone(root)).sort(byRoot);
  const unrendered = [
    ...(await unknownReaders(revision, touched)),
    ...(await failureOfWhole(revision, target)),
    ...compared.unrendered,
    ...(await unknownFollowers(revision, changesIn)),
    ...broken.map(({ failure }) => failure),
  ].sort(inOrder(target));

  const { met, beside, carried } = judge({ comparisons, intents, target, twins, results: compared.results });
  for (const { object, parent } of moved.filter((one) => !isAsked(one)))
    beside.push(besideOf(parent, { object, field: fieldAt([]), before: null, after: null }));
  const missed = overridden(comparisons, intents, target);
  for (const { root, intent } of missed) {
    const { object, field } = intent;
    beside.push(besideOf(root, { object, field, before: null, after: null }));
    met.delete(intent);
  }
  const unreached = (await concerned(revision, target, twins, touched)).find(
    (twin) => !isReached(compared.comparisons, twin, intents, compared.results),
  );
  const isMet = met.size === intents.length;
  const declarations = await revision.ownDeclarations();
  return {
    comparisons,
    unrendered,
    broken,
    outcome: isMet && !unreached ? outcomeOf(beside, intents) : 'wrong',
    isMet,
    overriddenIn: missed[0]?.root.id ?? null,
    beside,
    unreached: unreached ?? null,
    proof: proofOf(comparisons, unrendered, compared.unstable, moved.filter(isAsked), declarations),
    derived: [...comparisons.flatMap(({ comparison }) => comparison.derived), ...carried],
  };
}

/**
 * True when a root that has nothing to do with the target renders differently. It compares one such root: cheaper than a
 * proof, and enough to know that the edit is not exact.
 */
export async function changesElsewhere(
  revision: Revision,
  files: ReadonlyMap<string, Buffer>,
  target: Root,
  twins: readonly Root[] = [],
): Promise<boolean> {
  const edited = revision.with(files);
  const meant = [target, ...twins];
  const others = (await affectedRoots(revision, edited, [...files.keys()], target)).filter(
    (root) => !meant.some((one) => includesRoot(root, one) || declaresRoot(root, one)),
  );
  // Another release of the same chart is the likeliest to change too.
  const other = others.find(({ path }) => path === target.path) ?? others[0];
  if (other === undefined) return false;
  const [before, after] = await Promise.all([revision.render(other), renderedHere(edited, other)]);
  if (before.kind === 'failed') return ((await unseenChanges(revision, edited, other)) ?? []).length > 0;
  if (after.kind === 'failed') return true;
  return comparedOnce(before.objects, after.objects).changes.some(
    (change) => !isOnTheWay(change, other, target),
  );
}

/** Why the root that the target is a part of does not render. */
async function failureOfWhole(revision: Revision, { whole }: Root): Promise<readonly RenderFailure[]> {
  const rendering = whole && (await revision.render(whole));
  return rendering?.kind === 'failed' ? [rendering] : [];
}

/** The root that renders a release's object shows what changes in it. */
function isToldByParent({ root, isUnseen }: RootComparison, all: readonly RootComparison[]): boolean {
  const { declared } = root;
  if (!isUnseen || declared === null || !sameObject(declared.object, declared.plan.ref)) return false;
  return all.some(
    ({ root: parent, comparison }) =>
      parent.id === declared.parent?.id &&
      comparison.changes.some(({ object }) => sameObject(object, declared.object)),
  );
}

/** The target first, as it is the one that people ask about. */
function inOrder(target: Root): (a: RenderFailure, b: RenderFailure) => number {
  const rank = ({ root }: RenderFailure): number => (root === target.id ? 0 : 1);
  return (a, b) => rank(a) - rank(b) || (a.root < b.root ? -1 : 1);
}

function byRoot(a: { readonly root: Root }, b: { readonly root: Root }): number {
  return a.root.id < b.root.id ? -1 : 1;
}
