import { expect, test } from 'vitest';
import { filesReaching } from '../../src/locate/reaching-files.ts';
import { revisionOf } from './revisions.ts';

const TILL = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: till}\n';
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: prices}\ndata: {milk: "2"}\n';
const KINDLESS = '- {op: add, path: /spec/replicas, value: 2}\n';

async function reaching(kustomization: string): Promise<readonly string[]> {
  const files = {
    'a/kustomization.yaml': kustomization,
    'a/till.yaml': TILL,
    'a/map.yaml': MAP,
    'a/patch.yaml': KINDLESS,
  };
  const revision = await revisionOf(files);
  const root = revision.roots.at('a');
  if (root?.kind !== 'kustomize') throw new Error('no kustomization');
  return filesReaching(revision, root, 'Deployment').map(({ file }) => file.slice('a/'.length));
}

test.each([
  [
    'a resource of another kind does not reach an object',
    'resources: [till.yaml, map.yaml]',
    ['kustomization.yaml', 'till.yaml'],
  ],
  [
    'it does where values are copied',
    'resources: [till.yaml, map.yaml]\nreplacements: []',
    ['kustomization.yaml', 'till.yaml', 'map.yaml'],
  ],
  [
    'a patch does, whatever it speaks of',
    'resources: [till.yaml]\npatches: [{path: patch.yaml, target: {kind: Deployment}}]',
    ['kustomization.yaml', 'till.yaml', 'patch.yaml'],
  ],
  [
    'a file that is a resource and a patch does',
    'resources: [till.yaml, map.yaml]\npatchesStrategicMerge: [map.yaml]',
    ['kustomization.yaml', 'till.yaml', 'map.yaml'],
  ],
])('%s', async (_title, kustomization, files) => {
  expect((await reaching(kustomization)).toSorted()).toEqual(files.toSorted());
});
