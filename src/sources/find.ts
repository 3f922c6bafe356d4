import { groupOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { withoutHash } from '../proof/compare.ts';
import type { RenderedObject, RenderFailure } from '../renderers/rendering.ts';
import type { Revision } from './revision.ts';
import type { KustomizeRoot, Root } from './roots.ts';

/** What is looked for: a live object's identity, or what a person typed. */
export interface Wanted {
  readonly kind: string;
  /** Undefined: any name. */
  readonly name?: string | undefined;
  /** Undefined: in any namespace. */
  readonly namespace?: string | null | undefined;
  /** Undefined: any group. */
  readonly apiVersion?: string | undefined;
}

/** A root that renders the object. */
export interface Match {
  readonly root: Root;
  readonly rendered: RenderedObject;
}

export interface Found {
  readonly matches: readonly Match[];
  /** Roots that mention the object but could not be rendered. */
  readonly failures: readonly { readonly root: Root; readonly failure: RenderFailure }[];
}

/** Renders the roots that may contain the object, and keeps those that do. */
export async function findObject(
  revision: Revision,
  wanted: Wanted,
  roots: readonly Root[] = revision.roots.all,
): Promise<Found> {
  const candidates = roots.filter((root) => mentions(revision, root, wanted));
  const renderings = await Promise.all(candidates.map((root) => revision.render(root)));
  const matches: Match[] = [];
  const failures: Found['failures'][number][] = [];
  for (const [index, rendering] of renderings.entries()) {
    const root = candidates[index]!;
    if (rendering.kind === 'failed') failures.push({ root, failure: rendering });
    else
      for (const rendered of rendering.objects)
        if (matchesWanted(rendered.object, wanted)) matches.push({ root, rendered });
  }
  return { matches, failures };
}

/** Without a namespace in the manifest, the destination decides: such an object matches any. */
export function matchesWanted(object: KubernetesObject, wanted: Wanted): boolean {
  if (object.kind !== wanted.kind) return false;
  if (wanted.apiVersion !== undefined && groupOf(object.apiVersion) !== groupOf(wanted.apiVersion))
    return false;
  const namespace = object.metadata.namespace;
  if (namespace !== undefined && wanted.namespace !== undefined && namespace !== wanted.namespace)
    return false;
  return wanted.name === undefined || sameName(refOf(object).name, wanted.name);
}

/** Equal, or equal but for a generated hash that one of the two lacks. */
function sameName(rendered: string, wanted: string): boolean {
  return (
    rendered === wanted ||
    (withoutHash(rendered) !== rendered && withoutHash(rendered) === withoutHash(wanted))
  );
}

/**
 * Cheap and never wrong in saying no: the files hold an object of the kind whose name is part of the wanted one
 * (prefixes and suffixes are added by the renderer), or something that makes objects which no file shows.
 */
function mentions(revision: Revision, root: Root, wanted: Wanted): boolean {
  const files =
    root.kind === 'plain' ? root.files.map((file) => [file, 'objects'] as const) : [...root.closure.files];
  const anyName = wanted.name === undefined || (root.kind === 'kustomize' && renamesObjects(revision, root));
  return files.some(([file, role]) => {
    if (role === 'kustomization') return makesObjects(revision.kustomization(file), wanted.kind);
    if (role !== 'objects' || !revision.tree.read(file)?.includes(wanted.kind)) return false;
    const { objects, problem } = revision.manifests(file);
    if (problem) return root.kind === 'kustomize';
    return objects.some(
      ({ object }) =>
        object.kind === wanted.kind &&
        (anyName ||
          (root.kind === 'plain'
            ? refOf(object).name === wanted.name
            : wanted.name!.includes(refOf(object).name))),
    );
  });
}

/** A JSON6902 patch or a replacement can give an object a name that no file shows. */
function renamesObjects(revision: Revision, root: KustomizeRoot): boolean {
  return [...root.closure.files].some(([file, role]) => {
    const content = revision.tree.read(file);
    return content?.includes('/metadata/name') || (role !== 'objects' && content?.includes('metadata.name'));
  });
}

function makesObjects(kustomization: Readonly<Record<string, unknown>>, kind: string): boolean {
  if ('helmCharts' in kustomization || 'generators' in kustomization || 'transformers' in kustomization)
    return true;
  return (
    (kind === 'ConfigMap' && 'configMapGenerator' in kustomization) ||
    (kind === 'Secret' && 'secretGenerator' in kustomization)
  );
}
