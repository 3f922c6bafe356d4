import { applyEdits, decode, type Edit } from '../edits/edit.ts';
import { sameObject, type Json, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import type { RenderedObject, RenderFailure } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { filesOf, includesRoot, isPartOf, type Root } from '../sources/roots.ts';
import { compareRenders, withoutHash, type Comparison } from './compare.ts';
import type { DerivedChange, FieldChange, Proof, RootChanges } from './proof.ts';

/** A field of one rendered object that should come out with another value. */
export interface Intent {
  readonly object: ObjectRef;
  readonly field: string;
  readonly after: Scalar;
}

/** What one set of edits does to everything that reads the touched files. */
export interface Trial {
  readonly comparisons: readonly { readonly root: Root; readonly comparison: Comparison }[];
  readonly unrendered: readonly RenderFailure[];
  /**
   * `exact`: the intended fields change, and nothing else anywhere.
   * `shared`: the same fields of other objects or in other roots change as well (see `beside`).
   * `wrong`: an intended field does not become what was wanted, or something different changes too.
   */
  readonly outcome: 'exact' | 'shared' | 'wrong';
  /** Changes that were not asked for. */
  readonly beside: readonly { readonly root: string; readonly change: FieldChange }[];
  readonly proof: Proof;
  readonly derived: readonly DerivedChange[];
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
 */
export async function prove(
  revision: Revision,
  files: ReadonlyMap<string, Buffer>,
  intents: readonly Intent[],
  target: Root,
): Promise<Trial> {
  const edited = revision.with(files);
  const roots = readers(revision, [...files.keys()], target);
  const parts = await partsToProve(revision, [...files.keys()], target, roots);
  const unrendered: RenderFailure[] = [];
  const comparisons: { root: Root; comparison: Comparison }[] = [];
  let results: readonly RenderedObject[] = [];
  await Promise.all(
    [...roots, ...parts].map(async (root) => {
      const [before, after] = await Promise.all([revision.render(root), edited.render(edited.here(root))]);
      // A part, such as a component, need not build by itself.
      if (before.kind === 'failed' && parts.includes(root)) return;
      if (before.kind === 'failed') unrendered.push(before);
      else if (after.kind === 'failed') {
        unrendered.push(after);
        // It built before: the edit broke it, which is no missing proof but a wrong edit.
        comparisons.push({ root, comparison: { changes: [brokenRoot(root)], derived: [], documents: [] } });
      } else {
        comparisons.push({ root, comparison: compareRenders(before.objects, after.objects) });
        if (root.path === target.path) results = after.objects;
      }
    }),
  );
  comparisons.sort((a, b) => (a.root.path < b.root.path ? -1 : 1));

  const alike = (change: FieldChange): boolean =>
    intents.some(
      (intent) =>
        intent.field === change.field &&
        intent.object.kind === change.object.kind &&
        Object.is(change.after, intent.after),
    );
  const met = new Set<Intent>();
  const beside: { root: string; change: FieldChange }[] = [];
  for (const { root, comparison } of comparisons) {
    for (const change of comparison.changes) {
      const intent = intents.find((candidate) => fulfils(change, candidate, results));
      // What is built from the root that was asked for shows its change too, if under other names.
      const inherited = root.path !== target.path && includesRoot(root, target) && alike(change);
      if (intent && root.path === target.path) met.add(intent);
      else if (!inherited) beside.push({ root: root.path, change });
    }
  }
  const outcome =
    met.size < intents.length
      ? 'wrong'
      : beside.length === 0
        ? 'exact'
        : beside.every(({ change }) => alike(change))
          ? 'shared'
          : 'wrong';
  return {
    comparisons,
    unrendered,
    outcome,
    beside,
    proof: proofOf(comparisons, unrendered),
    derived: comparisons.flatMap(({ comparison }) => comparison.derived),
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
): Promise<boolean> {
  const other = readers(revision, [...files.keys()], target).find((root) => !includesRoot(root, target));
  if (other === undefined) return false;
  const edited = revision.with(files);
  const [before, after] = await Promise.all([revision.render(other), edited.render(edited.here(other))]);
  if (before.kind === 'failed') return false;
  return after.kind === 'failed' || compareRenders(before.objects, after.objects).changes.length > 0;
}

/** Roots that read any of the files, and the target itself, which a scan may not name. */
function readers(revision: Revision, files: readonly string[], target: Root): readonly Root[] {
  const roots = new Map<string, Root>();
  if (files.some((file) => [...filesOf(target)].includes(file))) roots.set(target.path, target);
  for (const root of files.flatMap((file) => revision.roots.readersOf(file)))
    if (!isPartOf(root, target)) roots.set(root.path, root);
  return [...roots.values()];
}

/**
 * Overlays that stand beside the target in a root that includes them all: there, their objects and the target's change alike,
 * so that only they themselves tell whose change it is. And what a root that does not render is built from: its parts may.
 */
async function partsToProve(
  revision: Revision,
  files: readonly string[],
  target: Root,
  roots: readonly Root[],
): Promise<readonly Root[]> {
  const found = new Map<string, Root>();
  for (const outer of roots) {
    if (outer.kind !== 'kustomize' || outer.path === target.path) continue;
    if (!includesRoot(outer, target) && (await revision.render(outer)).kind === 'rendered') continue;
    for (const folder of outer.closure.folders) {
      if (roots.some(({ path }) => path === folder)) continue;
      const inner = found.get(folder) ?? revision.roots.at(folder);
      if (inner?.kind !== 'kustomize' || includesRoot(inner, target) || includesRoot(target, inner)) continue;
      if (files.some((file) => inner.closure.files.has(file))) found.set(folder, inner);
    }
  }
  return [...found.values()];
}

function fulfils(change: FieldChange, intent: Intent, results: readonly RenderedObject[]): boolean {
  return (
    sameObject(change.object, intent.object) &&
    change.field === intent.field &&
    (Object.is(change.after, intent.after) || isGeneratedName(change.after, intent.after, results))
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
    object: { apiVersion: '', kind: 'Root', namespace: null, name: root.path },
    field: '',
    before: null,
    after: null,
  };
}

function proofOf(comparisons: Trial['comparisons'], unrendered: readonly RenderFailure[]): Proof {
  const roots: RootChanges[] = comparisons
    .filter(({ comparison }) => comparison.changes.length > 0)
    .map(({ root, comparison }) => ({ root: root.path, changes: comparison.changes }));
  const [failure] = unrendered;
  return failure
    ? { status: 'unproven', reason: `${failure.root} could not be rendered: ${failure.message}`, roots }
    : { status: 'proven', reason: null, roots };
}
