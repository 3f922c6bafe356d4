import type { Revision } from '../revision.ts';
import type { PlainRoot, Root } from '../roots.ts';
import type { Wanted } from '../wanted.ts';
import { clueInRelease } from './chart.ts';
import { strongest, type Clue } from './clue.ts';
import { clueInKustomization } from './kustomization.ts';
import { clueInFile, type Reshaping } from './manifests.ts';

/** What the files of a root tell of an object, without a render; null where it cannot hold it. */
export function clueOf(revision: Revision, root: Root, wanted: Wanted): Clue | null {
  switch (root.kind) {
    case 'plain':
      return clueInManifests(revision, root, wanted);
    case 'kustomize':
      return clueInKustomization(revision, root, wanted);
    case 'helm':
      return clueInRelease(revision, root, wanted);
  }
}

const AS_WRITTEN: Reshaping = { extendsNames: false, renamed: null, keepsNamespaces: true };
/** By whoever applies the folder: with patches, variables and a namespace of its own. */
const RESHAPED: Reshaping = { extendsNames: true, renamed: 'open', keepsNamespaces: false };

/** Files of the folder that cannot be read are left out of what it renders, and told of elsewhere. */
function clueInManifests(revision: Revision, { files, declared }: PlainRoot, wanted: Wanted): Clue | null {
  const isReshaped = (declared?.plan.steps.length ?? 0) > 0;
  return strongest(
    files
      .filter((file) => revision.manifests(file).problem === null)
      .map((file) => clueInFile(revision, file, wanted, isReshaped ? RESHAPED : AS_WRITTEN)),
  );
}
