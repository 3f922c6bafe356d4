import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { deployment, pod, readyPods, replicaSet, running } from '../../rules/objects.ts';
import { clusterOverTime, type ClusterOverTime } from './cluster-over-time.ts';

const SPEC = {
  containers: [
    { name: 'server', image: 'registry.example/cart:1.0', resources: { limits: { memory: '512Mi' } } },
  ],
};

const FILES = {
  'apps/cart.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
        - {name: server, image: "registry.example/cart:1.0", resources: {limits: {memory: 512Mi}}}
`,
};

const NAMESPACE: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', uid: 'n1' },
};
const OTHER: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'other', uid: 'n2' },
};

interface Cart {
  readonly kills?: number;
  readonly uid?: string;
  readonly replicas?: number;
}

function cart(
  world: ClusterOverTime,
  { kills = 6, uid = 'd1', replicas = 1 }: Cart = {},
): readonly KubernetesObject[] {
  const made = deployment('cart', SPEC, { spec: { replicas } });
  const owner = { ...made, metadata: { ...made.metadata, uid } };
  const set = replicaSet(owner, uid, SPEC, { revision: 2, replicas });
  const terminated = {
    reason: 'OOMKilled',
    exitCode: 137,
    startedAt: world.ago(3),
    finishedAt: world.ago(2),
  };
  const status = {
    ready: false,
    restartCount: kills,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
    lastState: { terminated },
  };
  const containers = [running(SPEC.containers[0]!, status as never)];
  const failing = pod(set, 'x', { made: world.ago(60), containers });
  const pods = replicas === 0 ? [] : kills === 0 ? readyPods(set, 1) : [failing];
  return [NAMESPACE, OTHER, owner, set, ...pods];
}

/** What the status comment of the one pull request says. */
function told({ repository }: ClusterOverTime): string {
  const [pull, ...others] = repository.pulls();
  expect(others).toEqual([]);
  return repository
    .comments(pull!.number)
    .map(({ body }) => body)
    .join('\n');
}

describe('a failure that is not seen any more', () => {
  test.each<[string, (world: ClusterOverTime) => readonly KubernetesObject[], RegExp, RegExp]>([
    [
      'recovered',
      (world) => cart(world, { kills: 0 }),
      /The failure has stopped, but git still contains the value/,
      /Recovered: not seen since/,
    ],
    [
      'scaled to zero',
      (world) => cart(world, { replicas: 0 }),
      /The workload is scaled to zero, so nothing fails now/,
      /Scaled to zero: not seen since/,
    ],
    [
      'deleted',
      () => [NAMESPACE, OTHER],
      /The workload was deleted from the cluster; git still contains it/,
      /Deleted from the cluster: not seen since/,
    ],
    [
      'deleted with its namespace',
      () => [OTHER],
      /The namespace was deleted from the cluster; git still contains the workload/,
      /Its namespace was deleted: not seen since/,
    ],
  ])('because it was %s is told so, across a restart', async (_what, after, inPull, onDashboard) => {
    const world = await clusterOverTime(FILES);
    await world.after(1, cart(world));
    expect(world.repository.pulls()).toHaveLength(1);
    await world.after(1, after(world));
    await world.restart();
    expect(told(world)).toBe('');
    await world.after(7 * 60, after(world));
    expect(told(world)).toMatch(inPull);
    expect(world.dashboard()).toMatch(onDashboard);
    expect(world.errors).toEqual([]);
  });

  test('of a workload that was made anew under its name begins again', async () => {
    const world = await clusterOverTime(FILES);
    await world.after(1, cart(world, { kills: 9 }));
    await world.after(1, [NAMESPACE, OTHER]);
    await world.restart();
    await world.after(1, cart(world, { kills: 4, uid: 'd2' }));
    const [record, ...others] = await world.store.incidents.list();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ uid: 'd2', returned: 0, notSeenSince: null, ending: null });
    expect(record!.occurrences).toBeLessThan(9);
    expect(world.repository.pulls()).toHaveLength(1);
  });

  test('that comes and goes is one entry, which says how often it came back, and until when nobody calls it over', async () => {
    const world = await clusterOverTime(FILES);
    await world.after(1, cart(world));
    for (let swings = 1; swings <= 4; swings += 1) {
      await world.after(3, cart(world, { kills: 0 }));
      await world.after(3, cart(world, { kills: 6 + swings }));
      if (swings === 2) await world.restart();
    }
    expect(told(world)).toBe('');
    const [record, ...others] = await world.store.incidents.list();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ returned: 4, notSeenSince: null });
    await world.after(3, cart(world, { kills: 0 }));
    // Longer than its quiet time was before it came back four times.
    await world.after(90, cart(world, { kills: 0 }));
    expect(told(world)).toBe('');
    expect(world.dashboard()).toMatch(/Recovered: not seen since .*; over if it stays away until/);
    expect(world.dashboard()).toMatch(/It came back 4 times, last at/);
    await world.after(24 * 60, cart(world, { kills: 0 }));
    expect(told(world)).toContain('The failure has stopped');
    expect(world.repository.comments(1).length + world.repository.comments(2).length).toBeLessThanOrEqual(1);
  });
});
