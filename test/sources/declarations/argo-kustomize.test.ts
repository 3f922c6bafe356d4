import { describe, expect, test } from 'vitest';
import { needsTool } from '../../needs.ts';
import { revisionOf } from '../../locate/revisions.ts';
import { applicationOf, obstaclesIn, plansIn, type Texts } from './argo-objects.ts';
import { deployment } from './flux-objects.ts';

const KUSTOMIZATION = `resources: [cart.yaml]
namePrefix: my-
images: [{name: registry.example/cart, newTag: 1.1.0}]
replicas: [{name: cart, count: 2}]
commonAnnotations: {team: shop}
labels: [{pairs: {part: shop}}]
`;

const FILES: Texts = {
  'apps/cart/kustomization.yaml': KUSTOMIZATION,
  'apps/cart/cart.yaml': deployment('cart'),
  'apps/cart/memory.yaml': '- {op: add, path: /spec/paused, value: true}\n',
  'apps/spread/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: spread.yaml, target: {kind: Deployment}}]\n',
  'apps/spread/spread.yaml': '- {op: add, path: /spec/minReadySeconds, value: 5}\n',
};

function ofFolder(kustomize: string): string {
  return applicationOf(`path: apps/cart\nkustomize:\n${kustomize.replace(/^/gm, '  ')}`);
}

async function writtenFor(kustomize: string) {
  const [plan] = await plansIn(ofFolder(kustomize), FILES);
  if (!plan || 'option' in plan || plan.content.kind !== 'folder') throw new Error(JSON.stringify(plan));
  return plan.content.written;
}

describe('what is written into the kustomization', () => {
  test.each([
    ['name=newName:tag', { name: 'name', newName: 'newName', newTag: 'tag' }],
    ['name:tag', { name: 'name', newTag: 'tag' }],
    ['name@sha256:00', { name: 'name', digest: 'sha256:00' }],
    ['name=other', { name: 'name', newName: 'other' }],
    ['host:5000/name:tag', { name: 'host:5000/name', newTag: 'tag' }],
    ['name=host:5000/name', { name: 'name', newName: 'host:5000/name' }],
    ['name=other:tag@sha256:00', { name: 'name', newName: 'other', newTag: 'tag', digest: 'sha256:00' }],
    ['name:$ARGOCD_APP_NAME', { name: 'name', newTag: 'cart' }],
  ])('the image %s', async (image, entry) => {
    expect(await writtenFor(`images: ["${image}"]`)).toMatchObject({ entries: { images: [entry] } });
  });

  test('nothing, where nothing is said', async () => {
    expect(await writtenFor('version: v5.0.0\nimages: []\nforceCommonLabels: true')).toBeUndefined();
  });

  test.each([
    ['an image without a change', 'images: [name]', 'images[0]'],
    ['an image that keeps a part', 'images: ["name=*:2"]', 'images[0]'],
    ['an image of the commit', 'images: ["name:$ARGOCD_APP_REVISION"]', '$ARGOCD_APP_REVISION in'],
    ['replicas that are no number', 'replicas: [{name: cart, count: many}]', 'replicas[0]'],
    ['a Kubernetes that is none', 'kubeVersion: "1.x"', 'kubeVersion'],
    ['an API that is none', 'apiVersions: ["-a"]', 'apiVersions'],
    [
      'an annotation that is there',
      'commonAnnotations: {team: web}',
      'commonAnnotations.team, which the kustomization has too',
    ],
    [
      'a label that is there',
      'labelWithoutSelector: true\ncommonLabels: {part: web}',
      'commonLabels.part, which the kustomization has too',
    ],
    [
      'labels of templates with selectors',
      'labelIncludeTemplates: true\ncommonLabels: {a: b}',
      'labelIncludeTemplates without labelWithoutSelector',
    ],
    [
      'a component that is not there',
      'components: [../missing]',
      'components[0], which is not a folder of this repository',
    ],
    [
      'a component of the web',
      'components: ["https://example.com/a"]',
      'components[0], which is not a folder of this repository',
    ],
    [
      'a component outside',
      'ignoreMissingComponents: true\ncomponents: [../../../a]',
      'components[0], which is not a folder of this repository',
    ],
    ['patches that are no list', 'patches: {a: b}', 'patches, which is not a list'],
  ])('%s: refused', async (_title, kustomize, obstacle) => {
    const [found] = await obstaclesIn(ofFolder(kustomize), FILES);
    expect(found).toContain(obstacle);
  });
});

describe('what is built in the end', () => {
  const built = needsTool('kustomize');

  async function objectIn(kustomize: string) {
    const revision = await revisionOf({ ...FILES, 'argo/cart.yaml': ofFolder(kustomize) });
    const roots = (await revision.allRoots()).filter(({ path }) => path === 'apps/cart');
    const rendering = await revision.render(roots[0]!);
    if (rendering.kind === 'failed') return rendering.message;
    expect(roots.map(({ declared }) => declared?.plan.by)).toEqual(['Argo CD Application argocd/cart']);
    return rendering.objects[0]!.object;
  }

  built.each([
    ['namePrefix: your-', { metadata: { name: 'your-cart' } }],
    ['nameSuffix: "-2"', { metadata: { name: 'my-cart-2' } }],
    ['namespace: other', { metadata: { namespace: 'other' } }],
    ['replicas: [{name: cart, count: "5"}]', { spec: { replicas: 5 } }],
    [
      'images: [registry.example/cart=mirror.example/cart]',
      { spec: { template: { spec: { containers: [{ image: 'mirror.example/cart:1.0.0' }] } } } },
    ],
    [
      'images: ["registry.example/cart:2.0.0"]',
      { spec: { template: { spec: { containers: [{ image: 'registry.example/cart:2.0.0' }] } } } },
    ],
    ['commonLabels: {part: web}', { spec: { selector: { matchLabels: { part: 'web' } } } }],
    [
      'labelWithoutSelector: true\nlabelIncludeTemplates: true\ncommonLabels: {tier: $ARGOCD_APP_NAME}',
      {
        spec: {
          selector: { matchLabels: { app: 'cart' } },
          template: { metadata: { labels: { tier: 'cart' } } },
        },
      },
    ],
    [
      'forceCommonAnnotations: true\ncommonAnnotations: {team: web, app: $ARGOCD_APP_NAME}',
      { metadata: { annotations: { team: 'web', app: '$ARGOCD_APP_NAME' } } },
    ],
    [
      'commonAnnotationsEnvsubst: true\ncommonAnnotations: {app: $ARGOCD_APP_NAME}',
      { metadata: { annotations: { team: 'shop', app: 'cart' } } },
    ],
    [
      'patches: [{target: {kind: Deployment, name: cart}, patch: "- {op: replace, path: /spec/replicas, value: 9}"}]',
      { spec: { replicas: 2 } },
    ],
    ['patches: [{target: {kind: Deployment}, path: memory.yaml}]', { spec: { paused: true } }],
    ['components: [../spread]', { spec: { minReadySeconds: 5 }, metadata: { name: 'my-cart' } }],
    ['ignoreMissingComponents: true\ncomponents: [../gone, ../spread]', { spec: { minReadySeconds: 5 } }],
  ])('%s', async (kustomize, object) => {
    expect(await objectIn(kustomize)).toMatchObject(object);
  });

  built('an override file of the image updater', async () => {
    const revision = await revisionOf({
      ...FILES,
      'apps/cart/.argocd-source-cart.yaml': 'kustomize: {images: ["registry.example/cart:3.0.0"]}\n',
      'argo/cart.yaml': applicationOf('path: apps/cart'),
    });
    const [root] = await revision.declaredRoots();
    const rendering = await revision.render(root!);
    expect(rendering.kind === 'rendered' && rendering.objects[0]!.text).toContain('cart:3.0.0');
  });
});
