import { describe, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { PodSpec } from '../../src/kubernetes/workloads.ts';
import { unclassified } from '../../src/rules/unclassified.ts';
import { deployment, event, pod, replicaSet, running, waiting, type EventDetails } from './objects.ts';
import { answer, fires, silent } from './rule-tester.ts';

/** Now is 12:00 on 2 March 2026. */
const NODE: KubernetesObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } };
const SPEC: PodSpec = {
  containers: [
    {
      name: 'portal',
      image: 'shop/portal:1',
      resources: { limits: { memory: '1Gi' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
    },
  ],
};

function portal(restarting: boolean, ...events: readonly EventDetails[]): readonly KubernetesObject[] {
  const owner = deployment('portal', SPEC);
  const current = replicaSet(owner, '5d', SPEC, { revision: 2, replicas: 1, ready: restarting ? 0 : 1 });
  const lastState = {
    terminated: {
      exitCode: 0,
      reason: 'Completed',
      startedAt: '2026-03-02T11:50:00Z',
      finishedAt: '2026-03-02T11:54:00Z',
    },
  };
  const container = SPEC.containers![0]!;
  const status = restarting
    ? { ...waiting(container, 'CrashLoopBackOff'), restartCount: 9, lastState }
    : running(container);
  const own = pod(current, 'x', { ready: !restarting, containers: [status] });
  return [owner, current, own, ...events.map((details) => event(own, { container: 'portal', ...details }))];
}

const AT = { first: '2026-03-02T11:40:00Z', last: '2026-03-02T11:54:00Z' };
const failing = {
  reason: 'Unhealthy',
  message: 'Liveness probe failed: HTTP probe failed with statuscode: 400',
  count: 30,
  ...AT,
};
const killing = (probe: string): EventDetails => ({
  reason: 'Killing',
  type: 'Normal',
  message: `Container portal failed ${probe} probe, will be restarted`,
  count: 9,
  ...AT,
});

describe('a container that a probe restarts', () => {
  test('is not said to end of its own', () => {
    const log = answer(
      'log',
      { previous: true },
      'http: TLS handshake error from 10.0.0.1:5: client sent an HTTP request to an HTTPS server\n',
    );
    fires(
      unclassified,
      { objects: portal(true, failing, killing('liveness')), answers: [log] },
      {
        cause: 'liveness-failing',
        verdict: 'decline',
        says: ['the kubelet restarts container portal because its liveness probe fails', 'speaks HTTPS'],
        neverSays: ['by itself'],
      },
    );
  });

  test('is one by its startup probe too', () => {
    fires(
      unclassified,
      { objects: portal(true, killing('startup')) },
      {
        cause: 'liveness-failing',
        verdict: 'decline',
        says: ['startup probe fails'],
        neverSays: ['HTTPS'],
      },
    );
  });

  test.each([
    ['no event of the kubelet', []],
    ['a probe that only failed', [{ ...failing, message: 'Readiness probe failed: 500' }]],
    [
      'a kill hours ago',
      [{ ...killing('liveness'), first: '2026-03-02T08:00:00Z', last: '2026-03-02T09:00:00Z' }],
    ],
  ])('is not claimed with %s', (_what, events) => {
    fires(
      unclassified,
      { objects: portal(true, ...events) },
      { cause: 'crash-loop', verdict: 'decline', neverSays: ['by itself', 'because its liveness'] },
    );
  });
});

const oomKilling = (details: Partial<EventDetails> = {}): KubernetesObject =>
  event(NODE, {
    reason: 'OOMKilling',
    message: 'Memory cgroup out of memory: Killed process 19024 (python) total-vm:1448016kB',
    first: '2026-03-02T11:30:00Z',
    ...details,
  });

describe("processes that the kernel killed at a container's limit", () => {
  test('are told of the node, with what may be meant', () => {
    fires(
      unclassified,
      { objects: [...portal(false), oomKilling(), oomKilling({ first: '2026-03-02T11:45:00Z' })] },
      {
        cause: 'process-killed',
        verdict: 'monitor',
        object: 'Node null/node-a',
        says: ['killed python 2 times', 'memory limit', 'portal'],
        neverSays: ['out of memory, not'],
      },
    );
  });

  test.each([
    [
      'the whole node was full',
      oomKilling({ reason: 'SystemOOM', message: 'System OOM encountered, victim process: python' }),
    ],
    ['it was hours ago', oomKilling({ first: '2026-03-02T08:00:00Z' })],
    [
      'the event names a pod that is known',
      oomKilling({
        message: 'Memory cgroup out of memory: Killed process 7 (python), pod pod-shop-portal-5d-x',
      }),
    ],
  ])('are not told where %s', (_what, one) => {
    silent(unclassified, { objects: [...portal(false), one] });
  });

  test('are not told where a container ended then', () => {
    const found = portal(true, failing, killing('liveness'));
    fires(
      unclassified,
      { objects: [...found, oomKilling({ first: '2026-03-02T11:54:30Z' })] },
      { cause: 'liveness-failing', verdict: 'decline' },
    );
  });
});
