import { isCoveredBy } from '../renderers/tree-paths.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import { groupOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { withoutHash } from '../proof/compare.ts';
import type { Rendered, RenderedObject, RenderFailure } from '../renderers/rendering.ts';
import type { Revision } from './revision.ts';
import { bareChart, isBare, UNNAMED_RELEASE, type HelmRoot, type KustomizeRoot, type Root } from './roots.ts';
import { containsText } from '../tree/contains-text.ts';

/** What is looked for: a live object's identity, or what a person typed. */
export interface Wanted {
  readonly kind: string;
  /** Undefined: any name. */
  readonly name?: string | undefined;
  /** Undefined: in any namespace. */
  readonly namespace?: string | null | undefined;
  /** Undefined: any group. */
  readonly apiVersion?: string | undefined;
  /** The Helm release that the live object belongs to, as its annotations say. */
  readonly release?: string | undefined;
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
  among?: readonly Root[],
): Promise<Found> {
  const roots = among ?? (await revision.allRoots());
  const candidates = roots.filter((root) => mentions(revision, root, wanted));
  const results = await Promise.all(candidates.map((root) => matchesIn(revision, root, wanted)));
  return {
    matches: results.flatMap((result) => ('failure' in result ? [] : result)),
    failures: results.flatMap((result) => ('failure' in result ? [result] : [])),
  };
}

async function matchesIn(
  revision: Revision,
  root: Root,
  wanted: Wanted,
): Promise<readonly Match[] | Found['failures'][number]> {
  const rendering = await revision.render(root);
  if (rendering.kind === 'failed') return { root, failure: rendering };
  const matches = matching(root, rendering, wanted);
  if (!isBare(root) || (matches.length > 0 && wanted.release === undefined)) return matches;
  return matchesInReleases(revision, root, rendering, wanted);
}

function matching(root: Root, { objects }: Rendered, wanted: Wanted): readonly Match[] {
  return objects
    .filter(({ object }) => matchesWanted(object, wanted) && mayGoTo(root, object, wanted))
    .map((rendered) => ({ root, rendered }));
}

/** Where a manifest names no namespace, whoever applies it says which. */
function mayGoTo({ declared }: Root, { metadata }: KubernetesObject, { namespace }: Wanted): boolean {
  const destination = declared?.plan.namespace ?? null;
  const isOpen = metadata.namespace !== undefined || destination === null || typeof namespace !== 'string';
  return isOpen || namespace === destination;
}

/**
 * Nothing says under which name a chart is installed, and that name is part of the names that it renders: those are tried
 * that would give the wanted one.
 */
async function matchesInReleases(
  revision: Revision,
  root: HelmRoot,
  unnamed: Rendered,
  wanted: Wanted,
): Promise<readonly Match[]> {
  for (const name of releaseNames(root, unnamed, wanted)) {
    const release = { name, namespace: wanted.namespace ?? UNNAMED_RELEASE.namespace };
    const named = bareChart(root.closure, release);
    const rendering = await revision.render(named);
    const matches = rendering.kind === 'rendered' ? matching(named, rendering, wanted) : [];
    if (matches.length > 0) return matches;
  }
  return [];
}

function releaseNames(
  { closure }: HelmRoot,
  unnamed: Rendered,
  { kind, name, release }: Wanted,
): readonly string[] {
  if (release !== undefined) return [release];
  if (name === undefined) return [];
  const derived = unnamed.objects
    .map(({ object }) => object)
    .filter((object) => object.kind === kind)
    .flatMap((object) => {
      const [before, after] = object.metadata.name.split(UNNAMED_RELEASE.name);
      return before !== undefined && after !== undefined && name.startsWith(before) && name.endsWith(after)
        ? [name.slice(before.length, name.length - after.length)]
        : [];
    });
  // Charts leave their own name out where the release's contains it.
  const [chart] = closure.parts;
  const prefixes = [...name.matchAll(/-/g)].map(({ index }) => name.slice(0, index));
  const names = [...derived, UNNAMED_RELEASE.name, chart?.name ?? '', name, ...prefixes];
  return [...new Set(names)].filter((one) => /^[a-z0-9]([-a-z0-9.]{0,51}[a-z0-9])?$/.test(one)).slice(0, 8);
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
  if (root.kind === 'helm') return chartMentions(revision, root, wanted);
  if (root.kind === 'kustomize' && unreadMentions(revision, root.closure.unread, wanted)) return true;
  const files =
    root.kind === 'plain' ? root.files.map((file) => [file, 'objects'] as const) : [...root.closure.files];
  const anyName =
    wanted.name === undefined ||
    root.declared !== null ||
    (root.kind === 'kustomize' && renamesObjects(revision, root));
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

/** What a kustomization that was not understood reads is not known: whatever lies where it may read, and speaks of the object. */
function unreadMentions({ tree }: Revision, unread: readonly string[], { kind, name }: Wanted): boolean {
  if (unread.length === 0) return false;
  return tree.paths().some((path) => {
    if (!isManifestPath(path) || !isCoveredBy(path, unread)) return false;
    const content = tree.read(path);
    return content !== undefined && containsText(content, kind) && containsText(content, name ?? '');
  });
}

/** A template may write any name; the kind is mostly there as text. What lies in an archive is not looked into. */
function chartMentions(
  { tree }: Revision,
  { closure, release, declared }: HelmRoot,
  wanted: Wanted,
): boolean {
  const { name, kind } = wanted;
  const related = declared ? [release.name] : closure.parts.map((part) => part.name);
  if (closure.remote.length > 0 && name !== undefined && !related.some((one) => name.includes(one)))
    return false;
  if (closure.remote.length > 0 || closure.archives.length > 0) return true;
  return [...closure.files].some(([file, role]) => {
    const content = role === 'template' ? tree.read(file) : undefined;
    return content !== undefined && (containsText(content, kind) || content.includes('kind: {{'));
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
