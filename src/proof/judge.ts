import { fieldOf } from '../kubernetes/field.ts';
import { refOf, sameObject, type Json } from '../kubernetes/objects.ts';
import type { Change, DerivedChange } from '../model/change.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { isMappedRelease, includesRoot } from '../sources/same-root.ts';
import type { Root } from '../sources/roots.ts';
import { isTwinOf } from '../sources/twins.ts';
import { fulfils, type Intent, lastStep, isSame } from './intent.ts';
import { isOfTest, isRefusedLive } from './made-anew.ts';
import type { Beside, Trial, RootComparison } from './trial.ts';
import { isOnTheWay, declaresBy } from './declaring.ts';
import { isDeepStrictEqual } from 'node:util';

interface Judged {
  readonly comparisons: readonly RootComparison[];
  readonly intents: readonly Intent[];
  readonly target: Root;
  readonly twins: readonly Root[];
  /** What the target renders with the edit. */
  readonly results: readonly RenderedObject[];
}

/** Sorts every change into those that were intended (`met`), those by which the edit reaches them (`carried`), and the others (`beside`). */
export function judge({ comparisons, intents, target, twins, results }: Judged): {
  readonly met: Set<Intent>;
  readonly beside: Beside[];
  readonly carried: DerivedChange[];
} {
  const inTarget = comparisons.find(({ root }) => root.id === target.id)?.comparison.changes ?? [];
  const isInTarget = (change: Change<Json>): boolean =>
    inTarget.some((one) => isDeepStrictEqual(one, change));
  /** What changes in the target, in another declaration of it: it is judged once. */
  const isOfTwin = (change: Change<Json>, { root, isUnseen }: RootComparison): boolean =>
    twins.some(({ id }) => id === root.id) && (isUnseen === true || isInTarget(change));
  /** What is built from the target shows its change too, if under other names. */
  const isInherited = (change: Change<Json>, root: Root): boolean =>
    root.id !== target.id && includesRoot(root, target) && (isAlike(change, intents) || isInTarget(change));
  const met = new Set<Intent>();
  const beside: Beside[] = [];
  const carried: DerivedChange[] = [];
  for (const one of comparisons) {
    const { root, comparison, before } = one;
    for (const change of comparison.changes) {
      const intent = intents.find((candidate) => fulfils(change, candidate, results));
      if (intent && root.id === target.id) met.add(intent);
      else if (isOfTwin(change, one)) continue;
      else if (isCarried(change, root, target, comparisons))
        carried.push({ ...change, because: 'declaration' });
      else if (!isInherited(change, root)) beside.push(besideOf(root, change, before));
    }
  }
  return { met, beside, carried };
}

/** The same field of the same kind, under whichever name. */
function isAlike(change: Change<Json>, intents: readonly Intent[]): boolean {
  return intents.some(
    (intent) =>
      intent.field.text === change.field.text &&
      intent.object.kind === change.object.kind &&
      isSame(change.after, intent),
  );
}

/** True for a change by which the edit reaches the target, or another root that was compared itself. */
function isCarried(
  change: Change<Json>,
  root: Root,
  target: Root,
  comparisons: readonly RootComparison[],
): boolean {
  return (
    isOnTheWay(change, root, target) ||
    comparisons.some(({ root: below, comparison, isUnseen }) =>
      below.id === target.id
        ? below.id === root.id && isUnseen === true
        : comparison.changes.length > 0 &&
          below.declared !== null &&
          declaresBy(change, root, below.declared),
    )
  );
}

/** Where every intent is met: `shared` when all other changes are of the same last step and value, of whichever kind or container. */
export function outcomeOf(beside: readonly Beside[], intents: readonly Intent[]): Trial['outcome'] {
  if (beside.length === 0) return 'exact';
  const isLikewise = ({ field, after }: Change<Json>): boolean =>
    intents.some((intent) => lastStep(intent.field) === lastStep(field) && isSame(after, intent));
  return beside.every(({ change }) => isLikewise(change)) ? 'shared' : 'wrong';
}

/** Where a declared release of the very same object keeps its value, the edit changes what nobody applies. */
export function overridden(
  comparisons: Trial['comparisons'],
  intents: readonly Intent[],
  target: Root,
): readonly { readonly root: Root; readonly intent: Intent }[] {
  // What the configuration maps is a release of its own beside those that objects declare.
  if (target.declared || isMappedRelease(target)) return [];
  return comparisons
    .filter(({ root }) => root.declared && root.path === target.path && root.kind === target.kind)
    .flatMap(({ root, comparison, before }) =>
      intents
        .filter(({ object, field }) => {
          const same = before.find((one) => sameObject(refOf(one.object), object));
          return same !== undefined && fieldOf(same.object, field.text)?.value !== undefined;
        })
        .filter((intent) => !comparison.changes.some((change) => fulfils(change, intent, [])))
        .map((intent) => ({ root, intent })),
    );
}

export function besideOf(root: Root, change: Change<Json>, rendered: readonly RenderedObject[] = []): Beside {
  return {
    root: root.id,
    change,
    isTest: isOfTest(change, rendered),
    isRefused: isRefusedLive(change, rendered),
    rendered,
  };
}

/** Without those with another chart that cannot be rendered, where the edit is one of the target's chart: what theirs does is not known. */
export async function concerned(
  revision: Revision,
  target: Root,
  twins: readonly Root[],
  files: readonly string[],
): Promise<readonly Root[]> {
  const isOfChart = target.kind === 'helm' && files.every((file) => target.closure.files.has(file));
  if (!isOfChart) return twins;
  const isKnown = await Promise.all(
    twins.map(async (twin) => isTwinOf(twin, target) || (await revision.render(twin)).kind === 'rendered'),
  );
  return twins.filter((_twin, index) => isKnown[index]);
}

/** True where another declaration of the target comes out as wanted too; of one that is not rendered, where its values change. */
export function isReached(
  compared: Trial['comparisons'],
  { id }: Root,
  intents: readonly Intent[],
  results: readonly RenderedObject[],
): boolean {
  const twin = compared.find(({ root }) => root.id === id);
  if (!twin) return false;
  const { changes } = twin.comparison;
  return twin.isUnseen
    ? changes.length > 0
    : intents.every((intent) => changes.some((change) => fulfils(change, intent, results)));
}
