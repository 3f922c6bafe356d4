import { isDeepStrictEqual } from 'node:util';
import { applyEdits, decode, type Edit } from '../edits/edit.ts';
import { fieldOf } from '../kubernetes/field.ts';
import { refOf, sameObject, type Json, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import type { Rendered, RenderedObject, RenderFailure, Rendering } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { includesRoot, isMappedRelease, type Root } from '../sources/roots.ts';
import { isTwinOf } from '../sources/twins.ts';
import { unknownFollowers, unknownReaders } from '../sources/unknown-readers.ts';
import { affectedRoots, partsToProve } from './affected-roots.ts';
import { appliedBy } from './applied-by.ts';
import { comparedOnce, compareRenders, type Comparison } from './compare.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { declaresBy, declaresRoot, isOnTheWay } from './declaring.ts';
import { installedOtherwise } from './installed-with.ts';
import { isOfTest, isRefusedLive } from './made-anew.ts';
import { movedSources, type MovedSource } from './moved-sources.ts';
import type { DerivedChange, FieldChange, Proof, RootChanges } from '../model/proof.ts';

/** A field of one rendered object that should come out with another value. */
export interface Intent {
  readonly object: ObjectRef;
  readonly field: string;
  readonly after: Scalar;
  /** An amount, which a renderer may write as a number or as text. */
  readonly isQuantity?: boolean;
}

/** What one set of edits does to everything that reads the touched files. */
export interface Trial {
  readonly comparisons: readonly RootComparison[];
  readonly unrendered: readonly RenderFailure[];
  /** Roots that rendered before the edit and do not after it. */
  readonly broken: readonly { readonly root: Root; readonly failure: RenderFailure }[];
  /**
   * `exact`: the intended fields change, and nothing else anywhere.
   * `shared`: fields of the same name take the same value elsewhere as well: in other containers, objects or roots (see `beside`).
   * `wrong`: an intended field does not become what was wanted, or something different changes too.
   */
  readonly outcome: 'exact' | 'shared' | 'wrong';
  /** Every intended field becomes what was wanted, whatever else changes. */
  readonly isMet: boolean;
  /** A release of the same chart that keeps a value of its own: it is what runs. */
  readonly overriddenIn: string | null;
  /** Changes that were not asked for. */
  readonly beside: readonly Beside[];
  /** Another declaration of the target that keeps its value: whichever of the two is deployed, the edit may not reach it. */
  readonly unreached: Root | null;
  readonly proof: Proof;
  readonly derived: readonly DerivedChange[];
}

export interface Beside {
  readonly root: string;
  readonly change: FieldChange;
  /** The object only runs when somebody calls `helm test`. */
  readonly isTest: boolean;
  /** The API server refuses it. */
  readonly isRefused: boolean;
  /** What the root renders before the edit. */
  readonly rendered: readonly RenderedObject[];
}

export interface RootComparison {
  readonly root: Root;
  readonly comparison: Comparison;
  /** What the root renders before the edit. */
  readonly before: readonly RenderedObject[];
  /** What it renders with the edit; nothing where it does not render any more. */
  readonly after: readonly RenderedObject[];
  /** The root could not be rendered: the changes are of what it is installed with. */
  readonly isUnseen?: true;
}

/** Applies edits to the revision's files; null when a file is not UTF-8 text or the edits overlap. */
export function editedFiles(revision: Revision, edits: readonly Edit[]): ReadonlyMap<string, Buffer> | null {
  const files = new Map<string, Buffer>();
  for (const file of new Set(edits.map((edit) => edit.file))) {
    const content = revision.tree.read(file);
    const text = content && decode(content);
    const inFile = edits.filter((edit) => edit.file === file);
    if (text === undefined || text === null || overlap(inFile)) return null;
    files.set(file, Buffer.from(applyEdits(text, inFile)));
  }
  return files;
}

function overlap(edits: readonly Edit[]): boolean {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  return sorted.some((edit, index) => index > 0 && edit.start < sorted[index - 1]!.end);
}

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
  const roots = await affectedRoots(revision, edited, [...files.keys()], target);
  const parts = await partsToProve(revision, [...files.keys()], target, roots);
  const unrendered: RenderFailure[] = [...(await unknownReaders(revision, [...files.keys()]))];
  const whole = target.whole && (await revision.render(target.whole));
  if (whole?.kind === 'failed') unrendered.push(whole);
  const failed: Trial['broken'][number][] = [];
  const compared: RootComparison[] = [];
  const unstable: Root[] = [];
  let results: readonly RenderedObject[] = [];
  await Promise.all(
    [...roots, ...parts].map(async (root) => {
      const [before, after] = await Promise.all([revision.render(root), renderedHere(edited, root)]);
      // A part, such as a component, need not build by itself.
      if (before.kind === 'failed' && parts.includes(root)) return;
      if (before.kind === 'failed') {
        const changes =
          (await unseenChanges(revision, edited, root)) ?? (await changesInPart(revision, edited, root));
        if (changes !== null && changes.length === 0 && root.id !== target.id) return;
        unrendered.push(before);
        compared.push({
          root,
          comparison: { changes: changes ?? [], derived: [], documents: [] },
          before: [],
          after: [],
          isUnseen: true,
        });
      } else if (after.kind === 'failed') {
        failed.push({ root, failure: after });
        // It built before: the edit broke it, which is no missing proof but a wrong edit.
        compared.push({
          root,
          comparison: { changes: [brokenRoot(root)], derived: [], documents: [] },
          before: before.objects,
          after: [],
        });
      } else {
        const { comparison, stable } = await stableComparison(revision, root, before, after);
        if (root.id === target.id) results = after.objects;
        const meant = root.id === target.id ? withIntended(comparison, intents, after.objects) : comparison;
        compared.push({ root, comparison: meant, before: before.objects, after: after.objects });
        if (!stable) unstable.push(root);
      }
    }),
  );
  const told = compared.filter((one) => !isToldByParent(one, compared)).sort(byRoot);
  const changesIn = ({ id }: Root): readonly FieldChange[] =>
    told.find(({ root }) => root.id === id)?.comparison.changes ?? [];
  unrendered.push(...(await unknownFollowers(revision, changesIn)));
  const moved = await movedSources(revision, edited, changesIn);
  const isAsked = ({ object }: MovedSource): boolean =>
    intents.some((intent) => sameObject(intent.object, object));
  const isGone = ({ declared }: Root): boolean =>
    moved.some((one) => isAsked(one) && one.by === declared?.plan.by);
  const comparisons = told.filter(({ root }) => !isGone(root));
  const broken = failed.filter(({ root }) => !isGone(root)).sort(byRoot);
  unrendered.push(...broken.map(({ failure }) => failure));
  unrendered.sort(inOrder(target));

  const alike = (change: FieldChange): boolean =>
    intents.some(
      (intent) =>
        intent.field === change.field &&
        intent.object.kind === change.object.kind &&
        isSame(change.after, intent),
    );
  /** Of another kind or another container too. */
  const likewise = ({ field, after }: FieldChange): boolean =>
    intents.some((intent) => lastStep(intent.field) === lastStep(field) && isSame(after, intent));
  /** How the edit gets to the target, or to another root that says itself what becomes of it. */
  const isCarried = (change: FieldChange, root: Root): boolean =>
    isOnTheWay(change, root, target) ||
    comparisons.some(({ root: below, comparison, isUnseen }) =>
      below.id === target.id
        ? below.id === root.id && isUnseen === true
        : comparison.changes.length > 0 &&
          below.declared !== null &&
          declaresBy(change, root, below.declared),
    );
  const inTarget = changesIn(target);
  const isInTarget = (change: FieldChange): boolean => inTarget.some((one) => isDeepStrictEqual(one, change));
  /** What changes in the target, in another declaration of it: it is judged once. */
  const isOfTwin = (change: FieldChange, { root, isUnseen }: RootComparison): boolean =>
    twins.some(({ id }) => id === root.id) && (isUnseen === true || isInTarget(change));
  const met = new Set<Intent>();
  const beside: Beside[] = [];
  const carried: DerivedChange[] = [];
  for (const one of comparisons) {
    const { root, comparison, before } = one;
    for (const change of comparison.changes) {
      const intent = intents.find((candidate) => fulfils(change, candidate, results));
      // What is built from the root that was asked for shows its change too, if under other names.
      const inherited =
        root.id !== target.id && includesRoot(root, target) && (alike(change) || isInTarget(change));
      if (intent && root.id === target.id) met.add(intent);
      else if (isOfTwin(change, one)) continue;
      else if (isCarried(change, root)) carried.push({ ...change, because: 'declaration' });
      else if (!inherited) beside.push(besideOf(root, change, before));
    }
  }
  for (const { object, parent } of moved.filter((one) => !isAsked(one)))
    beside.push(besideOf(parent, { object, field: '', before: null, after: null }));
  const missed = overridden(comparisons, intents, target);
  for (const { root, intent } of missed) {
    const { object, field } = intent;
    beside.push(besideOf(root, { object, field, before: null, after: null }));
    met.delete(intent);
  }
  const unreached = (await concerned(revision, target, twins, [...files.keys()])).find(
    (twin) => !isReached(compared, twin, intents, results),
  );
  const outcome =
    met.size < intents.length || unreached
      ? 'wrong'
      : beside.length === 0
        ? 'exact'
        : beside.every(({ change }) => likewise(change))
          ? 'shared'
          : 'wrong';
  return {
    comparisons,
    unrendered,
    broken,
    outcome,
    isMet: met.size === intents.length,
    overriddenIn: missed[0]?.root.id ?? null,
    beside,
    unreached: unreached ?? null,
    proof: proofOf(
      comparisons,
      unrendered,
      unstable,
      moved.filter(isAsked),
      await revision.ownDeclarations(),
    ),
    derived: [...comparisons.flatMap(({ comparison }) => comparison.derived), ...carried],
  };
}

/**
 * True when a root that has nothing to do with the target renders differently. One such root is looked at: cheaper than a
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

async function renderedHere(edited: Revision, root: Root): Promise<Rendering> {
  const here = await edited.here(root);
  return here
    ? edited.render(here)
    : { kind: 'failed', root: root.id, code: 'error', message: 'is no longer declared' };
}

/** What changes in that part of a root that does not render which can be rendered alone; null where there is no such part. */
async function changesInPart(
  revision: Revision,
  edited: Revision,
  root: Root,
): Promise<readonly FieldChange[] | null> {
  const part = revision.inPart(root);
  if (part === null) return null;
  const [before, after] = await Promise.all([revision.render(part), renderedHere(edited, part)]);
  if (before.kind === 'failed' || after.kind === 'failed') return null;
  const { changes } = comparedOnce(before.objects, after.objects);
  return changes.length > 0 ? changes : null;
}

/** Of a root that cannot be rendered; null where what it is made from is not known as a whole. */
async function unseenChanges(
  revision: Revision,
  edited: Revision,
  root: Root,
): Promise<readonly FieldChange[] | null> {
  const here = await edited.here(root);
  return here ? installedOtherwise({ revision, root }, { revision: edited, root: here }) : null;
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

/**
 * Charts may render random values and times. Where more differs than a reader can tell apart, the same files are rendered
 * once more, and what differs by itself is left out.
 */
async function stableComparison(
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
  const isStable = (change: FieldChange): boolean => !unstable.has(placeOf(change));
  return {
    comparison: {
      ...comparison,
      changes: comparison.changes.filter(isStable),
      derived: comparison.derived.filter(isStable),
    },
    stable: false,
  };
}

/** A label that was asked for follows from nothing. */
function withIntended(
  comparison: Comparison,
  intents: readonly Intent[],
  results: readonly RenderedObject[],
): Comparison {
  const isIntended = (change: FieldChange): boolean =>
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

function placeOf({ object, field }: FieldChange): string {
  return JSON.stringify([object.kind, object.namespace, object.name, field]);
}

/** Where a declared release of the very same object keeps its value, the edit changes what nobody applies. */
function overridden(
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
          return same !== undefined && fieldOf(same.object, field)?.value !== undefined;
        })
        .filter((intent) => !comparison.changes.some((change) => fulfils(change, intent, [])))
        .map((intent) => ({ root, intent })),
    );
}

function besideOf(root: Root, change: FieldChange, rendered: readonly RenderedObject[] = []): Beside {
  return {
    root: root.id,
    change,
    isTest: isOfTest(change, rendered),
    isRefused: isRefusedLive(change, rendered),
    rendered,
  };
}

/** Without those with another chart that cannot be rendered, where the edit is one of the target's chart: what theirs does is not known. */
async function concerned(
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
function isReached(
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

function byRoot(a: { readonly root: Root }, b: { readonly root: Root }): number {
  return a.root.id < b.root.id ? -1 : 1;
}

function lastStep(field: string): string {
  return /[^.[\]]*\]?$/.exec(field)![0];
}

function fulfils(change: FieldChange, intent: Intent, results: readonly RenderedObject[]): boolean {
  return (
    sameObject(change.object, intent.object) &&
    change.field === intent.field &&
    (isSame(change.after, intent) || isGeneratedName(change.after, intent.after, results))
  );
}

/** `1` and `"1"` are the same amount of memory, and different ports. */
function isSame(rendered: Json, { after, isQuantity = false }: Intent): boolean {
  return (
    Object.is(rendered, after) ||
    (isQuantity && typeof rendered !== 'object' && String(rendered) === String(after))
  );
}

/** A reference to a generated object renders with the hash that its name has. */
function isGeneratedName(rendered: Json, wanted: Scalar, results: readonly RenderedObject[]): boolean {
  return (
    typeof rendered === 'string' &&
    rendered !== wanted &&
    withoutHash(rendered) === wanted &&
    results.some(({ object }) => object.metadata.name === rendered)
  );
}

function brokenRoot(root: Root): FieldChange {
  return {
    object: { apiVersion: '', kind: 'Root', namespace: null, name: root.id },
    field: '',
    before: null,
    after: null,
  };
}

/** Sources of a release's values that could not be read: what they say would win. */
function unknownValuesOf({ declared }: Root): readonly string[] {
  const content = declared?.plan.content;
  return content?.kind === 'chart' ? (content.unknownValues ?? []) : [];
}

/** Of some roots all that is here was rendered, without what comes from elsewhere or what a program makes. */
function reasonFor(failure: RenderFailure, comparisons: Trial['comparisons']): string {
  const isRenderedInPart = comparisons.some(({ root }) => root.whole?.id === failure.root);
  const what = isRenderedInPart ? 'was rendered in part' : 'could not be rendered';
  return `${failure.root} ${what}: ${failure.message}`;
}

function proofOf(
  comparisons: Trial['comparisons'],
  unrendered: readonly RenderFailure[],
  unstable: readonly Root[],
  moved: readonly MovedSource[],
  declarations: Parameters<typeof appliedBy>[1],
): Proof {
  const roots = comparisons
    .filter(({ comparison }) => comparison.changes.length > 0)
    .map(({ root, comparison, isUnseen }): RootChanges => {
      const by = appliedBy(root.whole ?? root, declarations);
      return {
        root: root.path,
        ...(by === undefined ? {} : { by }),
        ...(isUnseen ? { isUnseen } : {}),
        changes: comparison.changes,
      };
    });
  const [failure] = unrendered;
  const [move] = moved;
  const [random] = unstable;
  const [overridable] = comparisons.flatMap(({ root }) => unknownValuesOf(root));
  const [unknown] = comparisons.flatMap(({ root }) => root.declared?.plan.unknowns ?? []);
  const reason = failure
    ? reasonFor(failure, comparisons)
    : move
      ? `${move.by} applies other content after the edit, or to another place, and the two are not compared`
      : random
        ? `${random.id} renders differently each time, in values that the chart makes up`
        : overridable
          ? `${overridable} may say otherwise, and cannot be read`
          : unknown
            ? `what ${unknown} says is not in this repository, and the rest may depend on it`
            : null;
  return { status: reason === null ? 'proven' : 'unproven', reason, roots };
}
