import { describe, expect } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import { needsTool } from '../needs.ts';
import { revisionOf } from './revisions.ts';

const test = needsTool('kustomize');

/** Two overlays of one base, and a root that includes both: met in the examples of Kustomize itself. */
const files = {
  'base/kustomization.yaml': 'resources:\n  - pod.yaml\n',
  'base/pod.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: server\n      image: shop/web:1.0\n',
  'blue/kustomization.yaml': 'resources:\n  - ../base\nnamePrefix: blue-\n',
  'red/kustomization.yaml': 'resources:\n  - ../base\nnamePrefix: red-\n',
  'all/kustomization.yaml': 'resources:\n  - ../blue\n  - ../red\n',
};

const image = 'spec.containers[name=server].image';
const memory = 'spec.containers[name=server].resources.limits.memory';

describe('overlays that one root includes', () => {
  test.each([
    [image, 'shop/web:1.1'],
    [memory, '64Mi'],
  ])('%s of one overlay is not changed for the other', async (field, after) => {
    const revision = await revisionOf(files);
    const result = await locate(revision, {
      target: { wanted: { kind: 'Pod', name: 'blue-web' }, live: null, roots: [revision.roots.at('blue')!] },
      fields: [{ field, after }],
    });
    expect(result).toMatchObject({
      kind: 'located',
      changes: [{ site: { file: 'blue/kustomization.yaml', kind: 'add' } }],
      proof: { status: 'proven' },
    });
  });

  test.each([
    [image, 'shop/web:1.1'],
    [memory, '64Mi'],
  ])('%s is written where it speaks of this object alone', async (field, after) => {
    const revision = await revisionOf(files);
    const result = await locate(revision, {
      target: { wanted: { kind: 'Pod', name: 'red-web' }, live: null, roots: null },
      fields: [{ field, after }],
    });
    expect(result).toMatchObject({
      kind: 'located',
      changes: [{ site: { file: 'red/kustomization.yaml', root: 'all' } }],
      proof: { roots: [{ root: 'all', changes: [{ object: { name: 'red-web' } }] }] },
    });
  });

  test('a change of the base is one change where all that is built from it is meant', async () => {
    const revision = await revisionOf(files);
    const result = await locate(revision, {
      target: { wanted: { kind: 'Pod', name: 'web' }, live: null, roots: [revision.roots.at('base')!] },
      fields: [{ field: image, after: 'shop/web:1.1' }],
    });
    expect(result).toMatchObject({ kind: 'located', changes: [{ site: { file: 'base/pod.yaml' } }] });
  });
});

describe('an object that a patch renames', () => {
  test('is found by the name that it is given', async () => {
    const revision = await revisionOf({
      'base/kustomization.yaml': 'resources:\n  - config.yaml\n',
      'base/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: any\ndata:\n  LEVEL: debug\n',
      'web/kustomization.yaml':
        'resources:\n  - ../base\npatches:\n  - target:\n      kind: ConfigMap\n    patch: |-\n      - op: replace\n        path: /metadata/name\n        value: web-config\n',
    });
    const result = await locate(revision, {
      target: { wanted: { kind: 'ConfigMap', name: 'web-config' }, live: null, roots: null },
      fields: [{ field: 'data.LEVEL', after: 'info' }],
    });
    expect(result).toMatchObject({
      kind: 'located',
      changes: [{ site: { file: 'base/config.yaml', line: 6 } }],
    });
  });
});

describe('a list that a layer reorders', () => {
  test('is patched at the place and value that the root renders', async () => {
    const container = (env: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: server\n      env:\n${env}`;
    const revision = await revisionOf({
      'base/kustomization.yaml': 'resources:\n  - pod.yaml\n',
      'base/pod.yaml': container(
        '        - name: A\n          value: a\n        - name: B\n          value: b\n',
      ),
      'tracing/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - path: trace.yaml\n',
      'tracing/trace.yaml': container('        - name: TRACE\n          value: "1"\n'),
      'blue/kustomization.yaml': 'resources:\n  - ../base\ncomponents:\n  - ../tracing\n',
      'red/kustomization.yaml': 'resources:\n  - ../base\n',
    });
    const result = await locate(revision, {
      target: { wanted: { kind: 'Pod', name: 'web' }, live: null, roots: [revision.roots.at('blue')!] },
      fields: [{ field: 'spec.containers[name=server].env[name=B].value', after: 'c' }],
    });
    expect(result).toMatchObject({
      kind: 'located',
      changes: [{ site: { file: 'blue/kustomization.yaml', kind: 'add' } }],
    });
  });
});

describe('references that a renderer renames', () => {
  const pod = (volumes: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  volumes:\n${volumes}  containers:\n    - name: server\n      image: shop/web:1.0\n      volumeMounts:\n        - name: settings\n          mountPath: /etc/web\n`;
  const settings = '    - name: settings\n      configMap:\n        name: web\n';
  const data = '    - name: files\n      emptyDir: {}\n';

  test('a name that nothing has is written whole, without the prefix that a known name gets', async () => {
    const revision = await revisionOf({
      'app/kustomization.yaml':
        'namePrefix: blue-\nresources:\n  - pod.yaml\nconfigMapGenerator:\n  - name: web\n    literals:\n      - A=1\n',
      'app/pod.yaml': pod(settings),
    });
    const result = await locate(revision, {
      target: { wanted: { kind: 'Pod', name: 'blue-web' }, live: null, roots: null },
      fields: [{ field: 'spec.volumes[name=settings].configMap.name', after: 'blue-web-elsewhere' }],
    });
    expect(result).toMatchObject({ kind: 'located', changes: [{ site: { file: 'app/pod.yaml', line: 9 } }] });
  });

  test('a JSON patch tests the name that enters the layer, not the one with prefix and hash', async () => {
    const revision = await revisionOf({
      'base/kustomization.yaml':
        'resources:\n  - pod.yaml\nconfigMapGenerator:\n  - name: web\n    literals:\n      - A=1\n',
      'base/pod.yaml': pod(data + settings),
      'blue/kustomization.yaml': 'resources:\n  - ../base\nnamePrefix: blue-\n',
      'red/kustomization.yaml': 'resources:\n  - ../base\nnamePrefix: red-\n',
    });
    const result = await locate(revision, {
      target: { wanted: { kind: 'Pod', name: 'blue-web' }, live: null, roots: null },
      fields: [{ field: 'spec.volumes[name=settings].configMap.name', after: 'shared' }],
    });
    expect(result).toMatchObject({
      kind: 'located',
      changes: [{ site: { file: 'blue/kustomization.yaml', kind: 'add' } }],
    });
  });
});

describe('a root that does not render', () => {
  test('is looked at in its parts: an overlay in it would change along', async () => {
    const revision = await revisionOf({
      'base/kustomization.yaml': files['base/kustomization.yaml'],
      'base/pod.yaml': files['base/pod.yaml'],
      'blue/kustomization.yaml': files['blue/kustomization.yaml'],
      'red/kustomization.yaml': files['red/kustomization.yaml'],
      'all/kustomization.yaml':
        'resources:\n  - ../red\n  - https://github.com/example/base//deploy?ref=v1\n',
    });
    const result = await locate(revision, {
      target: { wanted: { kind: 'Pod', name: 'blue-web' }, live: null, roots: [revision.roots.at('blue')!] },
      fields: [{ field: image, after: 'shop/web:1.1' }],
    });
    expect(result).toMatchObject({
      kind: 'located',
      changes: [{ site: { file: 'blue/kustomization.yaml', kind: 'add' } }],
      proof: { status: 'proven' },
    });
  });

  test('leaves an edit of what only it reads unproven', async () => {
    const revision = await revisionOf({
      'base/kustomization.yaml': files['base/kustomization.yaml'],
      'base/pod.yaml': files['base/pod.yaml'],
      'all/kustomization.yaml':
        'resources:\n  - ../base\n  - https://github.com/example/base//deploy?ref=v1\n',
    });
    const result = await locate(revision, {
      target: { wanted: { kind: 'Pod', name: 'web' }, live: null, roots: [revision.roots.at('base')!] },
      fields: [{ field: image, after: 'shop/web:1.1' }],
    });
    expect(result).toMatchObject({
      kind: 'located',
      changes: [{ site: { file: 'base/pod.yaml' } }],
      proof: { status: 'unproven' },
    });
  });
});
