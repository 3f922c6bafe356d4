import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { deployment, object, readyPods, replicaSet } from '../../rules/objects.ts';
import { clusterOverTime, type ClusterOverTime } from './cluster-over-time.ts';

const SPEC = {
  containers: [{ name: 'web', image: 'registry.example/gate:3.0', resources: { requests: { cpu: '500m' } } }],
};

const FILES = {
  'apps/gate.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: gate, namespace: shop}
spec:
  selector: {matchLabels: {app: gate}}
  template:
    metadata: {labels: {app: gate}}
    spec:
      containers:
        - {name: web, image: "registry.example/gate:3.0", resources: {requests: {cpu: 500m}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: gate, namespace: shop}
spec:
  minReplicas: 1
  maxReplicas: 4
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: gate}
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
`,
};

interface Load {
  readonly cpu?: number;
  readonly uid?: string;
  /** When the condition became true, in minutes before now. */
  readonly limitedFor?: number;
}

/** Four replicas of four, Ready, with the autoscaler that made them. */
function gate(
  world: ClusterOverTime,
  { cpu = 92, uid = 'h-gate', limitedFor = 0 }: Load = {},
): readonly KubernetesObject[] {
  const owner = deployment('gate', SPEC, { spec: { replicas: 4 } });
  const set = replicaSet(owner, 'a', SPEC, { revision: 1, ready: 4, replicas: 4 });
  const lastTransitionTime = world.ago(limitedFor);
  const isLimited = cpu > 77;
  const autoscaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'gate', {
    spec: {
      minReplicas: 1,
      maxReplicas: 4,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gate' },
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        },
      ],
    },
    status: {
      currentReplicas: 4,
      desiredReplicas: 4,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu } } }],
      conditions: [
        { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
        isLimited
          ? { type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas', lastTransitionTime }
          : { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange', lastTransitionTime },
      ],
    },
  });
  return [owner, set, ...readyPods(set, 4), { ...autoscaler, metadata: { ...autoscaler.metadata, uid } }];
}

/** Reads the cluster every quarter of an hour, which is as far apart as readings may be. */
async function pinnedFor(world: ClusterOverTime, minutes: number, load?: Load): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 14) await world.after(14, gate(world, load));
}

const titles = ({ repository }: ClusterOverTime): readonly string[] =>
  repository.pulls().map(({ title }) => title);

describe('an autoscaler at its maximum, without metrics', () => {
  test('is proposed for once readings of two hours showed it, a restart between them', async () => {
    const world = await clusterOverTime(FILES);
    await pinnedFor(world, 84);
    expect(world.dashboard()).toContain('duration-unknown');
    expect(world.dashboard()).toMatch(/at its maximum of 4 replicas for [\d]+ /);
    await world.restart();
    await pinnedFor(world, 28);
    expect(titles(world)).toEqual([]);
    await pinnedFor(world, 28);
    expect(world.errors).toEqual([]);
    expect(titles(world)).toEqual([expect.stringContaining('gate')]);
    expect(world.repository.pulls()[0]!.body).toContain('whenever Faultline read it');
  });

  test.each<[string, (world: ClusterOverTime) => Promise<void>]>([
    ['it had room in between', (world) => world.after(10, gate(world, { cpu: 60 }))],
    ['nobody read it for an hour, and its condition is younger', (world) => world.after(60, gate(world))],
    ['it was made anew', (world) => pinnedFor(world, 14, { uid: 'h-other' })],
  ])('is not when %s', async (_what, between) => {
    const world = await clusterOverTime(FILES);
    await pinnedFor(world, 84);
    await between(world);
    await world.restart();
    await pinnedFor(world, 42);
    expect(titles(world)).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  test('is when its condition holds since before the hour that nobody read it', async () => {
    const world = await clusterOverTime(FILES);
    await pinnedFor(world, 84);
    await world.after(60, gate(world, { limitedFor: 150 }));
    expect(titles(world)).toHaveLength(1);
  });
});
