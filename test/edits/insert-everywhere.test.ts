import { expect, test } from 'vitest';
import { applyEdits } from '../../src/edits/edit.ts';
import { insertItem, insertKey } from '../../src/edits/insert.ts';
import type { DocumentNode } from '../../src/edits/document-nodes.ts';
import type { EditResult } from '../../src/edits/verify.ts';
import { inverseEdit } from './inverse-edit.ts';
import type { ConcretePath } from '../../src/kubernetes/field-path.ts';
import type { Json } from '../../src/kubernetes/objects.ts';
import { manifests, type Manifest } from './manifests.ts';

/** The collections that are written in a document itself, with their paths. */
function collections(
  node: DocumentNode,
  path: ConcretePath,
): readonly (readonly [ConcretePath, DocumentNode])[] {
  if (node.kind === 'mapping') {
    const own = node.entries.filter((entry) => entry.key !== null && !entry.merge);
    return [[path, node], ...own.flatMap((entry) => collections(entry.value, [...path, entry.key!]))];
  }
  if (node.kind === 'sequence') {
    return [[path, node], ...node.items.flatMap((item, index) => collections(item, [...path, index]))];
  }
  return [];
}

const VALUES: readonly Json[] = [
  '8080',
  { limits: { memory: '1Gi' }, list: [{ name: 'a', value: 'yes' }, 'b'] },
  'one\ntwo\n',
  [],
];

test.each(manifests().map((manifest) => [manifest.file, manifest] as const))(
  'every mapping and sequence of %s can be added to, and the addition taken back',
  (_, { text, document }: Manifest) => {
    for (const [path, node] of collections(document.root, [])) {
      for (const value of VALUES) {
        const insert = (): EditResult =>
          node.kind === 'mapping'
            ? insertKey(document, path, 'added', value)
            : insertItem(document, path, value);
        const result = insert();
        if (result.kind === 'problem')
          throw new Error(`${path.join('.')}: ${result.code}: ${result.message}`);
        const after = applyEdits(text, [result.edit]);
        expect(applyEdits(after, [inverseEdit(text, result.edit)])).toBe(text);
        const removed = text.slice(result.edit.start, result.edit.end);
        expect(result.edit.text).toContain(removed.replace(/^\s*(?:\{\s*\}|\[\s*\]|null|~)?\s*|\s*$/g, ''));
      }
    }
  },
  60_000,
);
