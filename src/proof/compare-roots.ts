import type { Change } from '../model/change.ts';
import type { Rendered, RenderedObject, Rendering, RenderFailure } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import { comparedOnce, compareRenders, type Comparison } from './compare.ts';
import { installedOtherwise } from './installed-with.ts';
import { asIntended, fulfils, type Intent } from './intent.ts';
import type { RootComparison, Trial } from './trial.ts';
import type { Json } from '../kubernetes/objects.ts';
import { fieldAt } from '../kubernetes/field-path.ts';

interface Compared {
  readonly comparisons: RootComparison[];
  /** Roots that do not render before the edit either. */
  readonly unrendered: RenderFailure[];
  readonly broken: Trial['broken'][number][];
  /** Roots that render differently each time. */
  readonly unstable: Root[];
  /** What the target renders with the edit. */
  results: readonly RenderedObject[];
}

interface Comparing {
  readonly revision: Revision;
  readonly edited: Revision;
  readonly roots: readonly Root[];
  /** Parts of roots, such as a component, which need not build by themselves. */
  readonly parts: readonly Root[];
  readonly intents: readonly Intent[];
  readonly target: Root;
}

/** Renders each root before and after the edit, all at once, and compares. */
export async function compareRoots(comparing: Comparing): Promise<Compared> {
  const compared: Compared = { comparisons: [], unrendered: [], broken: [], unstable: [], results: [] };
  const { roots, parts } = comparing;
  await Promise.all([...roots, ...parts].map((root) => compareRoot(root, comparing, compared)));
  return compared;
}

async function compareRoot(
  root: Root,
  { revision, edited, parts, intents, target }: Comparing,
  compared: Compared,
): Promise<void> {
  const [before, after] = await Promise.all([revision.render(root), renderedHere(edited, root)]);
  if (before.kind === 'failed' && parts.includes(root)) return;
  if (before.kind === 'failed') {
    const changes =
      (await unseenChanges(revision, edited, root)) ?? (await changesInPart(revision, edited, root));
    if (changes !== null && changes.length === 0 && root.id !== target.id) return;
    compared.unrendered.push(before);
    compared.comparisons.push({
      root,
      comparison: only(changes ?? []),
      before: [],
      after: [],
      isUnseen: true,
    });
    return;
  }
  if (after.kind === 'failed') {
    compared.broken.push({ root, failure: after });
    // It built before: the edit broke it, which is no missing proof but a wrong edit.
    const comparison = only([brokenRoot(root)]);
    compared.comparisons.push({ root, comparison, before: before.objects, after: [] });
    return;
  }
  const { comparison, stable } = await stableComparison(revision, root, before, after);
  if (root.id === target.id) compared.results = after.objects;
  const meant = root.id === target.id ? withIntended(comparison, intents, after.objects) : comparison;
  compared.comparisons.push({ root, comparison: meant, before: before.objects, after: after.objects });
  if (!stable) compared.unstable.push(root);
}

function only(changes: readonly Change<Json>[]): Comparison {
  return { changes, derived: [], documents: [] };
}

export async function renderedHere(edited: Revision, root: Root): Promise<Rendering> {
  const here = await edited.here(root);
  return here
    ? edited.render(here)
    : { kind: 'failed', root: root.id, code: 'error', message: 'is no longer declared' };
}

/** What changes in that part of a root that does not render which can be rendered alone; null where there is no such part. */
export async function changesInPart(
  revision: Revision,
  edited: Revision,
  root: Root,
): Promise<readonly Change<Json>[] | null> {
  const part = revision.inPart(root);
  if (part === null) return null;
  const [before, after] = await Promise.all([revision.render(part), renderedHere(edited, part)]);
  if (before.kind === 'failed' || after.kind === 'failed') return null;
  const { changes } = comparedOnce(before.objects, after.objects);
  return changes.length > 0 ? changes : null;
}

/** Of a root that cannot be rendered; null where what it is made from is not known as a whole. */
export async function unseenChanges(
  revision: Revision,
  edited: Revision,
  root: Root,
): Promise<readonly Change<Json>[] | null> {
  const here = await edited.here(root);
  return here ? installedOtherwise({ revision, root }, { revision: edited, root: here }) : null;
}

/**
 * Charts may render random values and times. Where more differs than a reader can tell apart, the same files are rendered
 * once more, and fields that differ between the two renders are left out.
 */
export async function stableComparison(
  revision: Revision,
  root: Root,
  before: Rendered,
  after: Rendered,
): Promise<{ comparison: Comparison; stable: boolean }> {
  const comparison = comparedOnce(before.objects, after.objects);
  if (root.kind !== 'helm' || comparison.changes.length + comparison.derived.length < 2)
    return { comparison, stable: true };
  const again = await revision.renderAgain(root);
  if (again.kind === 'failed') return { comparison, stable: true };
  const byItself = compareRenders(before.objects, again.objects);
  const unstable = new Set([...byItself.changes, ...byItself.derived].map(placeOf));
  if (unstable.size === 0) return { comparison, stable: true };
  const isStable = (change: Change<Json>): boolean => !unstable.has(placeOf(change));
  return {
    comparison: {
      ...comparison,
      changes: comparison.changes.filter(isStable),
      derived: comparison.derived.filter(isStable),
    },
    stable: false,
  };
}

/** A label that was asked for follows from nothing, and a list that was not there comes with the item that was asked for. */
export function withIntended(
  compared: Comparison,
  intents: readonly Intent[],
  results: readonly RenderedObject[],
): Comparison {
  const comparison = { ...compared, changes: compared.changes.map((change) => asIntended(change, intents)) };
  const isIntended = (change: Change<Json>): boolean =>
    intents.some((intent) => fulfils(change, intent, results));
  const intended = comparison.derived.filter(isIntended);
  if (intended.length === 0) return comparison;
  return {
    ...comparison,
    changes: [
      ...comparison.changes,
      ...intended.map(({ object, field, before, after }) => ({ object, field, before, after })),
    ],
    derived: comparison.derived.filter((change) => !isIntended(change)),
  };
}

function placeOf({ object, field }: Change<Json>): string {
  return JSON.stringify([object.kind, object.namespace, object.name, field.text]);
}

export function brokenRoot(root: Root): Change<Json> {
  return {
    object: { apiVersion: '', kind: 'Root', namespace: null, name: root.id },
    field: fieldAt([]),
    before: null,
    after: null,
  };
}
