import type { ClusterServer, StoredObject } from '../../test/live/cluster-server.ts';
import { notFound } from '../../test/live/made-controllers.ts';

/* 200 Deployments of 20 teams, in git and in a cluster, each in the middle of a rollout whose new image does not exist. */

const TEAMS = 20;
const EACH = 10;
export interface Workload {
  readonly namespace: string;
  readonly name: string;
}

export const workloads: readonly Workload[] = Array.from({ length: TEAMS * EACH }, (_, index) => ({
  namespace: `squad-${String(index % TEAMS).padStart(2, '0')}`,
  name: `api-${String(Math.floor(index / TEAMS)).padStart(2, '0')}`,
}));

const imageOf = ({ namespace, name }: Workload, tag: string): string =>
  `registry.example/${namespace}/${name}:${tag}`;

const templateOf = (one: Workload, tag: string) => ({
  metadata: { labels: { app: one.name } },
  spec: { containers: [{ name: 'server', image: imageOf(one, tag) }] },
});

const deployment = (one: Workload, tag: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: one.name, namespace: one.namespace },
  spec: { replicas: 1, selector: { matchLabels: { app: one.name } }, template: templateOf(one, tag) },
});

/** A Kustomize root for each team. */
export function files(tag: string): Readonly<Record<string, string>> {
  const config = 'policy: {default: {mode: propose}}\nlimits: {openPullRequests: 1000, perHour: 1000}\n';
  const roots = Map.groupBy(workloads, ({ namespace }) => namespace);
  return {
    '.github/faultline.yml': config,
    ...Object.fromEntries(
      [...roots].map(([namespace, members]) => [
        `teams/${namespace}/kustomization.yaml`,
        `resources:\n${members.map(({ name }) => `  - ${name}.yaml\n`).join('')}`,
      ]),
    ),
    ...Object.fromEntries(
      workloads.map((one) => [
        `teams/${one.namespace}/${one.name}.yaml`,
        `${JSON.stringify(deployment(one, tag), null, 2)}\n`,
      ]),
    ),
  };
}

type Stored = readonly [key: string, object: StoredObject];

/** The Deployment in the middle of its rollout: the old pod is ready, the new one is being started. */
export function stored(one: Workload): readonly Stored[] {
  const { namespace, name } = one;
  const made = (of: string) => ({
    name: of,
    namespace,
    uid: `${namespace}-${of}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
  });
  const owner = (kind: string, of: string) => ({
    apiVersion: 'apps/v1',
    kind,
    name: of,
    uid: `${namespace}-${of}`,
    controller: true,
  });
  const ofRevision = (revision: number, tag: string): readonly Stored[] => {
    const set = `${name}-r${revision}`;
    const labels = { app: name, 'pod-template-hash': `r${revision}` };
    const template = { ...templateOf(one, tag), metadata: { labels } };
    const isReady = revision === 1;
    return [
      [
        `/registry/replicasets/${namespace}/${set}`,
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: {
            ...made(set),
            labels,
            annotations: { 'deployment.kubernetes.io/revision': String(revision) },
            ownerReferences: [owner('Deployment', name)],
          },
          spec: { replicas: 1, selector: { matchLabels: labels }, template },
        } as StoredObject,
      ],
      [
        `/registry/pods/${namespace}/${set}-0`,
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { ...made(`${set}-0`), labels, ownerReferences: [owner('ReplicaSet', set)] },
          spec: { ...template.spec, nodeName: 'node-1' },
          status: statusOf(one, tag, isReady ? null : 'ContainerCreating', ''),
        } as StoredObject,
      ],
    ];
  };
  return [
    [
      `/registry/deployments/${namespace}/${name}`,
      {
        ...deployment(one, '1.40'),
        metadata: { ...made(name), generation: 2 },
        status: { observedGeneration: 2, replicas: 2, updatedReplicas: 1, readyReplicas: 1 },
      } as StoredObject,
    ],
    ...ofRevision(1, '1.4.0'),
    ...ofRevision(2, '1.40'),
  ];
}

function statusOf(one: Workload, tag: string, waits: string | null, message: string) {
  const at = new Date().toISOString().replace(/\.\d+/, '');
  return {
    phase: waits === null ? 'Running' : 'Pending',
    conditions: [{ type: 'Ready', status: waits === null ? 'True' : 'False', lastTransitionTime: at }],
    containerStatuses: [
      {
        name: 'server',
        image: imageOf(one, tag),
        imageID: '',
        ready: waits === null,
        started: waits === null,
        restartCount: 0,
        state: waits === null ? { running: { startedAt: at } } : { waiting: { reason: waits, message } },
      },
    ],
  };
}

/** The kubelet says that it has tried twice. Answers with when it began to. */
export async function fail(cluster: ClusterServer, one: Workload): Promise<number> {
  const { namespace, name } = one;
  const pod = `${name}-r2-0`;
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
  const { body } = await send(cluster, 'GET', path);
  const { message } = notFound(imageOf(one, '1.40'));
  const at = new Date().toISOString().replace(/\.\d+/, '');
  const began = performance.now();
  await Promise.all([
    send(cluster, 'PUT', `${path}/status`, {
      ...(body as object),
      status: statusOf(one, '1.40', 'ErrImagePull', message),
    }),
    send(cluster, 'POST', `/api/v1/namespaces/${namespace}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${pod}.failed`, namespace },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace,
        name: pod,
        uid: `${namespace}-${pod}`,
        fieldPath: 'spec.containers{server}',
      },
      reason: 'Failed',
      type: 'Warning',
      message,
      source: { component: 'kubelet', host: 'node-1' },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 2,
    }),
  ]);
  return began;
}

export async function send(cluster: ClusterServer, method: string, path: string, body?: unknown) {
  const answer = await cluster.send(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer;
}
