import { decode } from '../edits/edit.ts';
import { openDocument, type OpenDocument } from '../edits/open-document.ts';
import { splitDocuments } from '../edits/split.ts';
import { isRecord, type KubernetesObject, refOf } from '../kubernetes/objects.ts';
import { kustomizationIn } from '../renderers/kustomization.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { filesOf, type KustomizeRoot } from '../sources/roots.ts';
import { includesRoot, standsFor } from '../sources/same-root.ts';

/** A kustomization that contains the object and belongs to this root alone: where an overlay's changes are written. */
export interface Layer {
  readonly file: string;
  readonly document: OpenDocument;
  /** The object as it enters the layer: patches name it so. */
  readonly entering: KubernetesObject;
}

/** Several overlays of one base may lie within a root: the deepest layer is the idiom, and one further out may be the only one that speaks of this object alone. */
const MOST_LAYERS = 6;

/** The deepest first. What a patch has renamed is known to the root's own patches by its new name. */
export function ownLayers(revision: Revision, root: KustomizeRoot, match: Match): readonly Layer[] {
  const { object } = match.rendered;
  const definitions = definitionsOf(revision, root, object);
  const places =
    definitions.length === 0
      ? [{ folder: root.path, entering: object }]
      : definitions.flatMap((definition) =>
          foldersAround(revision, root, match, definition.file).map((folder) => ({
            folder,
            entering: definition.object,
          })),
        );
  return places.slice(0, MOST_LAYERS).flatMap(({ folder, entering }) => {
    const file = kustomizationIn(revision.tree, folder);
    const document = file && openDocumentOf(revision, file, 0);
    return file && document ? [{ file, document, entering }] : [];
  });
}

/** Kustomizations of this root alone that build from the file, the smallest first. */
function foldersAround(
  revision: Revision,
  root: KustomizeRoot,
  match: Match,
  file: string,
): readonly string[] {
  const folders = root.closure.folders
    .map((folder) => ({ folder, inner: revision.roots.at(folder) }))
    .filter(({ inner }) => inner?.kind === 'kustomize' && inner.closure.files.has(file))
    .filter(
      ({ folder }) => folder === root.path || isOwn(revision, match, kustomizationIn(revision.tree, folder)!),
    )
    .sort((a, b) => [...filesOf(a.inner!)].length - [...filesOf(b.inner!)].length)
    .map(({ folder }) => folder);
  return folders.length === 0 ? [root.path] : folders;
}

/**
 * The resources that the rendered object may be made from: of its kind, with the longest name that the rendered one
 * contains, one in its own namespace first.
 */
function definitionsOf(
  revision: Revision,
  root: KustomizeRoot,
  object: KubernetesObject,
): readonly { readonly file: string; readonly object: KubernetesObject }[] {
  const patches = patchFiles(revision, root);
  const found = [...root.closure.files]
    .filter(([file, role]) => role === 'objects' && !patches.has(file))
    .flatMap(([file]) =>
      revision.manifests(file).objects.map(({ object: candidate }) => ({ file, object: candidate })),
    )
    .filter(({ object: candidate }) => isMadeFrom(object, candidate));
  const longest = Math.max(...found.map(({ object: candidate }) => refOf(candidate).name.length));
  const isElsewhere = (candidate: KubernetesObject): boolean =>
    candidate.metadata.namespace !== object.metadata.namespace;
  return found
    .filter(({ object: candidate }) => refOf(candidate).name.length === longest)
    .sort((a, b) => Number(isElsewhere(a.object)) - Number(isElsewhere(b.object)));
}

export function isMadeFrom(rendered: KubernetesObject, source: KubernetesObject): boolean {
  return source.kind === rendered.kind && refOf(rendered).name.includes(refOf(source).name);
}

/** True for a file that only the roots read which are meant. */
export function isOwn(revision: Revision, { root, twins = [] }: Match, file: string): boolean {
  const meant = [root, ...twins];
  return revision.roots
    .readersOf(file)
    .every((reader) => meant.some((one) => includesRoot(reader, one) || standsFor(one, reader)));
}

export function patchFiles(revision: Revision, root: KustomizeRoot): ReadonlySet<string> {
  const files = new Set<string>();
  for (const folder of root.closure.folders) {
    const value = revision.kustomization(kustomizationIn(revision.tree, folder)!);
    const references = [
      ...(Array.isArray(value['patchesStrategicMerge']) ? (value['patchesStrategicMerge'] as unknown[]) : []),
      ...['patches', 'patchesJson6902'].flatMap((key) =>
        (Array.isArray(value[key]) ? (value[key] as unknown[]) : []).map((item) =>
          isRecord(item) ? item['path'] : undefined,
        ),
      ),
    ];
    for (const reference of references) {
      if (typeof reference === 'string' && !reference.includes('\n'))
        files.add(`${folder === '.' ? '' : `${folder}/`}${reference}`.replace(/(^|\/)\.\//g, '$1'));
    }
  }
  return files;
}

export function openDocumentOf(revision: Revision, file: string, index: number): OpenDocument | null {
  const content = revision.tree.read(file);
  const text = content && decode(content);
  const range = text === undefined || text === null ? undefined : splitDocuments(text)[index];
  if (typeof text !== 'string' || !range) return null;
  const document = openDocument(text, range, { language: file.endsWith('.json') ? 'json' : 'yaml' });
  return 'code' in document ? null : document;
}
