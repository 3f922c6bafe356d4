import { expect, test } from 'vitest';
import { refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import { claimSource } from '../../src/witnesses/claim-source.ts';

function claim(name: string, owner?: string): KubernetesObject {
  const ownerReferences = owner ? [{ apiVersion: 'v1', kind: owner, name: 'crane-0' }] : [];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'pier', ownerReferences },
  };
}

function workload(kind: string, spec: Readonly<Record<string, unknown>>) {
  const object: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'crane', namespace: 'pier' },
    spec,
  };
  return { ref: refOf(object), object: object as never };
}

const templates = { volumeClaimTemplates: [{ metadata: { name: 'log' } }, { metadata: { name: 'data' } }] };

test('a claim of a StatefulSet comes from its template', () => {
  const found = claimSource(workload('StatefulSet', templates), claim('data-crane-2'));
  expect(found).toMatchObject({
    object: { kind: 'StatefulSet' },
    spec: 'spec.volumeClaimTemplates[1].spec',
  });
});

test('a claim that only begins like one of a StatefulSet is written by itself', () => {
  const found = claimSource(workload('StatefulSet', templates), claim('data-crane-old'));
  expect(found).toMatchObject({ object: { kind: 'PersistentVolumeClaim' }, spec: 'spec' });
});

test('the claim of an ephemeral volume comes from the pod template', () => {
  const spec = { template: { spec: { volumes: [{ name: 'scratch', ephemeral: {} }] } } };
  const found = claimSource(workload('Deployment', spec), claim('crane-0-scratch', 'Pod'));
  expect(found?.spec).toBe('spec.template.spec.volumes[name=scratch].ephemeral.volumeClaimTemplate.spec');
});

test('a claim that an operator makes has no source', () => {
  expect(claimSource(workload('Deployment', {}), claim('data', 'Cluster'))).toBeNull();
});
