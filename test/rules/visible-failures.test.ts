import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { PodSpec } from '../../src/kubernetes/workloads.ts';
import { rules } from '../../src/rules/index.ts';
import { claimUnbound } from '../../src/rules/claim-unbound.ts';
import { evicted } from '../../src/rules/evicted.ts';
import { hpaFightsGit } from '../../src/rules/hpa-fights-git.ts';
import { hpaNotScaling } from '../../src/rules/hpa-not-scaling.ts';
import { jobFailed } from '../../src/rules/job-failed.ts';
import { nodeNotReady } from '../../src/rules/node-not-ready.ts';
import { secretNotSynced } from '../../src/rules/secret-not-synced.ts';
import { serviceWithoutEndpoints } from '../../src/rules/service-without-endpoints.ts';
import { unschedulable } from '../../src/rules/unschedulable.ts';
import { volumeMount } from '../../src/rules/volume-mount.ts';
import { unclassified } from '../../src/rules/unclassified.ts';
import {
  deployment,
  event,
  object,
  pod,
  readyPods,
  replicaSet,
  running,
  waiting,
  workload,
  type PodDetails,
} from './objects.ts';
import { answer, findingsOf, fires, silent } from './rule-tester.ts';

const NOW = '2026-03-02T12:00:00Z';
const JUST_NOW = '2026-03-02T11:58:00Z';
const APP = { name: 'app', image: 'shop/app:3' };
const SPEC: PodSpec = { containers: [APP] };
const owner = deployment('cart', SPEC);
const READY = readyPods(owner, 3);

function condition(
  type: string,
  status: string,
  reason: string,
  message = '',
  since = '2026-03-02T09:00:00Z',
) {
  return { type, status, reason, message, lastTransitionTime: since };
}

/** One pod of the Deployment with this container status. */
function showing(
  status: Parameters<typeof running>[1] & object,
  details: PodDetails = {},
): readonly KubernetesObject[] {
  return [owner, pod(owner, 'x1', { containers: [running(APP, { ready: false, ...status })], ...details })];
}

const crashed = {
  restartCount: 7,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
  lastState: { terminated: { exitCode: 3, reason: 'Error', finishedAt: '2026-03-02T11:57:00Z' } },
};

const refused = waiting(APP, 'CreateContainerError', 'name is reserved for another container');

function unscheduled(reason: string, message: string, details: PodDetails = {}): readonly KubernetesObject[] {
  const status = { conditions: [condition('PodScheduled', 'False', reason, message)] };
  const { nodeName: _, ...spec } = { nodeName: '', ...SPEC };
  const pending = pod(owner, 'x1', { status, ...details, podSpec: { ...spec, ...details.podSpec } });
  return [owner, { ...pending, spec: { ...spec, ...details.podSpec } }];
}

describe('what pods show', () => {
  test('a container that the runtime refuses is told with the message', () => {
    const refused = {
      state: {
        waiting: {
          reason: 'CreateContainerError',
          message: 'name is reserved for another container',
        },
      },
    };
    fires(
      unclassified,
      { objects: showing(refused) },
      { cause: 'container-error', verdict: 'decline', says: ['is reserved'] },
    );
  });

  test('an init container that does not end is told with its log', () => {
    const spec: PodSpec = { initContainers: [{ name: 'wait' }], containers: [APP] };
    const stuck = pod(owner, 'x1', {
      podSpec: spec,
      initContainers: [running({ name: 'wait' }, { ready: false })],
      containers: [waiting(APP, 'PodInitializing')],
    });
    fires(
      unclassified,
      {
        objects: [owner, stuck],
        answers: [answer('log', { container: 'wait', previous: false }, 'waiting for ledger')],
      },
      { cause: 'init-waiting', verdict: 'decline', container: 'wait', says: ['waiting for ledger'] },
    );
  });

  test('a volume that cannot be mounted is told with the event', () => {
    const stuck = pod(owner, 'x1', { containers: [waiting(APP, 'ContainerCreating')] });
    const failed = event(stuck, {
      reason: 'FailedAttachVolume',
      message: 'Multi-Attach error for volume "pv-1"',
      last: JUST_NOW,
      count: 5,
    });
    fires(
      volumeMount,
      { objects: [owner, stuck, failed] },
      { cause: 'multi-attach', verdict: 'decline', says: ['Multi-Attach'], occurrences: 5 },
    );
  });

  test('containers that are not created without a reason are told after a while', () => {
    fires(
      unclassified,
      { objects: [owner, pod(owner, 'x1', { containers: [waiting(APP, 'ContainerCreating')] })] },
      { cause: 'container-creating', verdict: 'decline' },
    );
  });

  test('a pod without a node is told with what it asks for', () => {
    fires(
      unschedulable,
      {
        objects: unscheduled('Unschedulable', '0/3 nodes are available: 3 Insufficient cpu.', {
          podSpec: { nodeSelector: { disk: 'fast' } },
        }),
      },
      {
        cause: 'insufficient-cpu',
        verdict: 'decline',
        says: ['Insufficient cpu', '"disk":"fast"', 'replicas: 3'],
      },
    );
  });

  test('a missing claim is told with those that exist', () => {
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'cart-data' } }];
    fires(
      claimUnbound,
      {
        objects: [
          ...unscheduled('Unschedulable', 'persistentvolumeclaim "cart-data" not found', {
            podSpec: { volumes },
          }),
          object('v1', 'PersistentVolumeClaim', 'cart-store', { status: { phase: 'Bound' } }),
        ],
      },
      { cause: 'claim-missing', verdict: 'decline', says: ['cart-data', 'cart-store'] },
    );
  });

  test('a gate of a queue is only watched', () => {
    fires(
      unschedulable,
      {
        objects: unscheduled('SchedulingGated', 'Scheduling is blocked', {
          podSpec: { schedulingGates: [{ name: 'queue.example/admit' }] },
        }),
      },
      { cause: 'scheduling-gated', verdict: 'monitor', says: ['queue.example/admit'] },
    );
  });

  test('an eviction is told while pods are missing', () => {
    const gone = pod(owner, 'x1', {
      phase: 'Failed',
      status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
    });
    fires(
      evicted,
      { objects: [owner, gone] },
      { cause: 'node-memory', verdict: 'decline', says: ['low on resource: memory'] },
    );
  });
});

describe('what controllers show', () => {
  test('a rollout beyond its deadline', () => {
    const stalled = deployment('cart', SPEC, {
      status: { conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')] },
    });
    fires(unclassified, { objects: [stalled] }, { cause: 'rollout-stalled', verdict: 'decline' });
  });

  test('a failed Job of a CronJob', () => {
    const cron = workload('CronJob', 'report', SPEC);
    const job = workload('Job', 'report-1', SPEC, {
      owner: cron,
      status: { conditions: [condition('Failed', 'True', 'BackoffLimitExceeded')] },
    });
    fires(
      jobFailed,
      { objects: [cron, job] },
      {
        cause: 'backoff-limit-exceeded',
        verdict: 'decline',
        object: 'CronJob shop/report',
        says: ['BackoffLimitExceeded'],
      },
    );
  });

  test('a claim that gets no volume, with the workload that waits for it', () => {
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'cart-data' } }];
    const claim = object('v1', 'PersistentVolumeClaim', 'cart-data', {
      spec: { storageClassName: 'fast' },
      status: { phase: 'Pending' },
    });
    const failed = event(claim, {
      reason: 'ProvisioningFailed',
      message: 'storageclass "fast" not found',
      last: JUST_NOW,
    });
    fires(
      claimUnbound,
      {
        objects: [
          ...unscheduled('Unschedulable', 'pod has unbound immediate PersistentVolumeClaims', {
            podSpec: { volumes },
          }),
          claim,
          failed,
          object('storage.k8s.io/v1', 'StorageClass', 'standard'),
        ],
      },
      {
        cause: 'storage-class-missing',
        verdict: 'decline',
        object: 'Deployment shop/cart',
        says: ['storageclass "fast" not found', 'standard'],
      },
    );
  });

  test('an autoscaler without metrics', () => {
    const hpa = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'cart', {
      status: {
        conditions: [
          condition('ScalingActive', 'False', 'FailedGetResourceMetric', 'missing request for cpu'),
        ],
      },
    });
    fires(
      hpaNotScaling,
      { objects: [hpa] },
      { cause: 'missing-request', verdict: 'decline', says: ['missing request for cpu'] },
    );
  });

  test('an autoscaler that fights someone over the replicas', () => {
    const hpa = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'cart', {
      spec: { minReplicas: 4, maxReplicas: 9, scaleTargetRef: { kind: 'Deployment', name: 'cart' } },
      status: { currentReplicas: 4 },
    });
    const rescaled = event(hpa, {
      reason: 'SuccessfulRescale',
      type: 'Normal',
      message: 'New size: 4; reason: Current number of replicas below Spec.MinReplicas',
      count: 12,
      last: JUST_NOW,
    });
    fires(
      hpaFightsGit,
      { objects: [hpa, rescaled] },
      { cause: 'replicas-set-elsewhere', verdict: 'decline', says: ['12 times', 'minReplicas of 4'] },
    );
  });

  test('a custom resource that is not ready, with the objects that it could have named', () => {
    const spec = { secretStoreRef: { kind: 'SecretStore', name: 'vault' } };
    const conditions = [condition('Ready', 'False', 'SecretSyncedError', 'could not get SecretStore')];
    fires(
      secretNotSynced,
      {
        objects: [
          object('external-secrets.io/v1', 'ExternalSecret', 'db', { spec, status: { conditions } }),
          object('external-secrets.io/v1', 'SecretStore', 'keeper'),
        ],
      },
      {
        cause: 'store-missing',
        verdict: 'decline',
        object: 'ExternalSecret shop/db',
        says: ['SecretSyncedError', 'vault', 'keeper'],
      },
    );
  });

  test('a node under pressure', () => {
    const node = object('v1', 'Node', 'node-a', {
      status: { conditions: [condition('MemoryPressure', 'True', 'KubeletHasInsufficientMemory')] },
    });
    fires(
      nodeNotReady,
      { objects: [node] },
      { cause: 'memory-pressure', verdict: 'decline', says: ['MemoryPressure'] },
    );
  });
});

describe('what Services show', () => {
  const service = (spec: object, name = 'cart'): KubernetesObject => object('v1', 'Service', name, { spec });
  const labelled = deployment(
    'cart',
    { containers: [{ ...APP, ports: [{ name: 'web', containerPort: 7000 }] }] },
    { labels: { version: 'v1' } },
  );
  const pods = [labelled, ...readyPods(labelled, 1)];

  test('a selector that fits no pod, with what nearly fits', () => {
    fires(
      serviceWithoutEndpoints,
      { objects: [...pods, service({ selector: { app: 'cart', version: 'v2' } })] },
      {
        cause: 'selector-mismatch',
        verdict: 'fix',
        object: 'Service shop/cart',
        changes: [['spec.selector.version', 'v2', 'v1']],
        guards: ['draft'],
        says: ['version=v2', 'version=v1'],
      },
    );
  });

  test('a target port that no container declares', () => {
    fires(
      serviceWithoutEndpoints,
      { objects: [...pods, service({ selector: { app: 'cart' }, ports: [{ port: 80, targetPort: 7070 }] })] },
      {
        cause: 'target-port-mismatch',
        verdict: 'fix',
        changes: [['spec.ports[0].targetPort', 7070, 7000]],
        guards: ['draft'],
        says: ['sends port 80 to 7070', '7000 (web)'],
      },
    );
  });

  test.each<readonly [what: string, spec: object, name?: string]>([
    ['a Service whose ports fit by number', { selector: { app: 'cart' }, ports: [{ port: 7000 }] }],
    [
      'a Service whose ports fit by name',
      { selector: { app: 'cart' }, ports: [{ port: 80, targetPort: 'web' }] },
    ],
    [
      'a Service with one more port than is declared',
      { selector: { app: 'cart' }, ports: [{ port: 7000 }, { port: 9102 }] },
    ],
    ['a Service without a selector', { ports: [{ port: 80 }] }],
    [
      'a Service for pods that are not there at all',
      { selector: { app: 'ledger' }, ports: [{ port: 80 }] },
      'ledger',
    ],
  ])('but not %s', (_, spec, name) => {
    silent(serviceWithoutEndpoints, {
      objects: [...pods, service(spec as object, (name as string | undefined) ?? 'cart')],
    });
  });

  test('but not a workload that is scaled to zero', () => {
    const idle = deployment('idle', SPEC, { labels: { app: 'cart', version: 'v2' }, spec: { replicas: 0 } });
    silent(serviceWithoutEndpoints, {
      objects: [...pods, idle, service({ selector: { app: 'cart', version: 'v2' } })],
    });
  });
});

describe('stays silent about', () => {
  const probed: PodSpec = {
    containers: [
      {
        ...APP,
        readinessProbe: {
          tcpSocket: { port: 7000 },
          initialDelaySeconds: 300,
          periodSeconds: 10,
          failureThreshold: 30,
        },
      },
    ],
  };
  const starting = (startedAt: string) => running(APP, { ready: false, state: { running: { startedAt } } });
  const [ready] = READY;

  test.each<readonly [string, readonly KubernetesObject[]]>([
    ['healthy pods', [owner, ...READY]],
    [
      'a pod that has just started',
      [owner, pod(owner, 'x1', { containers: [starting('2026-03-02T11:58:30Z')] })],
    ],
    [
      'a pod within the time that its probes allow',
      [owner, pod(owner, 'x1', { podSpec: probed, containers: [starting('2026-03-02T11:52:00Z')] })],
    ],
    [
      'a pod being deleted',
      [
        owner,
        pod(owner, 'x1', { deleted: JUST_NOW, containers: [running(APP, { ready: false, ...crashed })] }),
      ],
    ],
    [
      'pods of a workload being deleted',
      [
        deployment('cart', SPEC, { deleted: JUST_NOW }),
        pod(owner, 'x1', { containers: [running(APP, { ready: false, ...crashed })] }),
      ],
    ],
    [
      'a completed pod',
      [
        owner,
        pod(owner, 'x1', {
          phase: 'Succeeded',
          containers: [
            running(APP, { ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } }),
          ],
        }),
      ],
    ],
    [
      'a probe that failed once',
      [
        owner,
        ...READY,
        event(ready!, {
          reason: 'Unhealthy',
          message: 'Liveness probe failed: timeout',
          container: 'app',
          last: JUST_NOW,
        }),
      ],
    ],
    [
      'a probe that failed long ago',
      [
        owner,
        ...READY,
        event(ready!, {
          reason: 'Unhealthy',
          message: 'Liveness probe failed: timeout',
          container: 'app',
          count: 90,
          last: '2026-03-02T11:20:00Z',
        }),
      ],
    ],
    [
      'readiness that failed now and then on a ready pod',
      [
        owner,
        ...READY,
        event(ready!, {
          reason: 'Unhealthy',
          message: 'Readiness probe failed: timeout',
          container: 'app',
          count: 9,
          last: JUST_NOW,
        }),
      ],
    ],
    [
      'too many nameservers',
      [
        owner,
        ...READY,
        event(ready!, {
          reason: 'DNSConfigForming',
          message: 'Nameserver limits were exceeded',
          count: 90,
          last: JUST_NOW,
        }),
      ],
    ],
    [
      'one restart',
      [
        owner,
        pod(owner, 'x1', {
          ready: true,
          containers: [running(APP, { restartCount: 1, lastState: crashed.lastState })],
        }),
      ],
    ],
    [
      'restarts of last week',
      [
        owner,
        pod(owner, 'x1', {
          ready: true,
          containers: [
            running(APP, {
              restartCount: 9,
              lastState: { terminated: { exitCode: 1, finishedAt: '2026-02-24T11:57:00Z' } },
            }),
          ],
        }),
      ],
    ],
    ['an old ReplicaSet without pods', [owner, ...READY, replicaSet(owner, 'old', SPEC, { revision: 1 })]],
    [
      'an eviction after which enough pods are ready',
      [
        owner,
        ...READY,
        pod(owner, 'x1', { phase: 'Failed', status: { phase: 'Failed', reason: 'Evicted' } }),
      ],
    ],
    [
      'a pod that has just asked for a node',
      unscheduled('Unschedulable', 'Insufficient cpu', { made: '2026-03-02T11:59:00Z' }),
    ],
    [
      'a failed pod of a Job that goes on',
      (() => {
        const job = workload('Job', 'import', SPEC);
        return [job, pod(job, 'x1', { phase: 'Failed' })];
      })(),
    ],
    [
      'a failed Job of a CronJob that succeeded since',
      (() => {
        const cron = workload('CronJob', 'report', SPEC, {
          status: { lastSuccessfulTime: '2026-03-02T10:00:00Z' },
        });
        return [
          cron,
          workload('Job', 'report-1', SPEC, {
            owner: cron,
            status: { conditions: [condition('Failed', 'True', 'BackoffLimitExceeded')] },
          }),
        ];
      })(),
    ],
    [
      'a Job that failed days ago',
      [
        workload('Job', 'import', SPEC, {
          status: {
            conditions: [condition('Failed', 'True', 'BackoffLimitExceeded', '', '2026-02-26T09:00:00Z')],
          },
        }),
      ],
    ],
    [
      'pods that could be created since',
      (() => {
        const set = replicaSet(owner, 'abc', SPEC, { revision: 2, ready: 3 });
        return [
          owner,
          set,
          event(set, { reason: 'FailedCreate', message: 'exceeded quota', last: JUST_NOW }),
        ];
      })(),
    ],
    [
      'a claim that waits for its first pod',
      (() => {
        const claim = object('v1', 'PersistentVolumeClaim', 'c', { status: { phase: 'Pending' } });
        return [claim, event(claim, { reason: 'WaitForFirstConsumer', message: 'waiting', type: 'Normal' })];
      })(),
    ],
    [
      'an autoscaler of what is scaled to zero',
      [
        object('autoscaling/v2', 'HorizontalPodAutoscaler', 'cart', {
          status: { conditions: [condition('ScalingActive', 'False', 'ScalingDisabled')] },
        }),
      ],
    ],
    [
      'an autoscaler that has just begun',
      [
        object('autoscaling/v2', 'HorizontalPodAutoscaler', 'cart', {
          status: {
            conditions: [condition('ScalingActive', 'False', 'FailedGetResourceMetric', '', JUST_NOW)],
          },
        }),
      ],
    ],
    [
      'a certificate that is being issued',
      [
        object('cert-manager.io/v1', 'Certificate', 'tls', {
          status: { conditions: [condition('Ready', 'False', 'Issuing')] },
        }),
      ],
    ],
    [
      'a suspended resource',
      [
        object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'apps', {
          spec: { suspend: true },
          status: { conditions: [condition('Ready', 'False', 'BuildFailed')] },
        }),
      ],
    ],
    [
      'a healthy node',
      [
        object('v1', 'Node', 'node-a', {
          status: {
            conditions: [
              condition('Ready', 'True', 'KubeletReady'),
              condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
            ],
          },
        }),
      ],
    ],
  ])('%s', (_, objects) => {
    for (const rule of rules) silent(rule, { objects, now: NOW });
  });
});

test('all signals of a workload are one incident, led by the most telling', () => {
  const stalled = deployment('cart', SPEC, {
    status: { conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'rollout stuck')] },
  });
  const pods = ['x1', 'x2'].map((suffix) => pod(stalled, suffix, { containers: [refused] }));
  fires(
    unclassified,
    { objects: [stalled, ...pods] },
    { cause: 'container-error', verdict: 'decline', container: 'app', says: ['and 1 more', 'rollout stuck'] },
  );
});

test('nothing is ever wanted to change', () => {
  const findings = findingsOf(unclassified, {
    objects: [owner, pod(owner, 'x1', { containers: [refused] })],
  });
  expect(findings.flatMap(({ changes }) => changes)).toEqual([]);
});
