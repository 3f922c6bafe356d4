import { describe, expect, test } from 'vitest';
import { buildState, type StateInput } from '../../src/cluster/build-state.ts';
import type { ClusterState } from '../../src/model/cluster-state.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { clusterScoped, controlledBy, event, object } from './objects.ts';

const NOW = Date.parse('2026-01-31T12:00:00Z');

function stateOf(objects: readonly KubernetesObject[], rest: Partial<StateInput> = {}): ClusterState {
  return buildState({ name: 'prod', now: NOW, objects, ...rest });
}

function names(objects: readonly KubernetesObject[]): readonly string[] {
  return objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}

describe('finding objects', () => {
  test('lists are sorted by namespace and name, whatever order the objects came in', () => {
    const cluster = stateOf([
      object('v1', 'Pod', 'b'),
      object('v1', 'Pod', 'z', { metadata: { namespace: 'auth' } }),
      object('v1', 'Pod', 'a'),
    ]);
    expect(names(cluster.list('Pod'))).toEqual(['auth/z', 'shop/a', 'shop/b']);
    expect(names(cluster.list('Pod', 'shop'))).toEqual(['shop/a', 'shop/b']);
    expect(cluster.list('Pod', null)).toEqual([]);
    expect(cluster.list('Job')).toEqual([]);
    expect(cluster.kinds()).toEqual(['Pod']);
  });

  test('an object is found by name and by uid', () => {
    const pod = object('v1', 'Pod', 'a', { metadata: { uid: 'u1' } });
    const cluster = stateOf([pod]);
    expect(cluster.get('Pod', 'shop', 'a')).toBe(pod);
    expect(cluster.byUid('u1')).toBe(pod);
    expect(cluster.get('Pod', 'auth', 'a')).toBeUndefined();
    expect(cluster.byUid('u2')).toBeUndefined();
  });

  test('of an object that was recorded twice, the later version counts', () => {
    const older = object('v1', 'Pod', 'a', { metadata: { resourceVersion: '99' } });
    const newer = object('v1', 'Pod', 'a', { metadata: { resourceVersion: '100' } });
    expect(stateOf([newer, older]).list('Pod')).toEqual([newer]);
    expect(stateOf([older, newer]).list('Pod')).toEqual([newer]);
  });

  test('another group that borrows the name of a built-in kind is not taken for it', () => {
    const cluster = stateOf([
      object('serving.knative.dev/v1', 'Service', 'cart'),
      object('extensions/v1beta1', 'Deployment', 'cart'),
    ]);
    expect(cluster.get('Service', 'shop', 'cart')).toBeUndefined();
    expect(cluster.get('Service.serving.knative.dev', 'shop', 'cart')).toBeDefined();
    expect(cluster.get('Deployment', 'shop', 'cart')).toBeDefined();
  });

  test('kinds named like properties of every object are kinds like others', () => {
    const cluster = stateOf([object('example.dev/v1', 'constructor', 'x')], { recorded: {} });
    expect(cluster.list('constructor')).toHaveLength(1);
    expect(cluster.isRecorded('toString', 'shop')).toBe(false);
  });
});

describe('absent or unknown', () => {
  const cart = object('v1', 'ConfigMap', 'cart');
  const auth = object('v1', 'ConfigMap', 'auth', { metadata: { namespace: 'auth' } });

  test('an object of a kind that nobody recorded is unknown', () => {
    expect(stateOf([cart]).presence('Secret', 'shop', 'cart')).toBe('unknown');
  });

  test('one recorded object of the kind makes the others of its namespace absent', () => {
    const cluster = stateOf([cart]);
    expect(cluster.presence('ConfigMap', 'shop', 'cart')).toBe('present');
    expect(cluster.presence('ConfigMap', 'shop', 'cart-v2')).toBe('absent');
    expect(cluster.presence('ConfigMap', 'auth', 'cart')).toBe('unknown');
  });

  test('objects from two namespaces mean that the kind was recorded everywhere', () => {
    expect(stateOf([cart, auth]).isRecorded('ConfigMap', 'payments')).toBe(true);
  });

  test('an object without a namespace is not from another one', () => {
    expect(stateOf([cart, clusterScoped('v1', 'ConfigMap', 'x')]).isRecorded('ConfigMap', 'payments')).toBe(
      false,
    );
  });

  test('but not when the snapshot says what was recorded', () => {
    const cluster = stateOf([cart, auth], { recorded: { ConfigMap: ['shop'] } });
    expect(cluster.isRecorded('ConfigMap', 'shop')).toBe(true);
    expect(cluster.isRecorded('ConfigMap', 'auth')).toBe(true);
    expect(cluster.isRecorded('ConfigMap', 'payments')).toBe(false);
  });

  test('a kind that is listed as recorded is absent where there is none', () => {
    const cluster = stateOf([], { recorded: { Secret: ['shop'], StorageClass: 'all' } });
    expect(cluster.presence('Secret', 'shop', 'cart')).toBe('absent');
    expect(cluster.presence('Secret', 'auth', 'cart')).toBe('unknown');
    expect(cluster.presence('StorageClass', null, 'fast')).toBe('absent');
  });

  test('one node makes all others absent, and says nothing about kinds with namespaces', () => {
    const cluster = stateOf([clusterScoped('v1', 'Node', 'n1')]);
    expect(cluster.presence('Node', null, 'n2')).toBe('absent');
    expect(cluster.presence('Node', 'shop', 'n2')).toBe('unknown');
  });

  test('a kind whose list broke off is unknown, although some of it is there', () => {
    const cluster = stateOf([cart, auth], { incomplete: new Set(['ConfigMap']) });
    expect(cluster.presence('ConfigMap', 'shop', 'cart')).toBe('present');
    expect(cluster.presence('ConfigMap', 'shop', 'other')).toBe('unknown');
  });
});

describe('events', () => {
  const pod = object('v1', 'Pod', 'cart-1', { metadata: { uid: 'pod-uid' } });

  function eventsOf(...events: readonly KubernetesObject[]) {
    return stateOf([pod, ...events]).eventsOf(pod);
  }

  test('the oldest comes first, by the last time it was seen', () => {
    const early = event({
      reason: 'Pulling',
      firstTimestamp: '2026-01-31T11:00:00Z',
      lastTimestamp: '2026-01-31T11:00:00Z',
    });
    const late = event({
      reason: 'Failed',
      firstTimestamp: '2026-01-31T10:00:00Z',
      lastTimestamp: '2026-01-31T11:30:00Z',
    });
    expect(eventsOf(late, early).map(({ reason }) => reason)).toEqual(['Pulling', 'Failed']);
  });

  test('the older form counts with firstTimestamp, lastTimestamp and count', () => {
    const [seen] = eventsOf(
      event({
        firstTimestamp: '2026-01-31T11:00:00Z',
        lastTimestamp: '2026-01-31T11:30:00Z',
        eventTime: null,
        count: 7,
        message: 'Back-off pulling image',
        source: { component: 'kubelet' },
      }),
    );
    expect(seen).toMatchObject({
      firstSeen: Date.parse('2026-01-31T11:00:00Z'),
      lastSeen: Date.parse('2026-01-31T11:30:00Z'),
      count: 7,
      message: 'Back-off pulling image',
      reporter: 'kubelet',
      type: 'Warning',
    });
  });

  test('the newer form has an event time, then a series', () => {
    const [seen] = eventsOf(
      event({
        eventTime: '2026-01-31T11:00:00.123456Z',
        series: { count: 12, lastObservedTime: '2026-01-31T11:45:00.000000Z' },
        reportingComponent: 'default-scheduler',
      }),
    );
    expect(seen).toMatchObject({
      firstSeen: Date.parse('2026-01-31T11:00:00.123Z'),
      lastSeen: Date.parse('2026-01-31T11:45:00Z'),
      count: 12,
      reporter: 'default-scheduler',
    });
  });

  test('events.k8s.io has other names for the same fields', () => {
    const [seen] = eventsOf(
      object('events.k8s.io/v1', 'Event', 'e', {
        regarding: {
          apiVersion: 'v1',
          kind: 'Pod',
          namespace: 'shop',
          name: 'cart-1',
          fieldPath: 'spec.initContainers{migrate}',
        },
        note: 'Error: ErrImagePull',
        deprecatedCount: 3,
        deprecatedFirstTimestamp: '2026-01-31T11:00:00Z',
        deprecatedLastTimestamp: '2026-01-31T11:10:00Z',
        deprecatedSource: { component: 'kubelet' },
      }),
    );
    expect(seen).toMatchObject({
      message: 'Error: ErrImagePull',
      count: 3,
      firstSeen: Date.parse('2026-01-31T11:00:00Z'),
      lastSeen: Date.parse('2026-01-31T11:10:00Z'),
      container: 'migrate',
      reporter: 'kubelet',
      type: 'Normal',
    });
  });

  test('an event without times of its own has the time of its creation, else now', () => {
    const [created] = eventsOf(event({ metadata: { creationTimestamp: '2026-01-31T11:00:00Z' } }));
    expect(created).toMatchObject({
      firstSeen: Date.parse('2026-01-31T11:00:00Z'),
      lastSeen: Date.parse('2026-01-31T11:00:00Z'),
    });
    const [timeless] = eventsOf(event({}));
    expect(timeless).toMatchObject({ firstSeen: NOW, lastSeen: NOW, count: 1 });
  });

  test('an event of the pod that had the name before is not about this one', () => {
    const involvedObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'shop',
      name: 'cart-1',
      uid: 'another',
    };
    expect(eventsOf(event({ involvedObject }))).toEqual([]);
  });

  test('an event without a uid is matched by kind, namespace and name', () => {
    expect(eventsOf(event({}))).toHaveLength(1);
    const elsewhere = { apiVersion: 'v1', kind: 'Pod', namespace: 'auth', name: 'cart-1' };
    expect(eventsOf(event({ involvedObject: elsewhere }))).toEqual([]);
  });

  test('the kubelet gives the name of a node as its uid', () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'node-uid' } };
    const involvedObject = { kind: 'Node', name: 'n1', uid: 'n1' };
    const oom = event({ metadata: { namespace: 'default' }, involvedObject, reason: 'SystemOOM' });
    expect(stateOf([node, oom]).eventsOf(node)).toHaveLength(1);
  });

  test('an event of the future is as of now, and a clock that is far ahead is a problem', () => {
    const ahead = event({ firstTimestamp: '2026-01-31T12:20:00Z', lastTimestamp: '2026-01-31T12:30:00Z' });
    const cluster = stateOf([pod, ahead]);
    expect(cluster.eventsOf(pod)[0]).toMatchObject({ firstSeen: NOW, lastSeen: NOW });
    expect(cluster.problems).toEqual([
      { where: 'events', message: expect.stringContaining('30 minutes ahead') },
    ]);
  });

  test('a few minutes ahead are no problem', () => {
    const ahead = event({ firstTimestamp: '2026-01-31T12:04:00Z', lastTimestamp: '2026-01-31T12:04:00Z' });
    expect(stateOf([pod, ahead]).problems).toEqual([]);
  });
});

describe('owners', () => {
  const deployment = object('apps/v1', 'Deployment', 'cart', {
    metadata: { uid: 'd' },
    spec: { selector: { matchLabels: { app: 'cart' } } },
  });
  const replicaSet = object('apps/v1', 'ReplicaSet', 'cart-7d9', {
    metadata: { uid: 'rs', ...controlledBy('Deployment', 'cart', 'd') },
  });
  const pod = object('v1', 'Pod', 'cart-7d9-x', {
    metadata: {
      labels: { app: 'cart', 'pod-template-hash': '7d9' },
      ...controlledBy('ReplicaSet', 'cart-7d9', 'rs'),
    },
  });

  test('a Deployment that says its pods make it is no way round in a circle', () => {
    const circle = object('apps/v1', 'Deployment', 'cart', {
      metadata: {
        labels: { app: 'cart', 'pod-template-hash': '7d9' },
        ...controlledBy('ReplicaSet', 'cart-7d9'),
      },
      spec: { selector: { matchLabels: { app: 'cart' } } },
    });
    expect(stateOf([circle]).ownerOf(circle).ref).toMatchObject({ kind: 'ReplicaSet', name: 'cart-7d9' });
  });

  test('a pod climbs through its ReplicaSet to its Deployment', () => {
    const cluster = stateOf([pod, replicaSet, deployment]);
    const owner = cluster.ownerOf(pod);
    expect(owner.object).toBe(deployment);
    expect(owner.chain.map(({ kind }) => kind)).toEqual(['Pod', 'ReplicaSet', 'Deployment']);
    expect(cluster.podsOf(owner.ref)).toEqual([pod]);
  });

  test('an object without owners is its own', () => {
    const owner = stateOf([deployment]).ownerOf(deployment);
    expect(owner).toMatchObject({ ref: { name: 'cart' }, object: deployment, chain: [{ name: 'cart' }] });
  });

  test('the managing controller comes before other owners', () => {
    const ownerReferences = [
      { apiVersion: 'example.dev/v1', kind: 'Bundle', name: 'b' },
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'cart-7d9', controller: true },
    ];
    const owned = object('v1', 'Pod', 'p', { metadata: { ownerReferences } });
    expect(stateOf([owned, replicaSet, deployment]).ownerOf(owned).object).toBe(deployment);
  });

  test('an owner that was not recorded ends the chain by its name', () => {
    const owned = object('apps/v1', 'Deployment', 'db', {
      metadata: {
        ownerReferences: [{ apiVersion: 'db.example/v1', kind: 'Database', name: 'main', controller: true }],
      },
    });
    expect(stateOf([owned]).ownerOf(owned)).toMatchObject({
      ref: { apiVersion: 'db.example/v1', kind: 'Database', namespace: 'shop', name: 'main' },
      object: undefined,
    });
  });

  test('an object of the same name with another uid is not the owner', () => {
    const recreated = object('apps/v1', 'ReplicaSet', 'cart-7d9', { metadata: { uid: 'new' } });
    expect(stateOf([pod, recreated]).ownerOf(pod).object).toBeUndefined();
  });

  test('a Rollout that refers to a Deployment hands on to it', () => {
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' };
    const rollout = object('argoproj.io/v1alpha1', 'Rollout', 'cart-rollout', {
      spec: { workloadRef: reference },
    });
    const ownerReferences = [
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'cart-rollout', controller: true },
    ];
    const made = object('apps/v1', 'ReplicaSet', 'cart-7d9', { metadata: { uid: 'rs', ownerReferences } });
    const cluster = stateOf([pod, made, rollout, deployment]);
    expect(cluster.ownerOf(pod).object).toBe(deployment);
    expect(cluster.ownerOf(pod).chain.map(({ kind }) => kind)).toEqual([
      'Pod',
      'ReplicaSet',
      'Rollout',
      'Deployment',
    ]);
    expect(stateOf([pod, made, rollout]).ownerOf(pod).object).toBe(rollout);
  });

  test.each([
    ['has its own template', { template: {} }],
    ['refers to a PodTemplate', { workloadRef: { apiVersion: 'v1', kind: 'PodTemplate', name: 'cart' } }],
    [
      'refers to a kind that borrows the name',
      { workloadRef: { apiVersion: 'example.dev/v1', kind: 'Deployment', name: 'cart' } },
    ],
    ['refers to nonsense', { workloadRef: ['cart'] }],
  ])('a Rollout is the top where it %s', (_why, spec) => {
    const rollout = object('argoproj.io/v1alpha1', 'Rollout', 'cart', { spec });
    expect(stateOf([rollout, deployment]).ownerOf(rollout).object).toBe(rollout);
  });

  test.each([
    ['the Canary of its copy', 'flagger.app/v1beta1', 'Canary'],
    ['an Application that keeps things together', 'app.k8s.io/v1beta1', 'Application'],
  ])('a Deployment is the top below %s', (_what, apiVersion, kind) => {
    const ownerReferences = [{ apiVersion, kind, name: 'shop', controller: true }];
    const copy = object('apps/v1', 'Deployment', 'cart-primary', { metadata: { ownerReferences } });
    const cluster = stateOf([copy, object(apiVersion, kind, 'shop')]);
    expect(cluster.ownerOf(copy).object).toBe(copy);
  });

  test('owners that own each other end the climb', () => {
    const a = object('example.dev/v1', 'Thing', 'a', {
      metadata: { ownerReferences: [{ apiVersion: 'example.dev/v1', kind: 'Thing', name: 'b' }] },
    });
    const b = object('example.dev/v1', 'Thing', 'b', {
      metadata: { ownerReferences: [{ apiVersion: 'example.dev/v1', kind: 'Thing', name: 'a' }] },
    });
    expect(stateOf([a, b]).ownerOf(a).ref.name).toBe('b');
  });

  test('a static pod belongs to itself, not to its node', () => {
    const owned = object('v1', 'Pod', 'etcd-n1', {
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', controller: true }] },
    });
    expect(stateOf([owned, clusterScoped('v1', 'Node', 'n1')]).ownerOf(owned).object).toBe(owned);
  });

  test('without ReplicaSets, name, hash and selector together tell the Deployment', () => {
    const owner = stateOf([pod, deployment]).ownerOf(pod);
    expect(owner.object).toBe(deployment);
    expect(owner.chain.map(({ kind }) => kind)).toEqual(['Pod', 'ReplicaSet', 'Deployment']);
  });

  test.each([
    ['the selector does not match', { app: 'other', 'pod-template-hash': '7d9' }],
    ['the hash is another', { app: 'cart', 'pod-template-hash': '5f6' }],
    ['there is no hash', { app: 'cart' }],
  ])('a Deployment is not guessed when %s', (_why, labels) => {
    const stray = object('v1', 'Pod', 'cart-7d9-x', {
      metadata: { labels, ...controlledBy('ReplicaSet', 'cart-7d9') },
    });
    expect(stateOf([stray, deployment]).ownerOf(stray)).toMatchObject({
      ref: { kind: 'ReplicaSet' },
      object: undefined,
    });
  });

  test('a Deployment is not guessed when the ReplicaSet is known to be gone', () => {
    const other = object('apps/v1', 'ReplicaSet', 'other');
    expect(stateOf([pod, deployment, other]).ownerOf(pod)).toMatchObject({
      ref: { kind: 'ReplicaSet' },
      object: undefined,
    });
  });

  test('a Job that was not recorded is not taken for one of a CronJob', () => {
    const owned = object('v1', 'Pod', 'backup-28-x', { metadata: controlledBy('Job', 'backup-28') });
    const owner = stateOf([owned, object('batch/v1', 'CronJob', 'backup')]).ownerOf(owned);
    expect(owner).toMatchObject({ ref: { kind: 'Job', name: 'backup-28' }, object: undefined });
  });

  test('owner references that are none are passed over', () => {
    const owned = object('v1', 'Pod', 'p', {
      metadata: { ownerReferences: [null, 'x', { kind: 'ReplicaSet' }] },
    });
    expect(stateOf([owned]).ownerOf(owned).object).toBe(owned);
    const odd = object('v1', 'Pod', 'q', { metadata: { ownerReferences: 'x' } });
    expect(stateOf([odd]).ownerOf(odd).object).toBe(odd);
  });
});
