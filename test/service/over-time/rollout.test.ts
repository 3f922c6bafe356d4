import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { deployment, event, pod, readyPods, replicaSet, running, waiting } from '../../rules/objects.ts';
import { clusterOverTime, type ClusterOverTime } from './cluster-over-time.ts';

const IMAGE = 'registry.example/web:2';
const SPEC = {
  containers: [
    {
      name: 'web',
      image: IMAGE,
      ports: [{ containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 10 },
    },
  ],
};

const FILES = {
  'apps/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: ${IMAGE}
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 10}
`,
};

/** A new pod that is not Ready for so long, beside an old one; `progress` as many minutes ago. */
function rolling(world: ClusterOverTime, unreadyFor: number, isPulled = true): readonly KubernetesObject[] {
  const lastUpdateTime = world.ago(unreadyFor);
  const isLate = unreadyFor >= 10;
  const conditions = [
    {
      type: 'Progressing',
      status: isLate ? 'False' : 'True',
      reason: isLate ? 'ProgressDeadlineExceeded' : 'ReplicaSetUpdated',
      lastTransitionTime: lastUpdateTime,
      lastUpdateTime,
    },
  ];
  const status = { replicas: 3, updatedReplicas: 1, availableReplicas: 2, conditions };
  const owner = deployment('web', SPEC, { spec: { replicas: 2 }, status });
  const before = { containers: [{ ...SPEC.containers[0]!, image: 'registry.example/web:1' }] };
  const old = replicaSet(owner, 'old', before, { revision: 1, ready: 2 });
  const set = replicaSet(owner, 'new', SPEC, { revision: 2, replicas: 1 });
  const started = world.ago(unreadyFor);
  const container = SPEC.containers[0]!;
  const fresh = pod(set, 'x', {
    made: started,
    containers: [
      isPulled
        ? running(container, { ready: false, state: { running: { startedAt: started } } })
        : waiting(container, 'ImagePullBackOff', `Back-off pulling image "${IMAGE}"`),
    ],
  });
  const said = isPulled
    ? event(fresh, {
        reason: 'Unhealthy',
        container: 'web',
        message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        count: unreadyFor * 6,
        first: started,
        last: world.ago(0),
      })
    : event(fresh, {
        reason: 'Failed',
        container: 'web',
        message: `Failed to pull image "${IMAGE}": failed to resolve reference "${IMAGE}": ${IMAGE}: not found`,
        count: 3,
        first: started,
        last: world.ago(0),
      });
  return [owner, old, ...readyPods(old, 2), set, fresh, said];
}

async function openAfter(
  world: ClusterOverTime,
  minutes: number,
  isPulled = true,
): Promise<readonly string[]> {
  await world.after(1, []);
  await world.after(1, rolling(world, minutes, isPulled));
  return (await world.store.incidents.list()).map(({ rule, cause }) => `${rule} ${cause}`);
}

test('a new pod that is not Ready yet is no incident while its rollout has time, and one once it has none', async () => {
  const world = await clusterOverTime(FILES);
  expect(await openAfter(world, 7)).toEqual([]);
  await world.restart();
  expect(await openAfter(world, 12)).toEqual([expect.stringMatching(/^probe-failing /)]);
  expect(world.errors).toEqual([]);
});

test('an image that does not exist is an incident at once', async () => {
  const world = await clusterOverTime(FILES);
  expect(await openAfter(world, 3, false)).toEqual(['image-pull tag-not-found']);
});
