import { describe, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { PodSpec } from '../../src/kubernetes/workloads.ts';
import { processKilled } from '../../src/rules/process-killed.ts';
import { deployment, event, pod, replicaSet, running, waiting, type EventDetails } from './objects.ts';
import { fires, silent } from './rule-tester.ts';

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
      processKilled,
      { objects: [...portal(false), oomKilling(), oomKilling({ first: '2026-03-02T11:45:00Z' })] },
      {
        cause: 'memory-cgroup-full',
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
    silent(processKilled, { objects: [...portal(false), one] });
  });

  test('are not told where a container ended then', () => {
    const found = portal(true);
    silent(processKilled, { objects: [...found, oomKilling({ first: '2026-03-02T11:54:30Z' })] });
  });
});
