import { inFile } from '../edits/open-document.ts';
import { positionAt } from '../edits/positions.ts';
import { reach } from '../edits/reach.ts';
import { isRecord, recordAt, recordsOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { openAt } from '../locate/documents.ts';
import type { GuardFinding, GuardSite } from '../model/guard-report.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { KustomizeRoot, Root } from '../sources/roots.ts';
import { prose } from '../untrusted/prose.ts';

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
    .map((patch): GuardFinding => ({
      rule: 'patch',
      cause: 'target-missing',
      level: 'warning',
      object: null,
      field: null,
      because: prose`A patch of ${patch.folder} is for ${patch.kind} ${patch.name}, and nothing of that name is rendered: Kustomize leaves the patch out.`,
      roots: [root.id],
      site: siteOf(revision, root, patch),
      suggestion: null,
    }));
}

function patchesOf(revision: Revision, root: KustomizeRoot): readonly Patch[] {
  return root.closure.folders.flatMap((folder) =>
    recordsOf(recordAt(revision.kustomizationIn(root, folder))['patches']).flatMap((patch, index) => {
      const { kind, name, ...others } = recordAt(patch, 'target');
      // Names of targets are patterns; one that is more than a name may be meant to fit nothing sometimes.
      const isPlain = typeof kind === 'string' && typeof name === 'string' && /^[a-z0-9.-]+$/.test(name);
      const isByLabels = 'labelSelector' in others || 'annotationSelector' in others;
      return isPlain && !isByLabels && isRecord(patch) ? [{ folder, index, kind, name }] : [];
    }),
  );
}

/** Overlays give names more letters at both ends after the patch. */
function meets({ kind, name }: Patch, objects: readonly { readonly object: KubernetesObject }[]): boolean {
  return objects.some(({ object }) => object.kind === kind && refOf(object).name.includes(name));
}

function keyOf({ folder, kind, name }: Patch): string {
  return `${folder} ${kind} ${name}`;
}

function siteOf(revision: Revision, root: KustomizeRoot, { folder, index }: Patch): GuardSite | null {
  const prefix = folder === '.' ? '' : `${folder}/`;
  const file = [...root.closure.files]
    .filter(([, role]) => role === 'kustomization')
    .map(([path]) => path)
    .find((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'));
  if (file === undefined) return null;
  const opened = openAt(revision, { file, document: 0 });
  if ('kind' in opened) return null;
  const reached = reach(opened.document, ['patches', index, 'target', 'name']);
  if (!reached) return null;
  return { file, line: positionAt(...inFile(opened.document, reached.node.start)).line, column: null };
}
