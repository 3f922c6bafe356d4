import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { describeRef, refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import { liveObject, redirect, redirectAll } from '../../src/sources/managed.ts';
import { managedBy } from '../../src/sources/managers.ts';
import { object } from '../cluster/objects.ts';
import { changeOf } from '../../src/model/change.ts';

const CONTAINERS = 'spec.template.spec.containers';
const MEMORY = `${CONTAINERS}[name=server].resources.limits.memory`;
const IMAGE = `${CONTAINERS}[name=server].image`;

function clusterOf(...objects: readonly KubernetesObject[]) {
  return buildState({ name: 'prod', now: 0, objects });
}

function owners(...owned: readonly (readonly [apiVersion: string, kind: string, name: string])[]): object {
  return {
    ownerReferences: owned.map(([apiVersion, kind, name]) => ({ apiVersion, kind, name, controller: true })),
  };
}

function podTemplate(container: string, memory: string, image = 'shop/cart:1.0'): object {
  return { spec: { containers: [{ name: container, image, resources: { limits: { memory } } }] } };
}

function workload(kind: string, name: string, metadata: object = {}, memory = '512Mi', container = 'server') {
  const apiVersion = kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1';
  return object(apiVersion, kind, name, { metadata, spec: { template: podTemplate(container, memory) } });
}

/** Where a field of the first object is to be changed: `same`, `<object> <field>`, or the reason against it. */
function outcome(field: string, subject: KubernetesObject, ...others: readonly KubernetesObject[]): string {
  const to = redirect(refOf(subject), field, clusterOf(subject, ...others));
  if (to.kind === 'instead') return `${describeRef(to.object)} ${to.field}`;
  if (to.kind === 'same') return 'same';
  expect(to.code).toBe('managed');
  return `declined: ${to.reason}`;
}

interface Row {
  readonly name: string;
  readonly field: string;
  readonly objects: readonly [KubernetesObject, ...KubernetesObject[]];
  readonly expected: string;
}

const CANARY = ['flagger.app/v1beta1', 'Canary', 'shop'] as const;
const PROMETHEUS = ['monitoring.coreos.com/v1', 'Prometheus', 'main'] as const;
const REVISION = ['serving.knative.dev/v1', 'Revision', 'cart-2'] as const;
const MAIN_MEMORY = `${CONTAINERS}[name=prometheus].resources.limits.memory`;

const primary = workload('Deployment', 'cart-primary', owners(CANARY));
const ofPrometheus = workload('StatefulSet', 'prometheus-main', owners(PROMETHEUS), '2Gi', 'prometheus');

function prometheus(spec: object, kind = 'Prometheus'): KubernetesObject {
  return object('monitoring.coreos.com/v1', kind, 'main', { spec });
}

function knative(latest: string): readonly KubernetesObject[] {
  const group = 'serving.knative.dev/v1';
  return [
    object(group, 'Revision', 'cart-2', { metadata: owners([group, 'Configuration', 'cart']) }),
    object(group, 'Configuration', 'cart', { metadata: owners([group, 'Service', 'cart']) }),
    object(group, 'Service', 'cart', {
      spec: { template: podTemplate('server', '512Mi') },
      status: { latestCreatedRevisionName: latest },
    }),
    object('v1', 'Service', 'cart', { spec: { type: 'ExternalName' } }),
  ];
}

const KEDA = ['keda.sh/v1alpha1', 'ScaledObject', 'cart'] as const;
const BEHAVIOR = { scaleDown: { stabilizationWindowSeconds: 60 } };
const ofKeda = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'keda-hpa-cart', {
  metadata: owners(KEDA),
  spec: { maxReplicas: 8, minReplicas: 2, behavior: BEHAVIOR, scaleTargetRef: { name: 'cart' } },
});

function scaledObject(spec: object): KubernetesObject {
  return object('keda.sh/v1alpha1', 'ScaledObject', 'cart', { spec });
}

function rollout(kind: string, apiVersion = 'apps/v1'): KubernetesObject {
  return object('argoproj.io/v1alpha1', 'Rollout', 'cart-rollout', {
    spec: { replicas: 3, workloadRef: { apiVersion, kind, name: 'cart' } },
  });
}

const climbs: readonly Row[] = [
  {
    name: 'a primary copy to the Deployment that Flagger promotes',
    field: MEMORY,
    objects: [primary, workload('Deployment', 'cart')],
    expected: `Deployment shop/cart ${MEMORY}`,
  },
  {
    name: 'a primary DaemonSet likewise',
    field: IMAGE,
    objects: [workload('DaemonSet', 'agent-primary', owners(CANARY)), workload('DaemonSet', 'agent')],
    expected: `DaemonSet shop/agent ${IMAGE}`,
  },
  {
    name: 'a primary copy that lost its owner, by the Service that Flagger made for it',
    field: MEMORY,
    objects: [
      workload('Deployment', 'cart-primary'),
      workload('Deployment', 'cart'),
      object('v1', 'Service', 'cart-primary', { metadata: owners(CANARY) }),
    ],
    expected: `Deployment shop/cart ${MEMORY}`,
  },
  {
    name: 'a field that neither copy nor target has: it is to be added to the target',
    field: `${CONTAINERS}[name=server].resources.requests.memory`,
    objects: [primary, workload('Deployment', 'cart')],
    expected: `Deployment shop/cart ${CONTAINERS}[name=server].resources.requests.memory`,
  },
  {
    name: 'the template of a Rollout to the Deployment that it refers to',
    field: MEMORY,
    objects: [rollout('Deployment'), workload('Deployment', 'cart')],
    expected: `Deployment shop/cart ${MEMORY}`,
  },
  {
    name: 'the resources of Prometheus to its custom resource',
    field: MAIN_MEMORY,
    objects: [ofPrometheus, prometheus({ resources: { limits: { memory: '2Gi' } } })],
    expected: 'Prometheus shop/main spec.resources.limits.memory',
  },
  {
    name: 'the image of Alertmanager likewise',
    field: `${CONTAINERS}[name=alertmanager].image`,
    objects: [
      workload(
        'StatefulSet',
        'alertmanager-main',
        owners(['monitoring.coreos.com/v1', 'Alertmanager', 'main']),
        '1Gi',
        'alertmanager',
      ),
      prometheus({ image: 'shop/cart:1.0' }, 'Alertmanager'),
    ],
    expected: 'Alertmanager shop/main spec.image',
  },
  {
    name: 'the latest revision to its Knative Service',
    field: MEMORY,
    objects: [workload('Deployment', 'cart-2-deployment', owners(REVISION)), ...knative('cart-2')],
    expected: `Service shop/cart ${MEMORY}`,
  },
  {
    name: 'the maximum of an autoscaler to its ScaledObject',
    field: 'spec.maxReplicas',
    objects: [ofKeda, scaledObject({ maxReplicaCount: 8 })],
    expected: 'ScaledObject shop/cart spec.maxReplicaCount',
  },
  {
    name: 'its behavior to the place that KEDA has for it',
    field: 'spec.behavior.scaleDown.stabilizationWindowSeconds',
    objects: [ofKeda, scaledObject({ advanced: { horizontalPodAutoscalerConfig: { behavior: BEHAVIOR } } })],
    expected:
      'ScaledObject shop/cart spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds',
  },
];

const HELM_RELEASE = {
  annotations: { 'meta.helm.sh/release-name': 'traefik', 'meta.helm.sh/release-namespace': 'shop' },
};

function helmJob(target: string): KubernetesObject {
  const env = [{ name: 'TARGET_NAMESPACE', value: target }];
  return object('batch/v1', 'Job', 'helm-install-traefik', {
    metadata: { namespace: 'kube-system', labels: { 'helmcharts.helm.cattle.io/chart': 'traefik' } },
    spec: { template: { spec: { containers: [{ name: 'helm', env }] } } },
  });
}

const declines: readonly Row[] = [
  {
    name: 'what Flagger has not promoted yet',
    field: MEMORY,
    objects: [primary, workload('Deployment', 'cart', {}, '768Mi')],
    expected: 'Deployment shop/cart, from which it is copied, has another value',
  },
  {
    name: 'a copy whose target was not recorded',
    field: MEMORY,
    objects: [primary],
    expected: 'Canary shop/shop: it is copied from Deployment shop/cart, which was not recorded',
  },
  {
    name: 'a copy whose target an operator makes',
    field: MEMORY,
    objects: [primary, workload('Deployment', 'cart', owners(['example.dev/v1', 'Shop', 'main']))],
    expected: 'Deployment shop/cart is written by Shop shop/main',
  },
  {
    name: 'an autoscaler that Flagger copied',
    field: 'spec.maxReplicas',
    objects: [
      object('autoscaling/v2', 'HorizontalPodAutoscaler', 'cart-primary', {
        metadata: owners(CANARY),
        spec: { maxReplicas: 4 },
      }),
    ],
    expected: 'written by Canary shop/shop',
  },
  {
    name: 'the template of a Rollout that refers to something else',
    field: MEMORY,
    objects: [rollout('PodTemplate', 'v1')],
    expected: 'PodTemplate shop/cart: its template is taken from there',
  },
  {
    name: 'a Deployment of an unknown custom resource, with the same value somewhere in it',
    field: IMAGE,
    objects: [
      workload('Deployment', 'db', owners(['db.example/v1', 'Database', 'main'])),
      object('db.example/v1', 'Database', 'main', { spec: { image: 'shop/cart:1.0' } }),
    ],
    expected: 'Deployment shop/db is written by Database shop/main',
  },
  {
    name: 'a custom resource that was not recorded, by its name',
    field: MEMORY,
    objects: [workload('StatefulSet', 'events', owners(['kafka.strimzi.io/v1beta2', 'Kafka', 'events']))],
    expected: 'written by Kafka shop/events',
  },
  {
    name: 'what lies several owners below its custom resource',
    field: MEMORY,
    objects: [
      workload('StatefulSet', 'pool', owners(['core.strimzi.io/v1beta2', 'StrimziPodSet', 'pool'])),
      object('core.strimzi.io/v1beta2', 'StrimziPodSet', 'pool', {
        metadata: owners(['kafka.strimzi.io/v1beta2', 'Kafka', 'events']),
      }),
      object('kafka.strimzi.io/v1beta2', 'Kafka', 'events'),
    ],
    expected: 'written by Kafka shop/events',
  },
  {
    name: 'a value that Prometheus has by default, not by its custom resource',
    field: MAIN_MEMORY,
    objects: [ofPrometheus, prometheus({})],
    expected: 'written by Prometheus shop/main',
  },
  {
    name: 'a container of Prometheus that its custom resource overrules',
    field: MAIN_MEMORY,
    objects: [
      ofPrometheus,
      prometheus({ resources: { limits: { memory: '2Gi' } }, containers: [{ name: 'prometheus' }] }),
    ],
    expected: 'written by Prometheus shop/main',
  },
  {
    name: 'another container of Prometheus',
    field: `${CONTAINERS}[name=config-reloader].image`,
    objects: [ofPrometheus, prometheus({ image: 'shop/cart:1.0' })],
    expected: 'written by Prometheus shop/main',
  },
  {
    name: 'a kind that borrows the name of Prometheus',
    field: MAIN_MEMORY,
    objects: [
      workload(
        'StatefulSet',
        'prometheus-main',
        owners(['example.dev/v1', 'Prometheus', 'main']),
        '2Gi',
        'prometheus',
      ),
      object('example.dev/v1', 'Prometheus', 'main', { spec: { resources: { limits: { memory: '2Gi' } } } }),
    ],
    expected: 'written by Prometheus shop/main',
  },
  {
    name: 'an earlier revision of a Knative Service',
    field: MEMORY,
    objects: [workload('Deployment', 'cart-2-deployment', owners(REVISION)), ...knative('cart-3')],
    expected: 'written by Service shop/cart',
  },
  {
    name: 'a Knative image that was resolved to its digest',
    field: IMAGE,
    objects: [
      object('apps/v1', 'Deployment', 'cart-2-deployment', {
        metadata: owners(REVISION),
        spec: { template: podTemplate('server', '512Mi', 'shop/cart@sha256:ab') },
      }),
      ...knative('cart-2'),
    ],
    expected: 'written by Service shop/cart',
  },
  {
    name: 'a maximum that the ScaledObject leaves to KEDA',
    field: 'spec.maxReplicas',
    objects: [ofKeda, scaledObject({})],
    expected: 'written by ScaledObject shop/cart',
  },
  {
    name: 'a metric that KEDA makes of a trigger',
    field: 'spec.metrics[0].external.target.averageValue',
    objects: [ofKeda, scaledObject({ maxReplicaCount: 8 })],
    expected: 'written by ScaledObject shop/cart',
  },
  {
    name: 'what OLM installs',
    field: MEMORY,
    objects: [
      workload(
        'Deployment',
        'op',
        owners(['operators.coreos.com/v1alpha1', 'ClusterServiceVersion', 'op.v1']),
      ),
    ],
    expected: 'written by ClusterServiceVersion shop/op.v1: OLM',
  },
  {
    name: 'what OLM only labels',
    field: MEMORY,
    objects: [
      workload('Deployment', 'op', {
        labels: {
          'olm.owner': 'op.v1',
          'olm.owner.kind': 'ClusterServiceVersion',
          'olm.owner.namespace': 'operators',
        },
      }),
    ],
    expected: 'written by ClusterServiceVersion operators/op.v1: OLM',
  },
  {
    name: 'a database of the Zalando operator, which owns nothing',
    field: MEMORY,
    objects: [
      workload('StatefulSet', 'users', { labels: { application: 'spilo', 'cluster-name': 'users' } }),
    ],
    expected: 'written by postgresql shop/users',
  },
  {
    name: 'a release of a HelmChart',
    field: MEMORY,
    objects: [workload('Deployment', 'traefik', HELM_RELEASE), helmJob('shop')],
    expected: 'written by HelmChart kube-system/traefik',
  },
];

const stays: readonly Row[] = [
  { name: 'a Deployment', field: MEMORY, objects: [workload('Deployment', 'cart')], expected: 'same' },
  { name: 'a Rollout', field: MEMORY, objects: [workload('Rollout', 'cart')], expected: 'same' },
  {
    name: 'the replicas of a Rollout without a template',
    field: 'spec.replicas',
    objects: [rollout('Deployment'), workload('Deployment', 'cart')],
    expected: 'same',
  },
  {
    name: 'a database called primary, without Flagger',
    field: MEMORY,
    objects: [
      workload('Deployment', 'db-primary'),
      workload('Deployment', 'db'),
      object('v1', 'Service', 'db-primary'),
    ],
    expected: 'same',
  },
  {
    name: 'the target of a canary',
    field: MEMORY,
    objects: [workload('Deployment', 'cart'), primary],
    expected: 'same',
  },
  {
    name: 'a custom resource, whose manifest is edited',
    field: 'spec.resources.limits.memory',
    objects: [prometheus({ resources: { limits: { memory: '2Gi' } } })],
    expected: 'same',
  },
  {
    name: 'an autoscaler of a person',
    field: 'spec.maxReplicas',
    objects: [object('autoscaling/v2', 'HorizontalPodAutoscaler', 'cart', { spec: { maxReplicas: 8 } })],
    expected: 'same',
  },
  {
    name: 'what an Application only keeps together',
    field: MEMORY,
    objects: [workload('Deployment', 'cart', owners(['app.k8s.io/v1beta1', 'Application', 'shop']))],
    expected: 'same',
  },
  {
    name: 'what is to be deleted together with a ConfigMap',
    field: MEMORY,
    objects: [workload('Deployment', 'cart', owners(['v1', 'ConfigMap', 'anchor']))],
    expected: 'same',
  },
  {
    name: 'a release of Helm without a HelmChart',
    field: MEMORY,
    objects: [workload('Deployment', 'traefik', HELM_RELEASE)],
    expected: 'same',
  },
  {
    name: 'a release that only has the name of a HelmChart',
    field: MEMORY,
    objects: [workload('Deployment', 'traefik', HELM_RELEASE), helmJob('kube-system')],
    expected: 'same',
  },
  {
    name: 'a StatefulSet with a cluster name of its own',
    field: MEMORY,
    objects: [workload('StatefulSet', 'users', { labels: { 'cluster-name': 'users' } })],
    expected: 'same',
  },
];

describe('a field is changed instead of', () => {
  test.each(climbs)('$name', ({ field, objects, expected }) => {
    expect(outcome(field, ...objects)).toBe(expected);
  });
});

describe('declined, naming the writer:', () => {
  test.each(declines)('$name', ({ field, objects, expected }) => {
    const said = outcome(field, ...objects);
    expect(said).toMatch(/^declined: /);
    expect(said).toContain(expected);
  });
});

describe('a field stays where it is:', () => {
  test.each(stays)('$name', ({ field, objects, expected }) => {
    expect(outcome(field, ...objects)).toBe(expected);
    const change = changeOf(refOf(objects[0]), field, 1, 2);
    expect(redirectAll([change], clusterOf(...objects))).toEqual([change]);
  });

  test('of an object that was not recorded', () => {
    expect(redirect(refOf(primary), MEMORY, clusterOf())).toEqual({ kind: 'same' });
  });
});

describe('several changes of one fix', () => {
  const wanted = (...fields: readonly string[]) =>
    fields.map((field) => changeOf(refOf(rollout('Deployment')), field, 1, 2));

  test('go to the other object together, with their values', () => {
    const cluster = clusterOf(rollout('Deployment'), workload('Deployment', 'cart'));
    const cart = refOf(workload('Deployment', 'cart'));
    expect(redirectAll(wanted(MEMORY, IMAGE), cluster)).toEqual([
      changeOf(cart, MEMORY, 1, 2),
      changeOf(cart, IMAGE, 1, 2),
    ]);
  });

  test('are declined when only some of them would', () => {
    const cluster = clusterOf(rollout('Deployment'), workload('Deployment', 'cart'));
    expect(redirectAll(wanted(MEMORY, 'spec.replicas'), cluster)).toMatchObject({
      kind: 'declined',
      code: 'managed',
      candidates: ['Deployment shop/cart', 'Rollout shop/cart-rollout'],
    });
  });

  test('are declined when one is', () => {
    const cluster = clusterOf(ofPrometheus, prometheus({ resources: { limits: { memory: '2Gi' } } }));
    const object = refOf(ofPrometheus);
    const fields = [MAIN_MEMORY, 'spec.replicas'].map((field) => changeOf(object, field, 1, 2));
    expect(redirectAll(fields, cluster)).toMatchObject({ kind: 'declined', code: 'managed' });
  });

  test('of none are none', () => {
    expect(redirectAll([], clusterOf())).toEqual([]);
  });
});

test('a Knative Service is not the Service of the same name', () => {
  const objects = knative('cart-2');
  const cluster = clusterOf(...objects);
  expect(liveObject(refOf(objects[2]!), cluster)).toBe(objects[2]);
  expect(liveObject(refOf(objects[3]!), cluster)).toBe(objects[3]);
  expect(liveObject({ ...refOf(objects[3]!), apiVersion: 'example.dev/v1' }, cluster)).toBeUndefined();
});

test('owners that own each other end the search', () => {
  const a = workload('Deployment', 'a', owners(['example.dev/v1', 'Thing', 'b']));
  const b = object('example.dev/v1', 'Thing', 'b', { metadata: owners(['apps/v1', 'Deployment', 'a']) });
  expect(managedBy(a, clusterOf(a, b))).toMatchObject({ kind: 'custom-resource', ref: { name: 'b' } });
});
