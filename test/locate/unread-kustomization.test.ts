import { expect, test } from 'vitest';
import { findObject } from '../../src/sources/find.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { renderers } from './revisions.ts';

const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n';
/** Kustomize may read a line here that this parser takes for a comment. */
const DISPUTED = 'resources: [web.yaml]\n# a\u2028configMapGenerator: []\n';

async function failuresFor(
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const revision = await Revision.of(treeOf(files), renderers);
  const { failures } = await findObject(revision, { kind: 'Deployment', name });
  return failures.map(({ root }) => root.id);
}

test('a kustomization that was not understood may hold what lies below it', async () => {
  const files = { 'app/kustomization.yaml': DISPUTED, 'app/web.yaml': DEPLOYMENT };
  expect(await failuresFor('web', files)).toEqual(['app']);
});

test('it holds nothing that no file below it speaks of', async () => {
  const files = {
    'app/kustomization.yaml': DISPUTED,
    'app/web.yaml': DEPLOYMENT,
    'other/till.yaml': DEPLOYMENT.replace('web', 'till'),
  };
  expect(await failuresFor('till', files)).toEqual([]);
});
