import { resolved, type DocumentNode } from '../edits/document-nodes.ts';
import { reach } from '../edits/reach.ts';
import type { OpenDocument } from '../edits/open-document.ts';
import type { ConcretePath } from '../kubernetes/field-path.ts';

/** Where the value is written when an alias or a merge key leads to it. */
export function anchorsBehind(document: OpenDocument, path: ConcretePath): readonly ConcretePath[] {
  const reached = reach(document, path);
  if (!reached) return [];
  const written = reached.node.kind === 'alias' ? resolved(reached.node) : reached.node;
  if (reached.through === 'own' && written === reached.node) return [];
  const places: ConcretePath[] = [];
  const visit = (node: DocumentNode, here: ConcretePath): void => {
    if (node === written) places.push(here);
    else if (node.kind === 'mapping')
      for (const entry of node.entries)
        if (entry.key !== null && !entry.merge) visit(entry.value, [...here, entry.key]);
    if (node.kind === 'sequence')
      for (const [index, item] of node.items.entries()) visit(item, [...here, index]);
  };
  visit(document.root, []);
  return places.slice(0, 1);
}

/** True where the value, or a mapping or list around it, has an anchor: aliases may bring it elsewhere too. */
export function isAnchored(document: OpenDocument, path: ConcretePath): boolean {
  return Array.from({ length: path.length + 1 }, (_, length) => path.slice(0, length)).some(
    (prefix) => reach(document, prefix)?.node.anchor != null,
  );
}
