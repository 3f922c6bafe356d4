/* oxlint-disable vitest/expect-expect -- fires and silent assert */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { Container, PodSpec } from '../../src/kubernetes/workloads.ts';
import { imagePull } from '../../src/rules/image-pull.ts';
import type { FieldVersion } from '../../src/model/need.ts';
import {
  deployment,
  event,
  node,
  object,
  pod,
  readyPods,
  replicaSet,
  running,
  waiting,
  workload,
  type Details,
  type PodDetails,
} from './objects.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { answer, findingsOf, fires, silent, type Expected, type Situation } from './rule-tester.ts';

const GOOD = 'registry.acme.example/shop/cart:2.14.3';
const BAD = 'registry.acme.example/shop/cart:2.15.1';
const PINNED = `registry.acme.example/shop/cart:2.14.3@sha256:${'a1'.repeat(32)}`;
const FIELD = 'spec.template.spec.containers[name=server].image';
const BAD_FOR_HOURS = '2026-03-02T10:00:00Z';

function server(image: string, fields: Partial<PodSpec> = {}): PodSpec {
  return { containers: [{ name: 'server', image }], ...fields };
}

function notFound(image: string): string {
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
}

function backingOff(image: string, error: string): string {
  return `Back-off pulling image "${image}": ErrImagePull: ${error}`;
}

/** A pod whose container `server` waits for its image, with the two events of `attempts` failed pulls. */
function failing(
  owner: KubernetesObject | null,
  error: string,
  details: PodDetails & { attempts?: number } = {},
): KubernetesObject[] {
  const { attempts = 9, ...rest } = details;
  const spec = details.podSpec ?? specOf(owner);
  const container = spec.containers![0]!;
  const image = container.image!;
  const status = waiting(container, 'ImagePullBackOff', backingOff(image, error));
  const made = pod(owner, 'new', { made: BAD_FOR_HOURS, containers: [status], ...rest });
  return [made, ...pullEvents(made, container, error, attempts)];
}

function pullEvents(
  about: KubernetesObject,
  container: Pick<Container, 'name' | 'image'>,
  error: string,
  count: number,
): KubernetesObject[] {
  const base = { container: container.name, count, first: BAD_FOR_HOURS, last: '2026-03-02T11:55:00Z' };
  return [
    event(about, {
      ...base,
      reason: 'Failed',
      message: `Failed to pull image "${container.image}": ${error}`,
    }),
    event(about, { ...base, reason: 'Failed', message: 'Error: ErrImagePull' }),
  ];
}

function specOf(owner: KubernetesObject | null): PodSpec {
  const spec = owner?.['spec'] as {
    template?: { spec: PodSpec };
    jobTemplate?: { spec: { template: { spec: PodSpec } } };
  };
  return (spec.template ?? spec.jobTemplate!.spec.template).spec;
}

/** A Deployment `cart` whose rollout to `bad` is stuck while the ReplicaSet of `good` has `ready` pods. */
function stuckRollout(
  options: {
    bad?: string;
    good?: string;
    ready?: number;
    error?: string;
    attempts?: number;
    pods?: boolean;
  } = {},
) {
  const { bad = BAD, good = GOOD, ready = 3, error = notFound(bad), attempts = 9, pods = true } = options;
  const cart = deployment('cart', server(bad));
  const before = replicaSet(cart, 'aaa', server(good), { revision: 1, ready, replicas: ready });
  const now = replicaSet(cart, 'bbb', server(bad), { revision: 2, replicas: 1 });
  return [cart, before, now, ...(pods ? readyPods(before, ready) : []), ...failing(now, error, { attempts })];
}

/** A Ready pod of another workload with another image of the same repository. */
function neighbour(namespace = 'shop', image = GOOD): readonly KubernetesObject[] {
  const other = workload('StatefulSet', 'importer', server(image), { namespace });
  return [other, ...readyPods(other, 1)];
}

/** What git says about the image, newest first: `[value, when it was committed]`. */
function history(...versions: readonly (readonly [string | undefined, string])[]) {
  return historyOf(FIELD, ...versions);
}

function historyOf(field: string, ...versions: readonly (readonly [string | undefined, string])[]) {
  const answers = versions.map(([value, at], index): FieldVersion => {
    const sha = String(index).repeat(40);
    return {
      value,
      commit: {
        sha,
        author: 'Mira Holm',
        email: 'mira@acme.example',
        at: Date.parse(at),
        subject: 'Release',
      },
    };
  });
  return [answer('field-history', { field }, answers)];
}

const OLD_HISTORY = history([BAD, '2026-03-02T09:50:00Z'], [GOOD, '2026-02-01T09:00:00Z']);

interface Case extends Situation {
  readonly name: string;
  readonly expected: Expected;
}

const RESTORED: Expected = {
  cause: 'tag-not-found',
  verdict: 'fix',
  object: 'Deployment shop/cart',
  container: 'server',
  changes: [[FIELD, BAD, GOOD]],
  confidence: [0.95, 1],
};

const REPAIRED: readonly Case[] = [
  {
    name: 'to what the old ReplicaSet has Ready',
    objects: stuckRollout(),
    answers: OLD_HISTORY,
    expected: {
      ...RESTORED,
      says: [notFound(BAD), '3 of 3 pods Ready', 'Mira Holm', 'commit 00000000', '2026-03-02 09:50 UTC'],
      occurrences: 9,
    },
  },
  { name: 'without git', objects: stuckRollout(), expected: { ...RESTORED, neverSays: ['commit'] } },
  {
    name: 'with the pods of the old ReplicaSet not recorded',
    objects: stuckRollout({ pods: false }),
    expected: RESTORED,
  },
  {
    name: 'whole, digest included',
    objects: stuckRollout({ good: PINNED }),
    expected: { ...RESTORED, changes: [[FIELD, BAD, PINNED]] },
  },
  {
    name: 'from a digest that does not exist',
    objects: stuckRollout({ bad: PINNED.replaceAll('a1', 'b2'), good: PINNED }),
    expected: {
      ...RESTORED,
      cause: 'digest-not-found',
      changes: [[FIELD, PINNED.replaceAll('a1', 'b2'), PINNED]],
    },
  },
  {
    name: 'to the newest of two old ReplicaSets with ready pods',
    objects: (() => {
      const cart = deployment('cart', server(BAD));
      const older = replicaSet(cart, 'aaa', server(`${GOOD}-rc`), { revision: 4, ready: 1 });
      const old = replicaSet(cart, 'bbb', server(GOOD), { revision: 11, ready: 2 });
      const now = replicaSet(cart, 'ccc', server(BAD), { revision: 12, replicas: 1 });
      return [cart, older, old, now, ...failing(now, notFound(BAD))];
    })(),
    expected: RESTORED,
  },
  {
    name: 'when kubelet and Docker Hub write the name in full and the manifest does not',
    objects: stuckRollout({
      bad: 'nginx:1.99.9-nope',
      good: 'nginx:1.27.4',
      error: notFound('docker.io/library/nginx:1.99.9-nope'),
    }),
    expected: { ...RESTORED, changes: [[FIELD, 'nginx:1.99.9-nope', 'nginx:1.27.4']] },
  },
  {
    name: 'in an Argo Rollout',
    objects: (() => {
      const cart = workload('Rollout', 'cart', server(BAD));
      const before = replicaSet(cart, 'aaa', server(GOOD), { revision: 1, ready: 2 });
      const now = replicaSet(cart, 'bbb', server(BAD), { revision: 2, replicas: 1 });
      return [cart, before, now, ...failing(now, notFound(BAD))];
    })(),
    expected: { ...RESTORED, object: 'Rollout shop/cart' },
  },
  {
    name: 'in a StatefulSet, by its pods that are still Ready with the former image',
    objects: (() => {
      const cart = workload('StatefulSet', 'cart', server(BAD), { status: { updateRevision: 'cart-2' } });
      const old = readyPods(cart, 2, {
        podSpec: server(GOOD),
        containers: [running({ name: 'server', image: GOOD })],
      });
      return [cart, ...old, ...failing(cart, notFound(BAD))];
    })(),
    expected: { ...RESTORED, object: 'StatefulSet shop/cart' },
  },
  {
    name: 'in a DaemonSet, from its ControllerRevision rather than from what a mirror made of it in the pod',
    objects: (() => {
      const cart = workload('DaemonSet', 'cart', server(BAD));
      const revision = (name: string, image: string, number: number) =>
        object(
          'apps/v1',
          'ControllerRevision',
          `cart-${name}`,
          { data: { spec: { template: { spec: server(image) } } }, revision: number },
          { owner: cart },
        );
      const mirrored = server(GOOD.replace('registry', 'mirror'));
      const old = readyPods(cart, 2, { podSpec: mirrored, labels: { 'controller-revision-hash': 'aaa' } });
      return [
        cart,
        revision('aaa', GOOD, 1),
        revision('bbb', BAD, 2),
        ...old,
        ...neighbour(),
        ...failing(cart, notFound(BAD)),
      ];
    })(),
    expected: { ...RESTORED, object: 'DaemonSet shop/cart' },
  },
  {
    name: 'in a CronJob, to what its last Job completed with',
    objects: (() => {
      const cron = workload('CronJob', 'report', server(BAD));
      const done = workload('Job', 'report-1', server(GOOD), {
        owner: cron,
        status: { succeeded: 1, completionTime: '2026-03-01T03:02:00Z' },
      });
      const stuck = workload('Job', 'report-2', server(BAD), { owner: cron });
      return [cron, done, stuck, ...failing(stuck, notFound(BAD))];
    })(),
    expected: {
      ...RESTORED,
      object: 'CronJob shop/report',
      changes: [['spec.jobTemplate.spec.template.spec.containers[name=server].image', BAD, GOOD]],
    },
  },
  {
    name: 'in an init container, and in no other',
    objects: (() => {
      const init = (image: string): PodSpec => ({
        initContainers: [{ name: 'migrate', image }],
        containers: [{ name: 'server', image: 'registry.acme.example/shop/web:1' }],
      });
      const cart = deployment('cart', init(BAD));
      const before = replicaSet(cart, 'aaa', init(GOOD), { revision: 1, ready: 1 });
      const now = replicaSet(cart, 'bbb', init(BAD), { revision: 2, replicas: 1 });
      const stuck = pod(now, 'new', {
        made: BAD_FOR_HOURS,
        initContainers: [
          waiting({ name: 'migrate', image: BAD }, 'ImagePullBackOff', backingOff(BAD, notFound(BAD))),
        ],
        containers: [waiting({ name: 'server', image: 'web:1' }, 'PodInitializing')],
      });
      return [cart, before, now, stuck];
    })(),
    expected: {
      ...RESTORED,
      container: 'migrate',
      changes: [['spec.template.spec.initContainers[name=migrate].image', BAD, GOOD]],
    },
  },
  {
    name: 'when the message is left in the events only',
    objects: (() => {
      const [cart, before, now] = stuckRollout() as [KubernetesObject, KubernetesObject, KubernetesObject];
      const silentState = [
        waiting({ name: 'server', image: BAD }, 'ImagePullBackOff', `Back-off pulling image "${BAD}"`),
      ];
      return [cart, before, now, ...failing(now, notFound(BAD), { containers: silentState })];
    })(),
    expected: { ...RESTORED, says: [notFound(BAD)] },
  },
  {
    name: 'when the container’s state is gone and only events tell',
    objects: (() => {
      const [cart, before, now] = stuckRollout() as [KubernetesObject, KubernetesObject, KubernetesObject];
      return [cart, before, now, ...failing(now, notFound(BAD), { containers: [] })];
    })(),
    expected: RESTORED,
  },
  {
    name: 'when the latest of many attempts timed out',
    objects: (() => {
      const objects = stuckRollout();
      const stuck = objects.find(({ kind, metadata }) => kind === 'Pod' && metadata.name === 'cart-bbb-new')!;
      const message = `Failed to pull image "${BAD}": dial tcp 10.0.0.9:443: i/o timeout`;
      return [
        ...objects,
        event(stuck, { reason: 'Failed', message, container: 'server', first: '2026-03-02T11:59:00Z' }),
      ];
    })(),
    expected: RESTORED,
  },
  {
    name: 'in an operator’s resource, where it alone has this very reference',
    objects: (() => {
      const shop = object('acme.example/v1', 'Shop', 'cart', {
        spec: { parts: [{ name: 'cart', image: BAD }], size: 3 },
      });
      const set = workload('StatefulSet', 'cart', server(BAD), { owner: shop });
      const old = readyPods(set, 2, { podSpec: server(GOOD) });
      return [shop, set, ...old, ...failing(set, notFound(BAD))];
    })(),
    expected: {
      ...RESTORED,
      object: 'Shop shop/cart',
      changes: [['spec.parts[name=cart].image', BAD, GOOD]],
      guards: ['no-auto-merge'],
      confidence: [0.8, 0.9],
    },
  },
  {
    name: 'less surely when only another namespace is witness, and the old ReplicaSet has no ready pods',
    objects: [...stuckRollout({ ready: 0 }), ...neighbour('staging')],
    answers: OLD_HISTORY,
    expected: {
      ...RESTORED,
      guards: ['no-auto-merge'],
      confidence: [0.5, 0.7],
      says: ['nothing recorded shows it Ready'],
    },
  },
  {
    name: 'from git alone with the least confidence',
    objects: (() => {
      const cart = deployment('cart', server(BAD));
      const now = replicaSet(cart, 'bbb', server(BAD), { revision: 2, replicas: 1 });
      return [
        cart,
        now,
        ...neighbour('shop', 'registry.acme.example/shop/cart:2.13.0'),
        ...failing(now, notFound(BAD)),
      ];
    })(),
    answers: OLD_HISTORY,
    expected: { ...RESTORED, guards: ['no-auto-merge'], confidence: [0.4, 0.6] },
  },
  {
    name: 'but never merged by itself when a pull secret could not be read',
    objects: (() => {
      const objects = stuckRollout();
      const stuck = objects.find(({ metadata }) => metadata.name === 'cart-bbb-new')!;
      const message =
        'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.';
      return [...objects, event(stuck, { reason: 'FailedToRetrieveImagePullSecret', message })];
    })(),
    expected: { ...RESTORED, guards: ['no-auto-merge'], confidence: [0.7, 0.9], says: ['(regcred)'] },
  },
  {
    name: 'but never merged by itself when it began minutes ago and git does not tell when the tag was committed',
    objects: stuckRollout(),
    now: '2026-03-02T10:10:00Z',
    expected: { ...RESTORED, guards: ['no-auto-merge'] },
  },
];

describe('a tag or digest that does not exist is repaired', () => {
  test.each(REPAIRED)('$name', ({ expected, ...situation }) => {
    fires(imagePull, situation, expected);
  });
});

test('a commit of after the recording rules no build out', () => {
  const expected = { ...RESTORED, neverSays: [] };
  const later = history([BAD, '2026-03-05T09:50:00Z'], [GOOD, '2026-02-01T09:00:00Z']);
  const { ruledOut } = fires(imagePull, { objects: stuckRollout(), answers: later }, expected);
  expect(ruledOut.map(({ what }) => plainText(what))).toEqual(['a missing repository or permission']);
});

const HELD_BACK: readonly Case[] = [
  {
    name: 'the tag was committed ten minutes ago',
    objects: stuckRollout(),
    answers: history([BAD, '2026-03-02T11:50:00Z'], [GOOD, '2026-02-01T09:00:00Z']),
    expected: { cause: 'tag-not-found', verdict: 'monitor', says: ['less than 15 minutes ago'] },
  },
  {
    name: 'the pull failed once',
    objects: (() => {
      const [cart, before, now] = stuckRollout() as [KubernetesObject, KubernetesObject, KubernetesObject];
      const first = [waiting({ name: 'server', image: BAD }, 'ErrImagePull', notFound(BAD))];
      return [cart, before, now, ...failing(now, notFound(BAD), { attempts: 1, containers: first })];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'monitor' },
  },
  {
    name: 'what is Ready is of another repository, so this one may not exist',
    objects: stuckRollout({ bad: 'registry.acme.example/shop/crat:2.15.1' }),
    expected: { cause: 'tag-not-found', verdict: 'escalate', says: [`3 of 3 pods Ready now with ${GOOD}`] },
  },
  {
    name: 'the only witness is not Ready, and git tells nothing',
    objects: [
      ...stuckRollout({ ready: 0 }),
      ...neighbour().map((one) => (one.kind === 'Pod' ? notReady(one) : one)),
    ],
    expected: {
      cause: 'tag-not-found',
      verdict: 'escalate',
      says: ['may as well hide a missing repository or permission'],
    },
  },
  {
    name: 'the container had no other reference before',
    objects: (() => {
      const cart = deployment('cart', server(BAD));
      const now = replicaSet(cart, 'bbb', server(BAD), { revision: 1, replicas: 1 });
      return [cart, now, ...neighbour(), ...failing(now, notFound(BAD))];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'escalate', says: ['another version would be a guess'] },
  },
  {
    name: 'the very reference is Ready elsewhere, so it was removed',
    objects: [...stuckRollout(), ...neighbour('staging', BAD)],
    expected: {
      cause: 'tag-not-found',
      verdict: 'escalate',
      says: ['so it existed; it was removed since'],
    },
  },
  {
    name: 'a Job completed with the very reference before',
    objects: (() => {
      const cron = workload('CronJob', 'report', server(BAD));
      const older = workload('Job', 'report-1', server(GOOD), {
        owner: cron,
        status: { succeeded: 1 },
        made: '2026-02-27T03:00:00Z',
      });
      const done = workload('Job', 'report-2', server(BAD), {
        owner: cron,
        status: { succeeded: 1 },
        made: '2026-03-01T03:00:00Z',
      });
      const stuck = workload('Job', 'report-3', server(BAD), { owner: cron });
      return [cron, older, done, stuck, ...failing(stuck, notFound(BAD))];
    })(),
    expected: {
      cause: 'tag-not-found',
      verdict: 'escalate',
      says: ['Job shop/report-2 completed with', 'it existed'],
    },
  },
  {
    name: 'it is an image volume whose image is missing',
    objects: (() => {
      const [cart, before, now] = stuckRollout() as [KubernetesObject, KubernetesObject, KubernetesObject];
      const volume = 'registry.acme.example/shop/models:9';
      const status = waiting(
        { name: 'server', image: BAD },
        'ImagePullBackOff',
        backingOff(volume, notFound(volume)),
      );
      return [cart, before, now, pod(now, 'new', { made: BAD_FOR_HOURS, containers: [status] })];
    })(),
    expected: { cause: 'unknown', verdict: 'decline', says: ['shop/models:9'] },
  },
  {
    name: 'Bitnami emptied the catalogue, and the old pods run from the cache',
    objects: stuckRollout({
      bad: 'docker.io/bitnami/postgresql:16.3.0-debian-12-r4',
      good: 'bitnami/postgresql:16.2.0-debian-12-r1',
    }),
    expected: { cause: 'tag-not-found', verdict: 'escalate', says: ['bitnamilegacy'] },
  },
  {
    name: 'another pod was told "unauthorized" for the same image',
    objects: (() => {
      const objects = stuckRollout();
      const stuck = objects.find(({ metadata }) => metadata.name === 'cart-bbb-new')!;
      const message = `Failed to pull image "${BAD}": failed to authorize: 401 Unauthorized`;
      return [
        ...objects,
        event(stuck, { reason: 'Failed', message, container: 'server', first: BAD_FOR_HOURS }),
      ];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'escalate', says: ['contradicts itself'] },
  },
  {
    name: 'only back-off messages are left',
    objects: (() => {
      const [cart, before, now] = stuckRollout() as [KubernetesObject, KubernetesObject, KubernetesObject];
      const silentState = [
        waiting({ name: 'server', image: BAD }, 'ImagePullBackOff', `Back-off pulling image "${BAD}"`),
      ];
      return [cart, before, now, pod(now, 'new', { made: BAD_FOR_HOURS, containers: silentState })];
    })(),
    expected: { cause: 'unknown', verdict: 'decline', confidence: [0, 0.5] },
  },
  {
    name: 'an operator made the workload',
    objects: (() => {
      const cluster = object('acme.example/v1', 'Database', 'orders', { spec: {} });
      const set = workload('StatefulSet', 'orders', server(BAD), { owner: cluster });
      return [cluster, set, ...neighbour(), ...failing(set, notFound(BAD))];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'decline', object: 'Database shop/orders' },
  },
  {
    name: 'an operator’s resource has the reference in two fields',
    objects: (() => {
      const shop = object('acme.example/v1', 'Shop', 'cart', { spec: { server: BAD, worker: BAD } });
      const set = workload('StatefulSet', 'cart', server(BAD), { owner: shop });
      return [shop, set, ...neighbour(), ...failing(set, notFound(BAD))];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'decline', object: 'Shop shop/cart' },
  },
  {
    name: 'three pods failed once each, at the same time',
    objects: (() => {
      const [cart, before, now] = stuckRollout() as [KubernetesObject, KubernetesObject, KubernetesObject];
      const first = [waiting({ name: 'server', image: BAD }, 'ErrImagePull', notFound(BAD))];
      return [cart, before, now, ...['x', 'y', 'z'].map((suffix) => pod(now, suffix, { containers: first }))];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'monitor', occurrences: 3 },
  },
  {
    name: 'the owner was not recorded',
    objects: (() => {
      const set = workload('StatefulSet', 'orders', server(BAD));
      return failing(set, notFound(BAD));
    })(),
    expected: {
      cause: 'tag-not-found',
      verdict: 'decline',
      object: 'StatefulSet shop/orders',
      says: ['was not recorded'],
    },
  },
  {
    name: 'admission added the container',
    objects: (() => {
      const cart = deployment('cart', server(GOOD));
      const now = replicaSet(cart, 'aaa', server(GOOD), { revision: 1, replicas: 1 });
      const proxy = { name: 'proxy', image: 'mesh.example/proxy:9' };
      const injected = pod(now, 'new', {
        podSpec: { containers: [...server(GOOD).containers!, proxy] },
        containers: [
          running(server(GOOD).containers![0]!),
          waiting(proxy, 'ImagePullBackOff', backingOff(proxy.image, notFound(proxy.image))),
        ],
      });
      return [cart, now, injected];
    })(),
    expected: {
      cause: 'tag-not-found',
      verdict: 'decline',
      container: 'proxy',
      says: ['admission added it'],
    },
  },
  {
    name: 'admission wrote another reference',
    objects: (() => {
      const cart = deployment('cart', server(BAD));
      const now = replicaSet(cart, 'aaa', server(BAD), { revision: 1, replicas: 1 });
      const mirrored = BAD.replace('registry', 'mirror');
      return [
        cart,
        now,
        ...failing(now, notFound(mirrored), {
          podSpec: server(mirrored),
          containers: [
            waiting(
              { name: 'server', image: mirrored },
              'ImagePullBackOff',
              backingOff(mirrored, notFound(mirrored)),
            ),
          ],
        }),
      ];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'decline', says: ['an admission webhook wrote'] },
  },
  {
    name: 'admission wrote another image into a DaemonSet pod of the current revision',
    objects: (() => {
      const mirrored = BAD.replace('registry', 'mirror');
      const agent = workload('DaemonSet', 'agent', server(BAD));
      const labels = { 'controller-revision-hash': 'aaa' };
      const kept = { owner: agent, labels };
      const revision = object('apps/v1', 'ControllerRevision', 'agent-aaa', { revision: 1 }, kept);
      const made = failing(agent, notFound(mirrored), { podSpec: server(mirrored), labels });
      return [agent, revision, ...made];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'decline', says: ['an admission webhook wrote'] },
  },
  {
    name: 'a StatefulSet keeps the broken pod although its template was corrected',
    objects: (() => {
      const cart = workload('StatefulSet', 'cart', server(GOOD), { status: { updateRevision: 'cart-3' } });
      return [
        cart,
        ...failing(cart, notFound(BAD), {
          podSpec: server(BAD),
          labels: { 'controller-revision-hash': 'cart-2' },
        }),
      ];
    })(),
    expected: { cause: 'tag-not-found', verdict: 'decline', says: ['Delete Pod shop/cart-new'] },
  },
  {
    name: 'a bare pod has no former reference',
    objects: [...neighbour(), ...failing(null, notFound(BAD), { podSpec: server(BAD) })],
    expected: { cause: 'tag-not-found', verdict: 'escalate', object: 'Pod shop/new' },
  },
];

describe('a tag that does not exist is left alone when', () => {
  test.each(HELD_BACK)('$name', ({ expected, ...situation }) => {
    fires(imagePull, situation, expected);
  });
});

describe('what is not a missing tag is diagnosed and never edited', () => {
  const NODES = [
    node('node-a', { nodeInfo: { architecture: 'arm64' } }),
    node('node-b', { nodeInfo: { architecture: 'amd64' } }),
  ];

  test.each([
    ['repository-not-found', 'name unknown: repository name not known to registry', ['typo']],
    [
      'unauthorized',
      'pull access denied, repository does not exist or may require authorization',
      ['no imagePullSecrets', 'registry.acme.example'],
    ],
    ['rate-limited', 'toomanyrequests: You have reached your pull rate limit.', ['credentials']],
    [
      'dns',
      'dial tcp: lookup registry.acme.example on 10.0.0.2:53: server misbehaving',
      ['node-a', 'may pass without a change'],
    ],
    [
      'tls',
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ['hosts.toml'],
    ],
    ['timeout', 'dial tcp 10.0.0.9:443: i/o timeout', ['egress']],
    ['registry-unavailable', 'dial tcp 10.0.0.9:443: connect: connection refused', ['Check the state of']],
    [
      'platform-mismatch',
      'no match for platform in manifest: not found',
      ['node node-a is arm64', 'also has amd64'],
    ],
    [
      'content-missing',
      'failed to copy: httpReadSeeker: failed open: content not found: not found',
      ['Push'],
    ],
    ['short-name', 'short name mode is enforcing, but image name cart returns ambiguous list', ['docker.io']],
    ['node-storage', 'failed to extract layer sha256:0: no space left on device', ['disk space']],
  ] as const)('%s', (cause, error, says) => {
    const situation = { objects: [...stuckRollout({ error }), ...NODES] };
    fires(imagePull, situation, {
      cause,
      verdict: 'decline',
      object: 'Deployment shop/cart',
      container: 'server',
      says: [error, ...says],
    });
  });

  test('never-pull names image, node and policy', () => {
    const local = deployment('cart', server('cart:local'));
    const set = replicaSet(local, 'aaa', server('cart:local'), { revision: 1, replicas: 1 });
    const message = 'Container image "cart:local" is not present with pull policy of Never';
    const stuck = pod(set, 'new', {
      containers: [waiting({ name: 'server', image: 'cart:local' }, 'ErrImageNeverPull', message)],
    });
    const says = [message, 'ErrImageNeverPull', 'node-a'];
    fires(imagePull, { objects: [local, set, stuck] }, { cause: 'never-pull', verdict: 'decline', says });
  });

  test('invalid-name is not guessed at', () => {
    const typo = deployment('cart', server('Shop/cart:1'));
    const set = replicaSet(typo, 'aaa', server('Shop/cart:1'), { revision: 1, replicas: 1 });
    const stuck = pod(set, 'new', {
      containers: [
        waiting({ name: 'server', image: 'Shop/cart:1' }, 'InvalidImageName', 'invalid reference format'),
      ],
    });
    fires(imagePull, { objects: [typo, set, stuck] }, { cause: 'invalid-name', verdict: 'decline' });
  });

  test('a pull secret that does not exist is named', () => {
    const spec = server(GOOD, { imagePullSecrets: [{ name: 'regcred' }] });
    const set = workload('StatefulSet', 'cart', spec);
    const other = object('v1', 'Secret', 'other', { type: 'kubernetes.io/dockerconfigjson' });
    const objects = [set, other, ...failing(set, 'unauthorized: authentication required')];
    fires(
      imagePull,
      { objects },
      { cause: 'unauthorized', verdict: 'decline', says: ['regcred, which does not exist'] },
    );
  });

  const REFUSED = 'unexpected status from HEAD request: 403 Forbidden';
  const withSecret = server(GOOD, { imagePullSecrets: [{ name: 'regcred' }] });

  test('a pull secret that the last Ready template had is offered back, with the commit that dropped it', () => {
    const cart = deployment('cart', server(GOOD));
    const before = replicaSet(cart, 'aaa', withSecret, { revision: 1, ready: 2 });
    const now = replicaSet(cart, 'bbb', server(GOOD), { revision: 2, replicas: 1 });
    const field = 'spec.template.spec.imagePullSecrets[name=regcred].name';
    const finding = fires(
      imagePull,
      {
        objects: [cart, before, now, ...failing(now, REFUSED)],
        answers: historyOf(field, [undefined, '2026-03-02T09:50:00Z'], ['regcred', '2026-02-01T09:00:00Z']),
      },
      {
        cause: 'unauthorized',
        verdict: 'escalate',
        changes: [[field, null, 'regcred']],
        says: ['2 of 2 pods Ready now with the pull secret regcred', 'Put regcred back', 'commit 00000000'],
      },
    );
    expect(finding.introducedBy?.at).toBe(Date.parse('2026-03-02T09:50:00Z'));
  });

  test('a pull secret that only pods have is nothing that a template dropped', () => {
    const set = workload('StatefulSet', 'cart', server(GOOD));
    const old = readyPods(set, 1, { podSpec: withSecret });
    fires(
      imagePull,
      { objects: [set, ...old, ...failing(set, REFUSED)] },
      { cause: 'unauthorized', verdict: 'decline', neverSays: ['Put regcred back'] },
    );
  });

  test('a name that does not exist is the registry’s fault, a resolver that fails the node’s', () => {
    const culprit = (error: string): unknown =>
      findingsOf(imagePull, { objects: stuckRollout({ error }) })[0]!.culprit;
    expect(culprit('dial tcp: lookup registry.acme.example on 10.0.0.2:53: no such host')).toEqual({
      kind: 'Registry',
      namespace: null,
      name: 'registry.acme.example',
    });
    expect(culprit('dial tcp: lookup registry.acme.example on 10.0.0.2:53: server misbehaving')).toEqual({
      kind: 'Node',
      namespace: null,
      name: 'node-a',
    });
  });

  test('a pull secret is not called missing where Secrets were not recorded', () => {
    const set = workload('StatefulSet', 'cart', server(GOOD, { imagePullSecrets: [{ name: 'regcred' }] }));
    const objects = [set, ...failing(set, 'unauthorized: authentication required')];
    const expected: Expected = {
      cause: 'unauthorized',
      verdict: 'decline',
      says: ['regcred'],
      neverSays: ['does not exist in its namespace'],
    };
    fires(imagePull, { objects }, expected);
  });

  test('an architecture that was not recorded is not claimed', () => {
    const situation = { objects: stuckRollout({ error: 'no match for platform in manifest: not found' }) };
    fires(imagePull, situation, {
      cause: 'platform-mismatch',
      verdict: 'decline',
      neverSays: ['arm64', 'amd64'],
    });
  });
});

test('whatever the registry says, only a missing reference is changed, and only to one that was Ready', () => {
  const words = fc.constantFrom(
    'not found',
    'denied',
    'manifest unknown',
    '403',
    'i/o timeout',
    'x509:',
    ':',
    '"',
    GOOD,
    BAD,
    '[',
    ', ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 6 }), (parts) => {
      const [finding] = findingsOf(imagePull, { objects: stuckRollout({ error: parts.join(' ') }) });
      const missing = finding!.cause === 'tag-not-found';
      expect(finding!.changes.map(({ after }) => after)).toEqual(missing ? [GOOD] : []);
    }),
    { numRuns: 100 },
  );
});

describe('symptoms', () => {
  test('are one for all pods of an owner and container', () => {
    const cart = deployment('cart', server(BAD));
    const set = replicaSet(cart, 'aaa', server(BAD), { revision: 1, replicas: 3 });
    const pods = ['one', 'two', 'three'].map((suffix) =>
      pod(set, suffix, {
        made: BAD_FOR_HOURS,
        containers: [waiting({ name: 'server', image: BAD }, 'ImagePullBackOff', notFound(BAD))],
      }),
    );
    const finding = fires(
      imagePull,
      { objects: [cart, set, ...pods] },
      { cause: 'tag-not-found', verdict: 'escalate', occurrences: 6 },
    );
    expect(finding.firstSeen).toBe(Date.parse(BAD_FOR_HOURS));
  });

  test('are one for each container', () => {
    const two: PodSpec = {
      containers: [
        { name: 'server', image: BAD },
        { name: 'proxy', image: 'proxy:9' },
      ],
    };
    const cart = deployment('cart', two);
    const set = replicaSet(cart, 'aaa', two, { revision: 1, replicas: 1 });
    const stuck = pod(set, 'new', {
      containers: two.containers!.map((container) =>
        waiting(container, 'ErrImagePull', notFound(container.image!)),
      ),
    });
    const findings = findingsOf(imagePull, { objects: [cart, set, stuck] });
    expect(findings.map(({ container }) => container)).toEqual(['server', 'proxy']);
  });

  test('take the words from another pod of the namespace where none are left', () => {
    const [cart, before, now] = stuckRollout() as [KubernetesObject, KubernetesObject, KubernetesObject];
    const silentState = [
      waiting({ name: 'server', image: BAD }, 'ImagePullBackOff', `Back-off pulling image "${BAD}"`),
    ];
    const quiet = pod(now, 'quiet', { made: BAD_FOR_HOURS, containers: silentState });
    const other = workload('StatefulSet', 'importer', server(BAD));
    const findings = findingsOf(imagePull, {
      objects: [cart, before, now, quiet, other, ...failing(other, notFound(BAD))],
    });
    expect(findings.map(({ object: { name }, cause }) => [name, cause])).toEqual([
      ['cart', 'tag-not-found'],
      ['importer', 'tag-not-found'],
    ]);
  });
});

/** Objects with one pod of `cart` in a state; its events are about the image. */
function onePod(
  details: PodDetails,
  events: readonly (readonly [string, string])[] = [],
): readonly KubernetesObject[] {
  const cart = deployment('cart', server(GOOD));
  const set = replicaSet(cart, 'aaa', server(GOOD), { revision: 1, replicas: 1 });
  const only = pod(set, 'only', details);
  const told = events.map(([reason, message], index) =>
    event(only, {
      reason,
      message,
      container: 'server',
      first: new Date(Date.parse(BAD_FOR_HOURS) + index * 60_000).toISOString(),
    }),
  );
  return [cart, set, only, ...told];
}

function notReady(ready: KubernetesObject): KubernetesObject {
  return {
    ...ready,
    status: { ...(ready['status'] as object), conditions: [{ type: 'Ready', status: 'False' }] },
  };
}

const FAILED = ['Failed', `Failed to pull image "${GOOD}": ${notFound(GOOD)}`] as const;
const WAITING = waiting(
  { name: 'server', image: GOOD },
  'ImagePullBackOff',
  backingOff(GOOD, notFound(GOOD)),
);
const RUNNING = running({ name: 'server', image: GOOD });

const QUIET: readonly (Pick<Situation, 'objects'> & { readonly name: string })[] = [
  { name: 'an empty cluster', objects: [] },
  { name: 'a healthy Deployment', objects: onePod({ ready: true, containers: [RUNNING] }) },
  {
    name: 'the repaired state',
    objects: stuckRollout({ bad: GOOD, good: GOOD }).filter(
      ({ metadata, kind }) => kind !== 'Event' && metadata.name !== 'cart-bbb-new',
    ),
  },
  {
    name: 'a container that has started since',
    objects: onePod({ ready: true, containers: [RUNNING] }, [
      FAILED,
      ['Pulled', 'Successfully pulled image'],
    ]),
  },
  {
    name: 'a container that has started although only failures are recorded',
    objects: onePod({ ready: true, containers: [RUNNING] }, [FAILED]),
  },
  {
    name: 'a container that was pulled and is being created',
    objects: onePod({ containers: [waiting(RUNNING, 'ContainerCreating')] }, [
      FAILED,
      ['Pulled', 'Successfully pulled image'],
    ]),
  },
  {
    name: 'a container that is being created',
    objects: onePod({ containers: [waiting(RUNNING, 'ContainerCreating')] }),
  },
  {
    name: 'a container that is pulling for the first time',
    objects: onePod({ containers: [waiting(RUNNING, 'ContainerCreating')] }, [
      ['Pulling', `Pulling image "${GOOD}"`],
    ]),
  },
  {
    name: 'a crash loop after an earlier failed pull',
    objects: onePod(
      { containers: [waiting(RUNNING, 'CrashLoopBackOff', 'back-off 5m0s restarting failed container')] },
      [FAILED],
    ),
  },
  {
    name: 'a crash loop’s own back-off',
    objects: onePod({ containers: [waiting(RUNNING, 'CrashLoopBackOff')] }, [
      ['BackOff', 'Back-off restarting failed container server in pod cart'],
    ]),
  },
  {
    name: 'a configuration error',
    objects: onePod({
      containers: [waiting(RUNNING, 'CreateContainerConfigError', 'configmap "cart" not found')],
    }),
  },
  {
    name: 'another failure to create the container',
    objects: onePod({ containers: [waiting(RUNNING, 'CreateContainerError', 'no command specified')] }, [
      ['Failed', 'Error: no command specified'],
    ]),
  },
  {
    name: 'a failed mount while the container is being created',
    objects: onePod({ containers: [waiting(RUNNING, 'ContainerCreating')] }, [
      ['FailedMount', 'MountVolume.SetUp failed for volume "x" : not found'],
    ]),
  },
  {
    name: 'a container that waits for its init containers',
    objects: onePod({ containers: [waiting(RUNNING, 'PodInitializing')] }),
  },
  {
    name: 'a pod that is being deleted',
    objects: onePod({ containers: [WAITING], deleted: '2026-03-02T11:59:00Z' }, [FAILED]),
  },
  { name: 'a pod that completed', objects: onePod({ containers: [WAITING], phase: 'Succeeded' }, [FAILED]) },
  { name: 'a pod that was evicted', objects: onePod({ containers: [WAITING], phase: 'Failed' }, [FAILED]) },
  {
    name: 'a container that ran to its end',
    objects: onePod({ containers: [{ name: 'server', state: { terminated: { exitCode: 0 } } }] }, [FAILED]),
  },
  { name: 'a pod that no node was found for', objects: onePod({ containers: [] }) },
  {
    name: 'an event about another container',
    objects: [
      ...onePod({ containers: [] }),
      event(pod(null, 'other'), { reason: 'Failed', message: FAILED[1], container: 'server' }),
    ],
  },
  {
    name: 'a pod of an old ReplicaSet whose Deployment has been corrected',
    objects: (() => {
      const cart = deployment('cart', server(GOOD));
      const broken = replicaSet(cart, 'aaa', server(BAD), { revision: 1, replicas: 1 });
      const now = replicaSet(cart, 'bbb', server(GOOD), { revision: 2, ready: 3 });
      return [cart, broken, now, ...readyPods(now, 3), ...failing(broken, notFound(BAD))];
    })(),
  },
  {
    name: 'a pod of an old ReplicaSet with a container that the Deployment no longer has',
    objects: (() => {
      const cart = deployment('cart', { containers: [{ name: 'web', image: GOOD }] });
      const broken = replicaSet(cart, 'aaa', server(BAD), { revision: 1, replicas: 1 });
      return [cart, broken, ...failing(broken, notFound(BAD))];
    })(),
  },
  {
    name: 'a pod of a former Job whose CronJob has been corrected',
    objects: (() => {
      const cron = workload('CronJob', 'report', server(GOOD));
      const broken = workload('Job', 'report-1', server(BAD), { owner: cron } satisfies Details);
      return [cron, broken, ...failing(broken, notFound(BAD))];
    })(),
  },
  {
    name: 'a DaemonSet pod from before the template was corrected',
    objects: (() => {
      const agent = workload('DaemonSet', 'agent', server(GOOD));
      return [agent, ...failing(agent, notFound(BAD), { podSpec: server(BAD) })];
    })(),
  },
];

/** The same objects, events included, once the change is merged and every container runs. */
function recovered({ objects, expected }: Case): readonly KubernetesObject[] {
  const merged = (text: string): string =>
    (expected.changes ?? []).reduce(
      (whole, [, before, after]) => whole.replaceAll(JSON.stringify(before), JSON.stringify(after)),
      text,
    );
  return (objects.flat() as KubernetesObject[]).map((one) => {
    if (one.kind === 'Event') return one;
    const object = JSON.parse(merged(JSON.stringify(one))) as KubernetesObject;
    if (object.kind !== 'Pod') return object;
    const status = object['status'] as Record<string, readonly { readonly name: string }[]>;
    const run = (list = 'containerStatuses') =>
      (status[list] ?? []).map(({ name }) => running({ name, image: GOOD }));
    const statuses = { initContainerStatuses: run('initContainerStatuses'), containerStatuses: run() };
    const healthy = {
      ...status,
      ...statuses,
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
    };
    return { ...object, status: statuses.containerStatuses.length === 0 ? { phase: 'Succeeded' } : healthy };
  });
}

describe('it stays silent once the containers run, where', () => {
  test.each([...REPAIRED, ...HELD_BACK])('$name', (situation) => {
    silent(imagePull, { objects: recovered(situation) });
  });
});

describe('it stays silent about', () => {
  test.each(QUIET)('$name', (situation) => {
    silent(imagePull, situation);
  });
});
