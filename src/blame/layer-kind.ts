import { posix } from 'node:path';
import { valueOf } from '../edits/reach.ts';
import { isRecord } from '../kubernetes/objects.ts';
import { patchFiles } from '../locate/own-layers.ts';
import type { LayerKind, LayerOrigin } from '../model/layers.ts';
import { isKustomizationPath, kustomizationIn } from '../renderers/kustomization.ts';
import type { Revision } from '../sources/revision.ts';
import { isChart, type Declared, type HelmRoot, type Root } from '../sources/roots.ts';
import { openedAt, type Place } from './take-out.ts';

/** What the place is to the tool that reads it. */
export function layerKind(revision: Revision, root: Root, place: Place): LayerKind {
  const { file, path } = place;
  if (isKustomizationPath(file)) return entryKind(revision, place);
  if (root.declared !== null && !isOwn(root, file)) return declaringKind(revision, root.declared, place);
  if (root.kind === 'helm') return chartKind(root, file);
  if (root.kind === 'plain') return 'manifest';
  const role = root.closure.files.get(file);
  if (role === 'values') return isBesideChart(revision, file) ? 'chart-default' : 'values-file';
  if (role === 'content' || role === 'env') return 'generator';
  if (patchFiles(revision, root).has(file)) return patchKind(revision, place);
  if (role === 'configuration') return 'replacement';
  return /^(imageTag|replica|literals|replacements|patch)\b/.test(path) ? 'transformer' : 'resource';
}

function isOwn(root: Root, file: string): boolean {
  if (root.kind === 'plain') return root.files.includes(file);
  const isGiven = root.kind === 'helm' && root.values.some((one) => one.kind === 'file' && one.path === file);
  return isGiven || root.closure.files.has(file);
}

function isBesideChart(revision: Revision, file: string): boolean {
  const folder = posix.dirname(file);
  return posix.basename(file) === 'values.yaml' && isChart(revision.tree, folder);
}

/** Of an Application, HelmRelease, Flux Kustomization or helmfile that says how something is rendered, or of a file that it reads. */
function declaringKind(revision: Revision, { object }: Declared, place: Place): LayerKind {
  const isObject = revision.manifests(place.file).objects.length > 0;
  if (isObject || /helmfile/.test(place.file)) return entryKind(revision, place);
  return object.kind === 'ApplicationSet' ? 'application-set' : 'values-file';
}

/** Of a place in a list or mapping that tells a renderer what to do. */
function entryKind(revision: Revision, place: Place): LayerKind {
  const { path } = place;
  if (path.includes(' > ') && !/helm\.values|\bvalues\b/.test(path)) return patchKind(revision, place);
  for (const [pattern, kind] of ENTRIES) if (pattern.test(path)) return kind;
  return 'file';
}

/** The first that fits. */
const ENTRIES: readonly (readonly [RegExp, LayerKind])[] = [
  [/^(configMapGenerator|secretGenerator)\[/, 'generator'],
  [/(^|\.)generators\[/, 'application-set'],
  [/(^|\.)images\[/, 'images'],
  [/(^|\.)replicas\[/, 'replicas'],
  [/^namespace$/, 'namespace'],
  [/^name(Prefix|Suffix)$/, 'name'],
  [/^replacements\[/, 'replacement'],
  [/^(labels\[\d+\]\.pairs|commonLabels)\b|\.(commonLabels|commonMetadata\.labels)\b/, 'labels'],
  [/^commonAnnotations\b|\.(commonAnnotations|commonMetadata\.annotations)\b/, 'annotations'],
  [/\.(parameters|fileParameters)\[|\.set(String)?\[/, 'parameter'],
  [/\.postBuild\.substitute\b|^data\b/, 'substitution'],
  [/^helmCharts\[|\.helm\.values|^spec\.values\b|\.values\b/, 'inline-values'],
  [/^(transformers|generators)\[/, 'transformer'],
  [/^(patches|patchesJson6902|patchesStrategicMerge)\b|\.patches\[/, 'strategic-merge-patch'],
];

function patchKind(revision: Revision, place: Place): LayerKind {
  const opened = openedAt(revision, place);
  const root = opened && valueOf(opened.document.root);
  return Array.isArray(root) && isRecord(root[0]) && 'op' in root[0] ? 'json-patch' : 'strategic-merge-patch';
}

function chartKind({ closure, values }: HelmRoot, file: string): LayerKind {
  if (values.some((one) => one.kind === 'file' && one.path === file)) return 'values-file';
  const role = closure.files.get(file);
  if (role === 'template') return 'template';
  const isOwnValues = closure.parts.some(
    ({ folder }) => file === (folder === '.' ? 'values.yaml' : `${folder}/values.yaml`),
  );
  return isOwnValues || file.endsWith('Chart.yaml') ? 'chart-default' : 'values-file';
}

/** The kind of kustomization that names the file: an overlay builds on others. Null outside kustomizations. */
export function layerOrigin(revision: Revision, root: Root, { file }: Place): LayerOrigin | null {
  const role = root.kind === 'kustomize' ? root.closure.files.get(file) : undefined;
  if (root.kind !== 'kustomize' || role === undefined || role === 'values' || role === 'chart') return null;
  const holders = root.closure.folders.filter((folder) => {
    const inner = revision.roots.at(folder);
    return inner?.kind === 'kustomize' ? inner.closure.files.has(file) : folder === root.path;
  });
  // The innermost is the one that names the file itself.
  const folder = holders.toSorted((a, b) => sizeOf(revision, a) - sizeOf(revision, b))[0] ?? root.path;
  const kustomization = kustomizationIn(revision.tree, folder);
  const own = kustomization === undefined ? {} : revision.kustomization(kustomization);
  if (own['kind'] === 'Component') return 'component';
  const inner = revision.roots.at(folder);
  const folders = inner?.kind === 'kustomize' ? inner.closure.folders : root.closure.folders;
  return folders.some((one) => one !== folder) ? 'overlay' : 'base';
}

function sizeOf(revision: Revision, folder: string): number {
  const root = revision.roots.at(folder);
  return root?.kind === 'kustomize' ? root.closure.files.size : Infinity;
}
