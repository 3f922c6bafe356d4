import { innerDocument } from '../edits/literal-block.ts';
import { documentValue } from '../edits/reach.ts';
import type { OpenDocument } from '../edits/open-document.ts';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import { isKubernetesObject, type Json, type KubernetesObject } from '../kubernetes/objects.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { KustomizeRoot, PlainRoot } from '../sources/roots.ts';
import { isMadeFrom, isOwn, openDocumentOf, patchFiles } from './own-layers.ts';

/** A document that speaks of the object: where it is defined, or a patch of it. */
export interface Place {
  readonly file: string;
  readonly document: OpenDocument;
  /** Where in the document the object stands: an item of a List. */
  readonly within: ConcretePath;
  /** A strategic merge patch names only what it changes, so a list item may be added to it. */
  readonly mayAddItems: boolean;
}

/** Documents about the object in files that this root alone reads, where it is defined first, then patches in files and inline. */
export function ownDocuments(revision: Revision, root: KustomizeRoot, match: Match): readonly Place[] {
  const { object } = match.rendered;
  const patches = patchFiles(revision, root);
  const inFiles: Place[] = [];
  const inline: Place[] = [];
  for (const [file, role] of root.closure.files) {
    if (!isOwn(revision, match, file)) continue;
    if (role === 'objects') {
      for (const { object: candidate, origin } of revision.manifests(file).objects) {
        const document = isMadeFrom(object, candidate)
          ? openDocumentOf(revision, file, origin.document)
          : null;
        if (document) inFiles.push({ file, document, within: origin.within, mayAddItems: patches.has(file) });
      }
    } else if (role === 'kustomization') {
      const document = openDocumentOf(revision, file, 0);
      if (document) inline.push(...inlinePatches(file, document, object));
    }
  }
  return [...inFiles.sort((a, b) => Number(a.mayAddItems) - Number(b.mayAddItems)), ...inline];
}

/** Where an object is written whose variables have been filled in since. */
export function plainDocuments(
  revision: Revision,
  root: PlainRoot,
  object: KubernetesObject,
): readonly Place[] {
  return root.files.flatMap((file) =>
    revision.manifests(file).objects.flatMap(({ object: candidate, origin: { document: index, within } }) => {
      const document = isMadeFrom(object, candidate) ? openDocumentOf(revision, file, index) : null;
      return document ? [{ file, document, within, mayAddItems: false }] : [];
    }),
  );
}

function inlinePatches(file: string, document: OpenDocument, object: KubernetesObject): readonly Place[] {
  const value = documentValue(document) as Readonly<Record<string, Json>>;
  const paths: ConcretePath[] = [
    ...(Array.isArray(value['patches']) ? value['patches'] : []).map(
      (_: Json, index: number) => ['patches', index, 'patch'] as const,
    ),
    ...(Array.isArray(value['patchesStrategicMerge']) ? value['patchesStrategicMerge'] : []).map(
      (_: Json, index: number) => ['patchesStrategicMerge', index] as const,
    ),
  ];
  return paths.flatMap((path) => {
    const inner = innerDocument(document, path);
    if ('code' in inner) return [];
    const patch = documentValue(inner);
    return isKubernetesObject(patch) && isMadeFrom(object, patch)
      ? [{ file, document: inner, within: [], mayAddItems: true }]
      : [];
  });
}
