import { isRecord, recordAt, recordsOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { GuardFinding } from '../model/guard-report.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { KustomizeRoot, Root } from '../sources/roots.ts';
import { prose } from '../untrusted/prose.ts';
import { lineInKustomization } from './kustomization-line.ts';

interface Patch {
  readonly folder: string;
  readonly index: number;
  readonly kind: string;
  readonly name: string;
}

/** One side of a root. */
export interface Patched {
  readonly revision: Revision;
  readonly root: Root | null;
  readonly objects: readonly RenderedObject[];
}

/**
 * Patches with a `target` that nothing rendered fits, and that did before: Kustomize leaves them out without a word, where it refuses a patch
 * that names its object itself.
 */
export function lostPatches(before: Patched, after: Patched): readonly GuardFinding[] {
  const { root, revision } = after;
  if (root?.kind !== 'kustomize') return [];
  const old = before.root?.kind === 'kustomize' ? patchesOf(before.revision, before.root) : [];
  const known = new Set(old.filter((patch) => !meets(patch, before.objects)).map(keyOf));
  return patchesOf(revision, root)
    .filter((patch) => !known.has(keyOf(patch)) && !meets(patch, after.objects))
    .filter((patch) => !mayGoAway(patch, revision, root))
    .map((patch): GuardFinding => ({
      rule: 'patch',
      cause: 'target-missing',
      level: 'warning',
      object: null,
      field: null,
      because: prose`A patch of ${patch.folder} is for ${patch.kind} ${patch.name}, and nothing of that name is rendered: Kustomize leaves the patch out.`,
      roots: [root.id],
      site: lineInKustomization(revision, root, patch.folder, ['patches', patch.index, 'target', 'name']),
      suggestion: null,
    }));
}

function patchesOf(revision: Revision, root: KustomizeRoot): readonly Patch[] {
  return root.closure.folders.flatMap((folder) => {
    const { kind: kindOfFolder, patches } = revision.kustomizationIn(root, folder);
    // A component patches whatever it meets: not every root that includes it has all.
    if (kindOfFolder === 'Component') return [];
    return recordsOf(patches).flatMap((patch, index) => {
      const { kind, name, ...others } = recordAt(patch, 'target');
      // Names of targets are patterns; one that is more than a name may be meant to fit nothing sometimes.
      const isPlain = typeof kind === 'string' && typeof name === 'string' && /^[a-z0-9.-]+$/.test(name);
      const isByLabels = 'labelSelector' in others || 'annotationSelector' in others;
      return isPlain && !isByLabels && isRecord(patch) ? [{ folder, index, kind, name }] : [];
    });
  });
}

const WORDS_THAT_TAKE_AWAY = ['$patch', '/metadata/name', 'allowNameChange', 'allowKindChange'];

/** What a patch deletes or calls otherwise is there when it is patched, and is not rendered under that name. */
function mayGoAway({ name }: Patch, { tree }: Revision, { closure, overlay }: KustomizeRoot): boolean {
  return [...closure.files.keys()].some((file) => {
    const content = overlay?.get(file) ?? tree.read(file);
    const text = content === undefined ? '' : String(content);
    return text.includes(name) && WORDS_THAT_TAKE_AWAY.some((word) => text.includes(word));
  });
}

/** Overlays give names more letters at both ends after the patch. */
function meets({ kind, name }: Patch, objects: readonly { readonly object: KubernetesObject }[]): boolean {
  return objects.some(({ object }) => object.kind === kind && refOf(object).name.includes(name));
}

function keyOf({ folder, kind, name }: Patch): string {
  return `${folder} ${kind} ${name}`;
}
