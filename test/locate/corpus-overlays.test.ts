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
