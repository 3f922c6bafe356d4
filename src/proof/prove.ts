import { applyEdits, decode, type Edit } from '../edits/edit.ts';
import { concretePath, getAt, parseFieldPath } from '../kubernetes/field-path.ts';
import { sameObject, type Json, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import type { RenderFailure } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { filesOf, includesRoot, type Root } from '../sources/roots.ts';
import { compareRenders, type Comparison } from './compare.ts';
import type { DerivedChange, FieldChange, Proof, RootChanges } from './proof.ts';

/** A field of one rendered object that should come out with another value. */
export interface Intent {
  readonly object: ObjectRef;
  readonly field: string;
  readonly after: Scalar;
}

/** What one set of edits does to everything that reads the touched files. */
export interface Trial {
  readonly files: ReadonlyMap<string, Buffer>;
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
    if (text === undefined || text === null) return null;
    files.set(file, Buffer.from(applyEdits(text, edits.filter((edit) => edit.file === file))));
  }
  return files;
}

/**
 * Renders every root that reads a touched file before and after the edits, and says what changed. `target` is the root
 * whose objects are meant; roots that include it show the same change, and that is intended too.
 */
export async function tryEdits(revision: Revision, edits: readonly Edit[], intents: readonly Intent[], target: Root): Promise<Trial | null> {
  const files = editedFiles(revision, edits);
  if (files === null) return null;
  const edited = revision.with(files);
  const roots = readers(revision, [...files.keys()], target);
  const unrendered: RenderFailure[] = [];
  const comparisons: { root: Root; comparison: Comparison }[] = [];
  await Promise.all(
    roots.map(async (root) => {
      const [before, after] = await Promise.all([revision.render(root), edited.render(edited.here(root))]);
      if (before.kind === 'failed') unrendered.push(before);
      else if (after.kind === 'failed') {
        unrendered.push(after);
        // It built before: the edit broke it, which is no missing proof but a wrong edit.
        comparisons.push({ root, comparison: { changes: [brokenRoot(root)], derived: [], documents: [] } });
      } else comparisons.push({ root, comparison: compareRenders(before.objects, after.objects) });
    }),
  );
  comparisons.sort((a, b) => (a.root.path < b.root.path ? -1 : 1));

  const met = new Set<Intent>();
  const beside: { root: string; change: FieldChange }[] = [];
  for (const { root, comparison } of comparisons) {
    for (const change of comparison.changes) {
      const intent = includesRoot(root, target) ? intents.find((candidate) => fulfils(change, candidate)) : undefined;
      if (!intent) beside.push({ root: root.path, change });
      else if (root.path === target.path) met.add(intent);
    }
  }
  const alike = ({ change }: { change: FieldChange }): boolean =>
    intents.some((intent) => intent.field === change.field && intent.object.kind === change.object.kind && sameValue(change.after, intent.after));
  const outcome = met.size < intents.length ? 'wrong' : beside.length === 0 ? 'exact' : beside.every(alike) ? 'shared' : 'wrong';
  return { files, comparisons, unrendered, outcome, beside, proof: proofOf(comparisons, unrendered), derived: comparisons.flatMap(({ comparison }) => comparison.derived) };
}

/** Roots that read any of the files, and the target itself, which a scan may not name. */
function readers(revision: Revision, files: readonly string[], target: Root): readonly Root[] {
  const roots = new Map<string, Root>();
  if (files.some((file) => [...filesOf(target)].includes(file))) roots.set(target.path, target);
  for (const root of files.flatMap((file) => revision.roots.readersOf(file))) roots.set(root.path, root);
  return [...roots.values()];
}

function fulfils(change: FieldChange, intent: Intent): boolean {
  return sameObject(change.object, intent.object) && change.field === intent.field && sameValue(change.after, intent.after);
}

/** Equal values; `8` and `"8"` are the same to a reader but not to the API server, so types count. */
function sameValue(a: Json, b: Json): boolean {
  return Object.is(a, b);
}

function brokenRoot(root: Root): FieldChange {
  return { object: { apiVersion: '', kind: 'Root', namespace: null, name: root.path }, field: '', before: null, after: null };
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

/** The rendered value of a field, for checking that an object is as the caller thinks. */
export function renderedValue(object: unknown, field: string): unknown {
  const concrete = concretePath(object, parseFieldPath(field));
  return concrete === null ? undefined : getAt(object, concrete);
}
