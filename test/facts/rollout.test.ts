import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { carriesCurrentTemplate, currentReplicaSet, type TemplateAge } from '../../src/facts/rollout.ts';
import { podMakersOf } from '../../src/facts/revisions.ts';
import { controlledBy, object } from '../cluster/objects.ts';

interface Fields {
  readonly metadata?: object;
  readonly status?: object;
}

function template(image: string, rest: object = {}): object {
  return {
    metadata: { labels: { app: 'cart' } },
    spec: { containers: [{ name: 'server', image, ...rest }] },
  };
}

function deployment(image: string, revision: number, fields: Fields = {}): KubernetesObject {
  const annotations = { 'deployment.kubernetes.io/revision': String(revision) };
  return object('apps/v1', 'Deployment', 'cart', {
    ...fields,
    metadata: { annotations, ...fields.metadata },
    spec: { template: template(image), selector: { matchLabels: { app: 'cart' } } },
  });
}

function replicaSet(name: string, image: string, revision: number, fields: Fields = {}): KubernetesObject {
  const annotations = { 'deployment.kubernetes.io/revision': String(revision) };
  const made = template(image) as { metadata: object };
  return object('apps/v1', 'ReplicaSet', name, {
    ...fields,
    metadata: { annotations, ...controlledBy('Deployment', 'cart'), ...fields.metadata },
    spec: {
      template: {
        ...made,
        metadata: { creationTimestamp: null, labels: { app: 'cart', 'pod-template-hash': name } },
      },
    },
  });
}

function pod(owner: object, image: string, labels: object = {}, rest: object = {}): KubernetesObject {
  return object('v1', 'Pod', 'cart-x', {
    metadata: { ...owner, labels: { app: 'cart', ...labels } },
    spec: {
      containers: [
        { name: 'server', image, ...rest },
        { name: 'injected', image: 'proxy:1' },
      ],
    },
  });
}

function ageOf(subject: KubernetesObject, ...others: readonly KubernetesObject[]): TemplateAge {
  return carriesCurrentTemplate(buildState({ name: 'prod', now: 0, objects: [subject, ...others] }), subject);
}

describe('the current ReplicaSet', () => {
  function current(...objects: readonly KubernetesObject[]): string | undefined {
    const cluster = buildState({ name: 'prod', now: 0, objects });
    return currentReplicaSet(cluster, cluster.get('Deployment', 'shop', 'cart')!)?.metadata.name;
  }

  test('is the one with the template of the Deployment, whatever its hash is', () => {
    expect(
      current(deployment('cart:2', 2), replicaSet('made-up', 'cart:2', 2), replicaSet('old', 'cart:1', 1)),
    ).toBe('made-up');
  });

  test('is the old one again after a rollback that the revisions do not show yet', () => {
    expect(
      current(deployment('cart:1', 2), replicaSet('new', 'cart:2', 2), replicaSet('old', 'cart:1', 1)),
    ).toBe('old');
  });

  test('is the one with the revision of the Deployment when the templates were recorded differently', () => {
    expect(
      current(deployment('cart:2', 2), replicaSet('new', 'cart:2-rc', 2), replicaSet('newer', 'cart:3', 3)),
    ).toBe('new');
  });

  test('does not exist while the controller has not seen the newest template', () => {
    const ahead = deployment('cart:3', 2, { metadata: { generation: 3 }, status: { observedGeneration: 2 } });
    expect(current(ahead, replicaSet('new', 'cart:2', 2))).toBeUndefined();
  });

  test('is never one of another Deployment', () => {
    expect(
      current(
        deployment('cart:2', 2),
        replicaSet('other', 'cart:2', 2, { metadata: controlledBy('Deployment', 'web') }),
      ),
    ).toBeUndefined();
  });

  test('is looked for among all, the newest revision first', () => {
    const objects = [
      replicaSet('r9', 'a', 9),
      replicaSet('r10', 'b', 10),
      replicaSet('r2', 'c', 2),
      deployment('b', 10),
    ];
    const cluster = buildState({ name: 'prod', now: 0, objects });
    expect(podMakersOf(cluster, objects[3]!).map(({ metadata }) => metadata.name)).toEqual([
      'r10',
      'r9',
      'r2',
    ]);
  });
});

describe('a pod of a Deployment', () => {
  const next = replicaSet('cart-2', 'cart:2', 2);
  const last = replicaSet('cart-1', 'cart:1', 1);

  test('of the current ReplicaSet is current', () => {
    expect(
      ageOf(pod(controlledBy('ReplicaSet', 'cart-2'), 'cart:2'), next, last, deployment('cart:2', 2)),
    ).toBe('current');
  });

  test('of an earlier ReplicaSet is outdated', () => {
    expect(
      ageOf(pod(controlledBy('ReplicaSet', 'cart-1'), 'cart:1'), next, last, deployment('cart:2', 2)),
    ).toBe('outdated');
  });

  test('is outdated as soon as the Deployment says something else', () => {
    const ahead = deployment('cart:3', 2, { metadata: { generation: 3 }, status: { observedGeneration: 2 } });
    expect(ageOf(pod(controlledBy('ReplicaSet', 'cart-2'), 'cart:2'), next, ahead)).toBe('outdated');
  });

  test('is compared with the template when no ReplicaSets were recorded', () => {
    const owner = controlledBy('ReplicaSet', 'cart-7d9');
    const hash = { 'pod-template-hash': '7d9' };
    expect(ageOf(pod(owner, 'cart:2', hash), deployment('cart:2', 2))).toBe('current');
    expect(ageOf(pod(owner, 'cart:1', hash), deployment('cart:2', 2))).toBe('outdated');
  });

  test('is unknown when neither was recorded', () => {
    expect(ageOf(pod(controlledBy('ReplicaSet', 'cart-7d9'), 'cart:2'))).toBe('unknown');
  });
});

describe('a pod of another workload', () => {
  test.each([
    ['StatefulSet', 'controller-revision-hash', { updateRevision: 'cart-2' }],
    ['Rollout', 'rollouts-pod-template-hash', { currentPodHash: 'cart-2', observedGeneration: '4' }],
  ])('of a %s carries the revision that is rolled out', (kind, label, status) => {
    const workload = object('apps/v1', kind, 'cart', {
      metadata: { generation: 4 },
      spec: { template: template('cart:2') },
      status,
    });
    expect(ageOf(pod(controlledBy(kind, 'cart'), 'cart:2', { [label]: 'cart-2' }), workload)).toBe('current');
    expect(ageOf(pod(controlledBy(kind, 'cart'), 'cart:2', { [label]: 'cart-1' }), workload)).toBe(
      'outdated',
    );
  });

  test('of a StatefulSet whose controller is behind is compared with the template', () => {
    const status = { updateRevision: 'cart-1', observedGeneration: 3 };
    const workload = object('apps/v1', 'StatefulSet', 'cart', {
      metadata: { generation: 4 },
      spec: { template: template('cart:2') },
      status,
    });
    expect(
      ageOf(
        pod(controlledBy('StatefulSet', 'cart'), 'cart:1', { 'controller-revision-hash': 'cart-1' }),
        workload,
      ),
    ).toBe('outdated');
  });

  test('of a DaemonSet carries its newest ControllerRevision', () => {
    const daemonSet = object('apps/v1', 'DaemonSet', 'cart', { spec: { template: template('cart:2') } });
    const revisions = [1, 2].map((revision) =>
      object('apps/v1', 'ControllerRevision', `cart-${revision}`, {
        revision,
        metadata: {
          ...controlledBy('DaemonSet', 'cart'),
          labels: { 'controller-revision-hash': `h${revision}` },
        },
      }),
    );
    const owner = controlledBy('DaemonSet', 'cart');
    expect(ageOf(pod(owner, 'cart:2', { 'controller-revision-hash': 'h2' }), daemonSet, ...revisions)).toBe(
      'current',
    );
    expect(ageOf(pod(owner, 'cart:2', { 'controller-revision-hash': 'h1' }), daemonSet, ...revisions)).toBe(
      'outdated',
    );
  });

  test('of a DaemonSet without revisions goes by the generation of the template', () => {
    const annotations = { 'deprecated.daemonset.template.generation': '7' };
    const daemonSet = object('apps/v1', 'DaemonSet', 'cart', {
      metadata: { annotations },
      spec: { template: template('cart:2') },
    });
    const owner = controlledBy('DaemonSet', 'cart');
    expect(ageOf(pod(owner, 'cart:2', { 'pod-template-generation': '7' }), daemonSet)).toBe('current');
    expect(ageOf(pod(owner, 'cart:2', { 'pod-template-generation': '6' }), daemonSet)).toBe('outdated');
  });

  test('of a Job is always current, of a CronJob only while the template is the same', () => {
    const job = object('batch/v1', 'Job', 'cart-1', {
      metadata: controlledBy('CronJob', 'cart'),
      spec: { template: template('cart:1') },
    });
    const cronJob = object('batch/v1', 'CronJob', 'cart', {
      spec: { jobTemplate: { spec: { template: template('cart:2') } } },
    });
    const alone = object('batch/v1', 'Job', 'cart-1', { spec: { template: template('cart:1') } });
    const owner = controlledBy('Job', 'cart-1');
    expect(ageOf(pod(owner, 'cart:1'), alone)).toBe('current');
    expect(ageOf(pod(owner, 'cart:1'), job, cronJob)).toBe('outdated');
    expect(ageOf(pod(owner, 'cart:2'), job, cronJob)).toBe('current');
    expect(ageOf(pod(owner, 'cart:1'), job)).toBe('unknown');
  });

  test('on its own is current', () => {
    expect(ageOf(pod({}, 'cart:1'))).toBe('current');
  });

  test('of a resource without a pod template is unknown', () => {
    const owner = {
      ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'build', controller: true }],
    };
    expect(ageOf(pod(owner, 'cart:1'), object('tekton.dev/v1', 'TaskRun', 'build'))).toBe('unknown');
  });
});

describe('comparing a pod with a template', () => {
  function compared(wanted: object, running: object): TemplateAge {
    const workload = object('v1', 'ReplicationController', 'cart', {
      spec: { template: template('cart:1', wanted) },
    });
    return ageOf(pod(controlledBy('ReplicationController', 'cart'), 'cart:1', {}, running), workload);
  }

  test('what admission added does not count', () => {
    expect(
      compared(
        {},
        { env: [{ name: 'POD_IP', value: 'x' }], volumeMounts: [{ name: 'token', mountPath: '/t' }] },
      ),
    ).toBe('current');
  });

  test.each([
    ['a variable', { env: [{ name: 'A', value: '1' }] }, { env: [{ name: 'A', value: '2' }] }],
    [
      'a reference',
      { envFrom: [{ configMapRef: { name: 'new' } }] },
      { envFrom: [{ configMapRef: { name: 'old' } }] },
    ],
    ['the arguments', { args: ['--new'] }, { args: ['--old'] }],
  ])('%s that differs means another template', (_what, wanted, running) => {
    expect(compared(wanted, running)).toBe('outdated');
  });

  test('equal amounts are equal, and other resources alone prove nothing: an autoscaler may have set them', () => {
    const limits = (memory: string): object => ({ resources: { limits: { memory } } });
    expect(compared(limits('1Gi'), limits('1024Mi'))).toBe('current');
    expect(compared(limits('1Gi'), limits('2Gi'))).toBe('unknown');
  });
});

describe('a pod of a Rollout that takes its template from a Deployment', () => {
  const made = {
    ownerReferences: [
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'cart-rollout', controller: true },
    ],
  };
  const maker = replicaSet('cart-rollout-7d', 'cart:1', 2, { metadata: made });

  function age(image: string, hash: string, generation: number, seen: string): TemplateAge {
    const rollout = object('argoproj.io/v1alpha1', 'Rollout', 'cart-rollout', {
      spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' } },
      status: { currentPodHash: '7d', workloadObservedGeneration: seen },
    });
    // Its revision is that of the ReplicaSet by chance: the Deployment counts its own.
    const source = deployment('cart:2', 2, { metadata: { generation } });
    const subject = pod(controlledBy('ReplicaSet', 'cart-rollout-7d'), image, {
      'rollouts-pod-template-hash': hash,
    });
    return ageOf(subject, maker, rollout, source);
  }

  test('has the age that the Rollout records', () => {
    expect(age('cart:2', '7d', 4, '4')).toBe('current');
    expect(age('cart:2', '5f', 4, '4')).toBe('outdated');
  });

  test('is compared with the Deployment while the Rollout has not seen its newest template', () => {
    expect(age('cart:1', '7d', 5, '4')).toBe('outdated');
    expect(age('cart:2', '7d', 5, '4')).toBe('current');
  });
});
