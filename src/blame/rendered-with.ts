import type { Edit } from '../edits/edit.ts';
import { editedFiles } from '../proof/edited-files.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';

export interface RenderedWith {
  readonly revision: Revision;
  readonly root: Root;
  readonly objects: readonly RenderedObject[];
}

/** What a root renders after these edits; null where they cannot be made, or it does not render then. */
export async function renderedWith(
  revision: Revision,
  { root, edits }: { readonly root: Root; readonly edits: readonly Edit[] },
): Promise<RenderedWith | null> {
  const files = editedFiles(revision, edits);
  if (!files) return null;
  const edited = revision.with(files);
  // An Application that says no more how its folder is rendered applies it as it is.
  const here = (await edited.here(root)) ?? edited.roots.at(root.path);
  if (!here) return null;
  const rendering = await edited.render(here);
  return rendering.kind === 'rendered' ? { revision: edited, root: here, objects: rendering.objects } : null;
}
