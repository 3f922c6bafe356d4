import { expect, test } from 'vitest';
import { RenderCache } from '../../src/renderers/cache.ts';
import { KustomizeRenderer } from '../../src/renderers/kustomize.ts';
import { findKustomize } from '../../src/renderers/tools.ts';
import { locate } from '../../src/locate/locate.ts';
import { renderers, revisionOf, type Files } from './revisions.ts';

const CART = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  template:
    spec:
      containers:
        - name: server
          image: registry.example/cart:1
          resources: {limits: {cpu: 500m}}
`;

const FILES: Files = {
  'cart/deployment.yaml': CART,
  'cart/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'prod/volumes.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec: {replicas: 2}\n',
  'prod/kustomization.yaml': 'namespace: shop\nresources: [../cart]\npatches: [{path: volumes.yaml}]\n',
  'test/kustomization.yaml': 'namespace: test\nresources: [../cart]\n',
};

/** The answer, and what was built for it. */
async function asked(files: Files) {
  const kustomize = new KustomizeRenderer(findKustomize, new RenderCache({ folder: null, parallel: 2 }));
  const revision = await revisionOf(files, { ...renderers, kustomize });
  const roots = [revision.roots.at('prod')!];
  const wanted = { kind: 'Deployment', name: 'cart', namespace: undefined };
  const field = 'spec.template.spec.containers[name=server].resources.limits.memory';
  const result = await locate(revision, {
    target: { wanted, live: null, roots, areNamed: true },
    fields: [{ field, after: '1Gi', isText: true }],
  });
  if (result.kind !== 'located') throw new Error(JSON.stringify(result));
  return { status: result.proof.status, site: result.changes[0]?.site.file, builds: kustomize.builds };
}

test('where a root above needs the network, the first edit that nothing speaks against is taken', async () => {
  const alone = await asked(FILES);
  expect(alone).toMatchObject({ status: 'proven', site: 'prod/volumes.yaml' });
  const above = 'resources: [../prod, "https://example.org/remote/base?ref=v1"]\n';
  const within = await asked({ ...FILES, 'all/kustomization.yaml': above });
  expect(within).toMatchObject({ status: 'unproven', site: alone.site });
  // The part of it that is here, before and after.
  expect(within.builds).toBeLessThanOrEqual(alone.builds + 2);
});
