import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fieldAt } from '../kubernetes/field-path.ts';
import type { Json } from '../kubernetes/objects.ts';
import { isCoveredBy } from '../renderers/tree-paths.ts';
import type { ValuesInput } from '../sources/declarations/plan.ts';
import { givenValues } from '../sources/given-values.ts';
import type { Revision } from '../sources/revision.ts';
import type { HelmRoot, Root } from '../sources/roots.ts';
import { differences } from '../kubernetes/differences.ts';
import type { Change } from '../model/change.ts';

/**
 * True for a root that an object declares, where that object says the same after an edit of these files, and none of them is a file
 * that the root itself reads: then it renders the same. Nothing is rendered for this but what renders the object.
 */
export async function rendersTheSame(
  root: Root,
  edited: Revision,
  files: readonly string[],
): Promise<boolean> {
  if (root.declared === null || files.some((file) => readsItself(root, file))) return false;
  const here = await edited.here(root);
  return here !== null && isDeepStrictEqual(saidOf(here), saidOf(root));
}

/** A file of the root's own content, and not one of what declares it. */
function readsItself(root: Root, file: string): boolean {
  if (root.kind === 'plain') return root.files.includes(file);
  const { files, unread } = root.closure;
  const isValues =
    root.kind === 'helm' && root.values.some((one) => one.kind === 'file' && one.path === file);
  const components = (root.declared?.plan.steps ?? []).flatMap((step) =>
    step.kind === 'kustomize' ? step.components : [],
  );
  // What a component includes is not followed here.
  return files.has(file) || isValues || components.length > 0 || isCoveredBy(file, unread);
}

function saidOf(root: Root): unknown {
  const { content, steps, namespace, cluster } = root.declared!.plan;
  return [content, steps, namespace, cluster, root.kind === 'plain' ? root.files : [...root.closure.files]];
}

/** A root in one state of the files. */
interface RootIn {
  readonly revision: Revision;
  readonly root: Root;
}

/**
 * What changes of a release's chart, of its values as they win, and of what is done with what it renders: all that a render depends
 * on, whether or not the chart can be rendered here. `field` is a path among these. Null for any other root, and where a template or
 * another file of the chart changes.
 */
export function installedOtherwise(before: RootIn, after: RootIn): readonly Change<Json>[] | null {
  const [was, is] = [givenTo(before), givenTo(after)];
  const { declared } = before.root;
  if (was === null || is === null || declared === null) return null;
  if (!isDeepStrictEqual(otherFilesOf(before), otherFilesOf(after))) return null;
  return differences(was, is).map((one) => ({
    object: declared.plan.ref,
    field: fieldAt(one.path),
    before: one.before ?? null,
    after: one.after ?? null,
  }));
}

function givenTo({ revision, root }: RootIn): Json {
  const { content, steps } = root.declared?.plan ?? {};
  if (root.kind !== 'helm' || content?.kind !== 'chart') return null;
  const own: readonly ValuesInput[] = root.closure.files.has(valuesFileOf(root))
    ? [{ kind: 'file', path: valuesFileOf(root) }]
    : [];
  const values = givenValues(revision, [...own, ...root.values]);
  return { chart: content.chart, values, steps } as unknown as Json;
}

function valuesFileOf({ closure }: HelmRoot): string {
  return posix.join(closure.root, 'values.yaml');
}

/** The chart's own files but its values, with what they hold. */
function otherFilesOf({ revision, root }: RootIn): unknown {
  if (root.kind !== 'helm') return [];
  return [...root.closure.files.keys()]
    .filter((file) => file !== valuesFileOf(root))
    .map((file) => [file, revision.tree.read(file)?.toString('latin1')]);
}
