import { describe, expect, test } from 'vitest';
import { findObjects } from '../../src/alerts/find-objects.ts';
import { buildState } from '../../src/cluster/build-state.ts';
import { describeRef, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { AlertNames, NamedObject } from '../../src/model/received-alert.ts';

const owned = (
  kind: string,
  name: string,
  owner?: readonly [kind: string, name: string],
): KubernetesObject => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  metadata: {
    name,
    namespace: 'shop',
    uid: `${kind} ${name}`,
    ...(owner && {
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: owner[0], name: owner[1], uid: owner.join(' '), controller: true },
      ],
    }),
  },
});
const resource = (name: string, health?: string) => ({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  namespace: 'shop',
  name,
  ...(health && { health: { status: health } }),
});
const application: KubernetesObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shop', namespace: 'argocd' },
  status: { resources: [resource('cart', 'Degraded'), resource('web', 'Healthy'), resource('new')] },
};
const state = buildState({
  name: 'prod',
  now: 0,
  objects: [
    owned('Deployment', 'cart'),
    owned('ReplicaSet', 'cart-7d9f8b6c5', ['Deployment', 'cart']),
    owned('Pod', 'cart-7d9f8b6c5-x2x4z', ['ReplicaSet', 'cart-7d9f8b6c5']),
    owned('StatefulSet', 'db'),
    application,
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker-1' } },
    ...['shop', 'bank'].map((namespace) => ({
      ...owned('Service', 'web'),
      apiVersion: 'v1',
      metadata: { name: 'web', namespace },
    })),
  ],
  recorded: {
    Pod: ['shop'],
    Deployment: 'all',
    ReplicaSet: 'all',
    StatefulSet: 'all',
    Node: 'all',
    Service: 'all',
  },
});

const names = (objects: readonly NamedObject[], also: readonly NamedObject[] = []): AlertNames => ({
  cluster: null,
  objects,
  also,
  container: null,
});
const pod = (name: string, namespace: string | null = 'shop') => ({ kind: 'Pod', namespace, name });
const deployment = (name: string, namespace = 'shop') => ({ kind: 'Deployment', namespace, name });

describe('found', () => {
  test.each([
    ['a pod is its Deployment', [pod('cart-7d9f8b6c5-x2x4z')], ['Deployment shop/cart']],
    ['a pod that was replaced', [pod('cart-7d9f8b6c5-aaaaa')], ['Deployment shop/cart']],
    ['a pod of an earlier template', [pod('cart-5c6b7f8d9-aaaaa')], ['Deployment shop/cart']],
    ['a pod of a StatefulSet', [pod('db-0')], ['StatefulSet shop/db']],
    [
      'the first that is there',
      [deployment('none'), pod('db-0'), deployment('cart')],
      ['StatefulSet shop/db'],
    ],
    ['a node', [{ kind: 'Node', namespace: 'monitoring', name: 'worker-1' }], ['Node worker-1']],
    ['a pod without a namespace', [pod('cart-7d9f8b6c5-x2x4z', null)], ['Deployment shop/cart']],
    [
      'an Application, with its resources that are not healthy',
      [{ kind: 'Application', namespace: 'argocd', name: 'shop' }],
      ['Application argocd/shop', 'Deployment shop/cart'],
    ],
  ])('%s', (_name, objects, expected) => {
    const found = findObjects(names(objects), state);
    expect(found.kind === 'found' && found.objects.map(describeRef)).toEqual(expected);
  });

  test('all that is named beside', () => {
    const found = findObjects(
      names([deployment('none')], [deployment('cart'), pod('db-0'), pod('db-1')]),
      state,
    );
    expect(found.kind === 'found' && found.objects.map(describeRef)).toEqual([
      'Deployment shop/cart',
      'StatefulSet shop/db',
    ]);
  });
});

describe('unknown', () => {
  test.each([
    ['nothing is named', [], 'the alert names no object'],
    ['it is not there', [deployment('none')], 'cluster prod has no Deployment shop/none'],
    [
      'its namespace is not read',
      [pod('x', 'bank')],
      'does not read Pod objects in namespace bank of cluster prod',
    ],
    [
      'its kind is not read',
      [{ kind: 'Gadget', namespace: 'shop', name: 'x' }],
      'does not read Gadget objects',
    ],
    [
      'several are called so',
      [{ kind: 'Service', namespace: null, name: 'web' }],
      'several namespaces of cluster prod have a Service web',
    ],
    ['it has another namespace', [deployment('cart', 'bank')], 'cluster prod has no Deployment bank/cart'],
    ['a pod of nothing that is there', [pod('till-7d9f8b6c5-x2x4z')], 'cluster prod has no Pod shop/till'],
  ])('%s', (_name, objects, why) => {
    const found = findObjects(names(objects), state);
    expect(found.kind === 'unknown' && found.why).toContain(why);
  });
});
