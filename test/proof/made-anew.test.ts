import { expect, test } from 'vitest';
import { isRefusedLive } from '../../src/proof/made-anew.ts';
import type { RenderedObject } from '../../src/renderers/rendering.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

const change = {
  object: { apiVersion: 'batch/v1', kind: 'Job', namespace: null, name: 'migrate' },
  field: fieldNamed('spec.template.spec.containers[name=migrate].image'),
  before: 'a:1',
  after: 'a:2',
};

function job(annotations: Readonly<Record<string, string>>): readonly RenderedObject[] {
  const object = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', annotations } };
  return [{ object, text: JSON.stringify(object), origin: null }];
}

for (const [annotation, value] of [
  ['helm.sh/hook', 'pre-install, pre-upgrade'],
  ['argocd.argoproj.io/hook', 'PreSync'],
  ['argocd.argoproj.io/sync-options', 'Force=true,Replace=true'],
  ['kustomize.toolkit.fluxcd.io/force', 'enabled'],
] as const)
  test(`A Job with ${annotation}: ${value} is made anew, and takes another image`, () => {
    expect(isRefusedLive(change, job({ [annotation]: value }))).toBe(false);
  });

for (const [annotation, value] of [
  ['helm.sh/hook-weight', '1'],
  ['argocd.argoproj.io/sync-options', 'Replace=true'],
  ['kustomize.toolkit.fluxcd.io/force', 'disabled'],
  ['note', 'helm.sh/hook'],
] as const)
  test(`A Job with ${annotation}: ${value} keeps its image`, () => {
    expect(isRefusedLive(change, job({ [annotation]: value }))).toBe(true);
  });

test('A field that may change is refused by nobody', () => {
  expect(isRefusedLive({ ...change, field: fieldNamed('spec.suspend') }, job({}))).toBe(false);
});
