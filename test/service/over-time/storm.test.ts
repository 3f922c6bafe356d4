import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { deployment, event, pod, readyPods, replicaSet, waiting } from '../../rules/objects.ts';
import { clusterOverTime, type ClusterOverTime } from './cluster-over-time.ts';

const IMAGE = 'registry.example/web';
const MOST = 12;
const ALL = Array.from({ length: MOST }, (_, index) => `web-${String(index).padStart(2, '0')}`);

const spec = (tag: string) => ({ containers: [{ name: 'server', image: `${IMAGE}:${tag}` }] });

const written = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - {name: server, image: ${IMAGE}}
`;

/** One kustomization that names the tag of all. */
function files(tag: string): Readonly<Record<string, string>> {
  const names = ALL.map((name) => `  - ${name}.yaml`).join('\n');
  return {
    'apps/kustomization.yaml': `namespace: shop\nresources:\n${names}\nimages:\n  - name: ${IMAGE}\n    newTag: "${tag}"\n`,
    ...Object.fromEntries(ALL.map((name) => [`apps/${name}.yaml`, written(name)])),
  };
}

const DEAD = `dial tcp 10.0.0.9:443: connect: connection refused`;
const notFound = (tag: string): string => `${IMAGE}:${tag}: not found`;

interface Storm {
  readonly tag: string;
  readonly says: string;
}

/** All workloads; those that fail have two pods that cannot pull and one of the tag before, the others have that alone. */
function cluster(
  world: ClusterOverTime,
  failing: readonly string[],
  { tag, says }: Storm,
): readonly KubernetesObject[] {
  return ALL.flatMap((name): readonly KubernetesObject[] => {
    if (!failing.includes(name)) {
      const well = deployment(name, spec('1.0'));
      const set = replicaSet(well, 'old', spec('1.0'), { revision: 2, ready: 1 });
      return [well, set, ...readyPods(set, 1)];
    }
    const owner = deployment(name, spec(tag));
    const before = replicaSet(owner, 'old', spec('1.0'), { revision: 1, ready: 1 });
    const set = replicaSet(owner, 'new', spec(tag), { revision: 2, replicas: 2 });
    const image = `${IMAGE}:${tag}`;
    const pods = [0, 1].map((index) =>
      pod(set, String(index), {
        made: world.ago(20),
        containers: [
          waiting({ name: 'server', image }, 'ImagePullBackOff', `Back-off pulling image "${image}"`),
        ],
      }),
    );
    const events = pods.map((one) =>
      event(one, {
        reason: 'Failed',
        container: 'server',
        message: `Failed to pull image "${image}": failed to resolve reference "${image}": ${says}`,
        count: 6,
        first: world.ago(20),
        last: world.ago(1),
      }),
    );
    return [owner, before, ...readyPods(before, 1), set, ...pods, ...events];
  });
}

describe('a fault that spreads', () => {
  test('from one registry is one incident that grows and shrinks, without a pull request', async () => {
    const world = await clusterOverTime(files('1.0'));
    const storm = { tag: '1.0', says: DEAD };
    const seen = new Set<string>();
    for (const failing of [ALL.slice(5, 6), ALL.slice(4, 9), ALL, ALL.slice(2, 5)]) {
      await world.after(10, cluster(world, failing, storm));
      if (failing === ALL) await world.restart();
      const open = (await world.store.incidents.list()).filter(({ notSeenSince }) => notSeenSince === null);
      for (const { fingerprint } of open) seen.add(fingerprint);
      if (failing === ALL) expect(open[0]?.summary).toContain('`11` more objects');
    }
    expect(seen.size).toBe(1);
    expect(world.repository.pulls()).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  test('from one tag has one pull request, and one line that counts', async () => {
    const world = await clusterOverTime(files('1.0'));
    world.ana.push('main', files('1.1'));
    const storm = { tag: '1.1', says: notFound('1.1') };
    for (const count of [1, 4, 8, MOST]) {
      await world.after(20, cluster(world, ALL.slice(0, count), storm));
      if (count === 4) await world.restart();
    }
    const [pull, ...others] = world.repository.pulls();
    expect(others).toEqual([]);
    const comments = world.repository.comments(pull!.number);
    expect(comments).toHaveLength(1);
    expect(comments[0]!.body.match(/The same cause has \d+ incidents by now/g)).toEqual([
      'The same cause has 12 incidents by now',
    ]);
    expect(world.errors).toEqual([]);
  });
});
