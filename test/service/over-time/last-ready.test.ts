import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { deployment, event, pod, readyPods, replicaSet, waiting } from '../../rules/objects.ts';
import { clusterOverTime, type ClusterOverTime } from './cluster-over-time.ts';

const IMAGE = 'registry.example/cart';

const FILE = (tag: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
        - name: server
          image: ${IMAGE}:${tag}
`;

const spec = (tag: string) => ({ containers: [{ name: 'server', image: `${IMAGE}:${tag}` }] });

const counts = (ready: number) => ({
  replicas: 2,
  updatedReplicas: 2,
  readyReplicas: ready,
  observedGeneration: 1,
});

function cart(tag: string, ready: number): KubernetesObject {
  return deployment('cart', spec(tag), { spec: { replicas: 2 }, status: counts(ready) });
}

function healthy(tag: string): readonly KubernetesObject[] {
  const owner = cart(tag, 2);
  const set = replicaSet(owner, tag, spec(tag), { revision: 2, ready: 2, replicas: 2 });
  return [owner, set, ...readyPods(set, 2)];
}

/** Nothing of the template before is left: `revisionHistoryLimit: 0`, and all pods were replaced at once. */
function broken(world: ClusterOverTime, tag: string): readonly KubernetesObject[] {
  const owner = cart(tag, 0);
  const set = replicaSet(owner, 'bad', spec(tag), { revision: 2, ready: 0, replicas: 2 });
  const message = `Back-off pulling image "${IMAGE}:${tag}"`;
  const failing = [0, 1].map((index) =>
    pod(set, String(index), {
      made: world.ago(20),
      containers: [waiting({ name: 'server', image: `${IMAGE}:${tag}` }, 'ImagePullBackOff', message)],
    }),
  );
  const said = failing.map((one) =>
    event(one, {
      reason: 'Failed',
      container: 'server',
      message: `Failed to pull image "${IMAGE}:${tag}": rpc error: code = NotFound desc = failed to resolve reference "${IMAGE}:${tag}": ${IMAGE}:${tag}: not found`,
      count: 5,
      first: world.ago(20),
      last: world.ago(1),
    }),
  );
  return [owner, set, ...failing, ...said];
}

/** Git goes on to a tag that does not exist, long enough ago for its build to be over. */
function release(world: ClusterOverTime, tag: string): void {
  world.ana.push('main', { 'apps/cart.yaml': FILE(tag) });
}

describe('the template that was Ready last', () => {
  test('is gone back to after a restart, although the cluster keeps nothing of it', async () => {
    const world = await clusterOverTime({ 'apps/cart.yaml': FILE('1.0') });
    for (let readings = 0; readings < 3; readings += 1) await world.after(4, healthy('1.0'));
    await world.restart();
    release(world, '1.1');
    await world.after(30, broken(world, '1.1'));
    expect(world.errors).toEqual([]);
    const [pull, ...others] = world.repository.pulls();
    expect(others).toEqual([]);
    expect(pull?.body).toMatch(
      /Faultline saw all pods of `ReplicaSet shop\/cart-1\.0` \(revision 2\) Ready at/,
    );
    expect(pull?.body).toContain(`${IMAGE}:1.0`);
    expect(pull?.draft).toBe(false);
  });

  test.each<[string, (world: ClusterOverTime) => Promise<void>]>([
    ['it was Ready for a moment only', (world) => world.after(4, healthy('1.0'))],
    [
      'the workload of that name was deleted in between',
      async (world) => {
        for (let readings = 0; readings < 3; readings += 1) await world.after(4, healthy('1.0'));
        await world.after(4, []);
      },
    ],
  ])('is not gone back to when %s', async (_what, before) => {
    const world = await clusterOverTime({ 'apps/cart.yaml': FILE('1.0') });
    await before(world);
    await world.restart();
    release(world, '1.1');
    await world.after(30, broken(world, '1.1'));
    expect(
      world.repository
        .pulls()
        .map(({ body }) => body)
        .join(),
    ).not.toContain('Faultline saw');
    expect(world.repository.pulls().filter(({ draft }) => !draft)).toEqual([]);
  });
});
