import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { containersOf, podSpecOf, type PodSpec } from '../../src/kubernetes/workloads.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { describeKept, keptTemplates, lastReadyTemplate } from '../../src/witnesses/last-ready.ts';
import { deployment, object, pod, readyPods, replicaSet, workload } from '../rules/objects.ts';

function server(image: string): PodSpec {
  return { containers: [{ name: 'server', image }] };
}

function imageOf(template: KubernetesObject): string | undefined {
  return containersOf(podSpecOf(template))[0]?.container.image;
}

function isNot(failing: string): (template: KubernetesObject) => boolean {
  return (template) => imageOf(template) !== failing;
}

function stateOf(objects: readonly KubernetesObject[]) {
  return buildState({
    name: 'prod',
    now: Date.parse('2026-03-02T12:00:00Z'),
    objects,
    problems: [],
    recorded: null,
  });
}

describe('the last Ready template', () => {
  const cart = deployment('cart', server('cart:3'));

  test('is the newest revision with Ready pods that differs', () => {
    const cluster = stateOf([
      cart,
      replicaSet(cart, 'a', server('cart:1'), { revision: 1, ready: 1 }),
      replicaSet(cart, 'b', server('cart:2'), { revision: 2, ready: 2, replicas: 3 }),
      replicaSet(cart, 'c', server('cart:3'), { revision: 3, ready: 1 }),
    ]);
    const kept = lastReadyTemplate(cluster, cart, isNot('cart:3'))!;
    expect(imageOf(kept.template)).toBe('cart:2');
    expect(plainText(describeKept(kept))).toBe(
      'ReplicaSet shop/cart-b (revision 2) has 2 of 3 pods Ready now',
    );
  });

  test('is none where older revisions have no Ready pod, although they are kept', () => {
    const cluster = stateOf([
      cart,
      replicaSet(cart, 'a', server('cart:1'), { revision: 1, ready: 0 }),
      replicaSet(cart, 'c', server('cart:3'), { revision: 3, ready: 1 }),
    ]);
    expect(lastReadyTemplate(cluster, cart, isNot('cart:3'))).toBeNull();
    expect(keptTemplates(cluster, cart).map(({ revision, ready }) => [revision, ready])).toEqual([
      [3, 1],
      [1, 0],
    ]);
  });

  test('of a DaemonSet is what the revision of a Ready pod keeps, not what admission made of the pod', () => {
    const agent = workload('DaemonSet', 'agent', server('agent:2'));
    const revision = (name: string, image: string, number: number) =>
      object(
        'apps/v1',
        'ControllerRevision',
        `agent-${name}`,
        { data: { spec: { template: { spec: server(image) } } }, revision: number },
        { owner: agent },
      );
    const cluster = stateOf([
      agent,
      revision('x', 'agent:1', 1),
      revision('y', 'agent:2', 2),
      ...readyPods(agent, 2, {
        podSpec: server('mirror/agent:1'),
        labels: { 'controller-revision-hash': 'x' },
      }),
    ]);
    const kept = lastReadyTemplate(cluster, agent, isNot('agent:2'))!;
    expect([imageOf(kept.template), kept.revision, kept.holder.kind]).toEqual(['agent:1', 1, 'Pod']);
    expect(keptTemplates(cluster, agent).map(({ ready }) => ready)).toEqual([0, 2]);
  });

  test('of a CronJob is what its last completed Job ran', () => {
    const report = workload('CronJob', 'report', server('report:2'));
    const job = (name: string, image: string, succeeded: number, made: string) =>
      workload('Job', name, server(image), { owner: report, made, status: { succeeded } });
    const cluster = stateOf([
      report,
      job('report-1', 'report:0', 1, '2026-03-01T03:00:00Z'),
      job('report-2', 'report:1', 1, '2026-03-02T03:00:00Z'),
      job('report-3', 'report:2', 0, '2026-03-02T04:00:00Z'),
    ]);
    const kept = lastReadyTemplate(cluster, report, isNot('report:2'))!;
    expect(plainText(describeKept(kept))).toBe('Job shop/report-2 completed');
  });

  test('does not come from a Ready pod that is being deleted', () => {
    const db = workload('StatefulSet', 'db', server('db:2'));
    const old = readyPods(db, 1, { podSpec: server('db:1'), deleted: '2026-03-02T11:59:00Z' });
    expect(lastReadyTemplate(stateOf([db, ...old]), db, isNot('db:2'))).toBeNull();
    const waits = pod(db, 'db-1', { podSpec: server('db:1') });
    expect(lastReadyTemplate(stateOf([db, waits]), db, isNot('db:2'))).toBeNull();
  });
});
