import { recordsOf } from '../kubernetes/objects.ts';
import { OBJECT_LISTS, PATCH_LISTS } from '../renderers/kustomization-fields.ts';
import type { FileRole } from '../renderers/kustomization.ts';
import { realPath, resolvePath } from '../renderers/tree-paths.ts';
import type { Revision } from '../sources/revision.ts';
import { rolesOf, type KustomizeRoot, type PlainRoot } from '../sources/roots.ts';
import { containsText } from '../tree/contains-text.ts';

/**
 * The files of a root whose scalars can reach an object of the kind. A resource of other kinds cannot, unless something copies values
 * between objects: `replacements` and `vars`. Patches, generators and kustomizations can.
 */
export function filesReaching(
  revision: Revision,
  root: KustomizeRoot | PlainRoot,
  kind: string,
): readonly ReachingFile[] {
  const all = [...rolesOf(root)].map(([file, role]) => ({ file, role, isWhole: true }));
  if (copiesValues(revision, root)) return all;
  const resources = resourcesOf(revision, root);
  return all.flatMap((one) => {
    const content = resources.has(one.file) ? revision.tree.read(one.file) : undefined;
    if (content === undefined) return [one];
    return containsText(content, kind) ? [{ ...one, isWhole: false }] : [];
  });
}

export interface ReachingFile {
  readonly file: string;
  readonly role: FileRole;
  /** False where only the documents of that kind can reach it. */
  readonly isWhole: boolean;
}

function copiesValues(revision: Revision, root: KustomizeRoot | PlainRoot): boolean {
  const steps = JSON.stringify(root.declared?.plan.steps ?? []);
  if (/replacements|vars|ReplacementTransformer/i.test(steps)) return true;
  if (root.kind === 'plain') return false;
  return [...root.closure.files].some(([file, role]) => {
    const content = root.overlay?.get(file) ?? revision.tree.read(file);
    if (content === undefined) return false;
    return role === 'objects'
      ? content.includes('ReplacementTransformer')
      : content.includes('replacements') || content.includes('vars');
  });
}

/** Files that kustomizations take in as objects, and as nothing else. */
function resourcesOf(revision: Revision, root: KustomizeRoot | PlainRoot): ReadonlySet<string> {
  if (root.kind === 'plain') return new Set(root.files);
  const resources = new Set<string>();
  const others = new Set<string>();
  for (const folder of root.closure.folders) {
    const value = revision.kustomizationIn(root, folder);
    const add = (paths: Set<string>, reference: unknown): void => {
      const named = typeof reference === 'string' ? resolvePath(folder, reference) : null;
      const path = named === null ? null : realPath(revision.tree, named);
      if (path !== null) paths.add(path);
    };
    for (const item of OBJECT_LISTS.flatMap((list) => listOf(value[list]))) add(resources, item);
    for (const item of OTHER_LISTS.flatMap((list) => listOf(value[list]))) add(others, item);
    for (const patch of PATCH_LISTS.flatMap((list) => recordsOf(value[list]))) add(others, patch['path']);
  }
  return new Set([...resources].filter((file) => !others.has(file)));
}

const OTHER_LISTS = ['patchesStrategicMerge', 'generators', 'transformers'];

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
