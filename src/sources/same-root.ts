import { sameObject } from '../kubernetes/objects.ts';
import { matchesGlob } from './declarations/globs.ts';
import { isForAnyCluster } from './declarations/plan.ts';
import type { HelmRoot, Root } from './roots.ts';

/** True when `outer` is built from `inner`, or is the same root. */
export function includesRoot(outer: Root, inner: Root): boolean {
  if (outer.id === inner.id) return true;
  if (inner.kind === 'helm' && inner.isMapped) return false;
  // An object that declares something applies other content than the bare folder.
  if (inner.declared) return isOneOfTheClusters(inner, outer);
  // A chart under another release's name, or as an object installs it.
  if (outer.path === inner.path && outer.kind === inner.kind)
    return outer.declared !== null || outer.kind === 'helm';
  if (standsFor(outer, inner)) return true;
  if (outer.kind === 'kustomize') return outer.closure.folders.includes(inner.path);
  return outer.kind === 'helm' && outer.closure.parts.some(({ folder }) => folder === inner.path);
}

/** True for what an ApplicationSet makes for one cluster, where the other root stands for each of them. */
function isOneOfTheClusters(inner: Root, outer: Root): boolean {
  if (!inner.declared || !outer.declared || !isForAnyCluster(outer.declared.plan)) return false;
  return (
    outer.path === inner.path &&
    sameObject(outer.declared.object, inner.declared.object) &&
    matchesGlob(outer.declared.plan.ref.name, inner.declared.plan.ref.name)
  );
}

/** True for a root of the scan that an object declares in a form of its own, alone or as a part of something wider. */
export function standsFor(outer: Root, inner: Root): boolean {
  if (isMappedRelease(outer)) return inner.kind === 'helm' && inner.path === outer.path && isBare(inner);
  if (outer.declared === null || inner.declared !== null || isMappedRelease(inner)) return false;
  if (outer.kind === inner.kind && outer.path === inner.path) return true;
  if (outer.kind !== 'kustomize') return isPartOf(inner, outer);
  if (inner.kind === 'kustomize') return outer.closure.folders.includes(inner.path);
  return inner.kind === 'plain' && inner.files.every((file) => outer.closure.files.has(file));
}

/**
 * True for a folder of manifests that a wider root, named by whatever applies it, takes in as a whole. What an object applies in a form of
 * its own is a part of nothing: two clusters may do so with one folder.
 */
export function isPartOf(inner: Root, outer: Root): boolean {
  if (inner.kind !== 'plain' || outer.kind !== 'plain' || inner.id === outer.id || inner.declared)
    return false;
  const files = new Set(outer.files);
  return inner.files.every((file) => files.has(file));
}

/** A chart that the configuration says how it is installed. */
export function isMappedRelease(root: Root): boolean {
  return root.kind === 'helm' && root.isMapped === true;
}

/** A chart that nothing says how it is installed. */
export function isBare(root: Root): root is HelmRoot {
  return root.kind === 'helm' && root.declared === null && root.isMapped !== true;
}

/** True for one chart that no object installs, rendered under two release names. */
export function isOtherNameOf(one: Root, other: Root): boolean {
  return isBare(one) && isBare(other) && one.path === other.path && one.id !== other.id;
}

/** Folders whose manifests are never applied as they lie there. */
export const NOT_APPLIED = /(^|\/)(\.[^/]+|node_modules|vendor|testdata)(\/|$)/;

/** True for a kustomization in such a folder: where nothing says otherwise, `.archive` is not what is deployed. */
export function isAside({ path }: Root): boolean {
  return NOT_APPLIED.test(path);
}
