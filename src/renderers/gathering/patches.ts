import { isRecord, recordAt, type Json, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { Tree } from '../../tree/tree.ts';
import { realPath, resolvePath } from '../tree-paths.ts';
import { merged, operated } from './patched.ts';
import { readAlike } from './read-alike.ts';

/** An object after some patches; `unclear` where only Kustomize can tell what it looks like now. */
type Patched = KubernetesObject | 'unclear';

/**
 * What the patches of one kustomization make of its objects, those that they change; null where only a build can tell which those are,
 * or where it may fail: a patch without an object to patch, an operation on a path that is not there.
 *
 * Semantics: PatchTransformer.go and PatchStrategicMergeTransformer.go of Kustomize 5 (api/internal/builtins).
 */
export function patchedBy(
  kustomization: Readonly<Record<string, Json>>,
  folder: string,
  objects: readonly KubernetesObject[],
  tree: Tree,
): ReadonlyMap<KubernetesObject, Patched> | null {
  const patched = new Map<KubernetesObject, Patched>();
  for (const patch of patchesIn(kustomization)) {
    const changes = patch && changesOf(patch, objects, tree, folder);
    if (!changes) return null;
    for (const [object, change] of changes) {
      const before = patched.get(object) ?? object;
      const after = before === 'unclear' ? before : change(before);
      if (after === null) return null;
      patched.set(object, after);
    }
  }
  return patched;
}

interface Patch {
  /** What it says, or the file that says it. */
  readonly text?: string;
  readonly path?: string;
  readonly target: Readonly<Record<string, Json>> | null;
}

/** All patches in the order in which they are applied; null for an entry that is not understood. */
function patchesIn(kustomization: Readonly<Record<string, Json>>): readonly (Patch | null)[] {
  const merges = listOf(kustomization['patchesStrategicMerge']).map((entry): Patch | null => {
    if (typeof entry !== 'string') return null;
    return entry.includes('\n') ? { text: entry, target: null } : { path: entry, target: null };
  });
  return [...merges, ...listOf(kustomization['patches']).map(patchOf)];
}

function patchOf(entry: Json): Patch | null {
  if (!isRecord(entry) || !Object.keys(entry).every((key) => ['patch', 'path', 'target'].includes(key)))
    return null;
  const { patch: text, path, target } = entry as Readonly<Record<string, Json | undefined>>;
  if ((text === undefined) === (path === undefined) || typeof (text ?? path) !== 'string') return null;
  if (target !== undefined && !isRecord(target)) return null;
  const says = text === undefined ? { path: path as string } : { text: text as string };
  return { ...says, target: (target as Patch['target'] | undefined) ?? null };
}

type Change = (object: KubernetesObject) => Patched | null;

function changesOf(
  { text, path, target }: Patch,
  objects: readonly KubernetesObject[],
  tree: Tree,
  folder: string,
): readonly (readonly [KubernetesObject, Change])[] | null {
  const content = path === undefined ? Buffer.from(text!) : contentAt(tree, folder, path);
  const documents = content && readAlike(content);
  if (!documents || documents.length === 0) return null;
  if (target) {
    const selected = selectedBy(target, objects);
    const change = documents.length === 1 ? changeOfSelected(documents[0]!, content) : null;
    return selected && change && selected.map((object) => [object, change]);
  }
  const changes: (readonly [KubernetesObject, Change])[] = [];
  for (const document of documents) {
    const object = isRecord(document) ? objectNamedIn(document, objects) : null;
    if (object === null) return null;
    changes.push([object, (one) => merged(one, document as Readonly<Record<string, Json>>)]);
  }
  return changes;
}

/** What is refused is refused also where nothing is selected. */
function changeOfSelected(patch: Json, content: Buffer): Change | null {
  if (Array.isArray(patch)) return isJson(content) ? (object) => operated(object, patch) : null;
  return isNamed(patch) ? (object) => merged(object, unnamed(patch)) : null;
}

/** Operations that begin like JSON have to be JSON. */
function isJson(content: Buffer): boolean {
  if (!content.toString().startsWith('[')) return true;
  try {
    JSON.parse(content.toString());
    return true;
  } catch {
    return false;
  }
}

/** A patch is an object, whatever its target is. */
function isNamed(patch: Json): patch is Readonly<Record<string, Json>> {
  return isRecord(patch) && typeof patch['kind'] === 'string' && 'name' in recordAt(patch, 'metadata');
}

/** What a target selects keeps its name, whatever the patch is called. */
function unnamed(patch: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> {
  const { apiVersion: _, kind: __, metadata, ...rest } = patch as Readonly<Record<string, Json>>;
  const { name: ___, namespace: ____, ...others } = isRecord(metadata) ? metadata : {};
  return Object.keys(others).length > 0 ? { ...rest, metadata: others as Json } : rest;
}

const SELECTING = new Set(['group', 'version', 'kind', 'name', 'namespace']);

/** The objects that a selector takes. Its fields are patterns for whole texts: only plain words are understood. */
function selectedBy(
  target: Readonly<Record<string, Json>>,
  objects: readonly KubernetesObject[],
): readonly KubernetesObject[] | null {
  const isPlain = Object.entries(target).every(
    ([key, value]) => SELECTING.has(key) && typeof value === 'string' && /^[\w.-]+$/.test(value),
  );
  if (!isPlain || target['namespace'] !== undefined) return null;
  const { group, version, kind, name } = target;
  return objects.filter(({ apiVersion, kind: own, metadata }) => {
    const [ownGroup, ownVersion] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    return (
      (kind ?? own) === own &&
      (name ?? metadata.name) === metadata.name &&
      (group ?? ownGroup) === ownGroup &&
      (version ?? ownVersion) === ownVersion
    );
  });
}

function contentAt(tree: Tree, folder: string, reference: string): Buffer | null {
  const named = resolvePath(folder, reference);
  const path = named === null ? null : realPath(tree, named);
  return (path === null ? undefined : tree.read(path)) ?? null;
}

/** The one object that a patch without a target names. */
function objectNamedIn(
  patch: Readonly<Record<string, unknown>>,
  objects: readonly KubernetesObject[],
): KubernetesObject | null {
  const { apiVersion, kind, metadata } = patch;
  if (!isRecord(metadata)) return null;
  const named = objects.filter(
    (object) =>
      object.kind === kind &&
      object.apiVersion === apiVersion &&
      object.metadata.name === metadata['name'] &&
      (object.metadata.namespace ?? 'default') === (metadata['namespace'] ?? 'default'),
  );
  const [only] = named;
  return only && named.length === 1 ? only : null;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
