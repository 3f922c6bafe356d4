import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { startGitHub } from '../github/stand-in/start.ts';
import { needsTool } from '../needs.ts';
import type { StoredObject } from './cluster-server.ts';
import { notFound, registryDown, type Pulled } from './made-controllers.ts';
import { startServedCluster, type ServedCluster } from './serve-live.ts';

/*
 * 5,000 pods of 100 workloads fail in a minute, on a real API server that is watched: by one dead registry, and by one bad tag.
 */

const test = needsTool('kube-apiserver', 'etcd', 'kustomize');
const WORKLOADS = 100;
const PODS = 50;
const HOUR = 3_600_000;
const PATIENCE = { timeout: 180_000, interval: 200 };

let served: ServedCluster | null;

beforeAll(async () => {
  served = await startServedCluster();
}, 120_000);

afterAll(async () => served?.stop());

const nameOf = (index: number): string => `web-${String(index).padStart(2, '0')}`;

const template = (name: string, image: string) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: 'server', image }] },
});

const deployment = (name: string, image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas: PODS, selector: { matchLabels: { app: name } }, template: template(name, image) },
});

/** One root whose kustomization names the tag of all workloads. */
function files(namespace: string, image: string, tag: string): Readonly<Record<string, string>> {
  const names = Array.from({ length: WORKLOADS }, (_, index) => nameOf(index));
  return {
    'apps/kustomization.yaml': [
      `namespace: ${namespace}`,
      'resources:',
      ...names.map((name) => `  - ${name}.yaml`),
      'images:',
      `  - name: ${image}`,
      `    newTag: "${tag}"`,
      '',
    ].join('\n'),
    ...Object.fromEntries(
      names.map((name) => [`apps/${name}.yaml`, `${JSON.stringify(deployment(name, image), null, 2)}\n`]),
    ),
  };
}

type Stored = readonly [key: string, object: StoredObject];

interface Rollout {
  readonly namespace: string;
  /** Without its tag. */
  readonly image: string;
  readonly tag: string;
  readonly revision: number;
}

/** All workloads with a ReplicaSet of this revision, and no pod. */
function workloads({ namespace, image, tag, revision }: Rollout): readonly Stored[] {
  return Array.from({ length: WORKLOADS }, (_, index) => nameOf(index)).flatMap((name): readonly Stored[] => {
    const written = deployment(name, `${image}:${tag}`);
    const labels = { app: name, 'pod-template-hash': `r${revision}` };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        ...made(namespace, `${name}-r${revision}`),
        labels,
        annotations: { 'deployment.kubernetes.io/revision': String(revision) },
        ownerReferences: [owner('Deployment', namespace, name)],
      },
      spec: {
        replicas: PODS,
        selector: { matchLabels: labels },
        template: { ...written.spec.template, metadata: { labels } },
      },
    };
    return [
      [
        `/registry/deployments/${namespace}/${name}`,
        {
          ...written,
          metadata: { ...made(namespace, name), generation: revision },
          status: { observedGeneration: revision, replicas: PODS },
        } as StoredObject,
      ],
      [`/registry/replicasets/${namespace}/${set.metadata.name}`, set as StoredObject],
    ];
  });
}

/** The pods of one workload, and the events of those that cannot pull. @param pulled null: they run */
function pods(
  { namespace, image, tag, revision }: Rollout,
  workload: number,
  pulled: Pulled | null,
): readonly Stored[] {
  const app = nameOf(workload);
  const set = `${app}-r${revision}`;
  const at = new Date().toISOString().replace(/\.\d+/, '');
  const state =
    pulled === null
      ? { running: { startedAt: at } }
      : { waiting: { reason: pulled.reason, message: pulled.message } };
  return Array.from({ length: PODS }, (_, index): readonly Stored[] => {
    const name = `${set}-${index}`;
    const metadata = {
      ...made(namespace, name),
      labels: { app, 'pod-template-hash': `r${revision}` },
      ownerReferences: [owner('ReplicaSet', namespace, set)],
    };
    const isReady = String(pulled === null).replace(/^./, (letter) => letter.toUpperCase());
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { ...template(app, `${image}:${tag}`).spec, nodeName: `node-${index % 10}` },
      status: {
        phase: pulled === null ? 'Running' : 'Pending',
        conditions: [{ type: 'Ready', status: isReady, lastTransitionTime: at }],
        containerStatuses: [
          {
            name: 'server',
            image: `${image}:${tag}`,
            imageID: '',
            ready: pulled === null,
            started: pulled === null,
            restartCount: 0,
            state,
          },
        ],
      },
    };
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: made(namespace, `${name}.failed`),
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace,
        name,
        uid: metadata.uid,
        fieldPath: 'spec.containers{server}',
      },
      reason: 'Failed',
      type: 'Warning',
      message: pulled?.message,
      source: { component: 'kubelet', host: 'node-1' },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 2,
    };
    const stored: Stored = [`/registry/pods/${namespace}/${name}`, pod as StoredObject];
    return pulled === null
      ? [stored]
      : [stored, [`/registry/events/${namespace}/${event.metadata.name}`, event as StoredObject]];
  }).flat();
}

function made(namespace: string, name: string) {
  return { name, namespace, uid: uidOf(namespace, name), creationTimestamp: '2026-01-01T00:00:00Z' };
}

function uidOf(namespace: string, name: string): string {
  return `${namespace}-${name}`;
}

function owner(kind: string, namespace: string, name: string) {
  return { apiVersion: 'apps/v1', kind, name, uid: uidOf(namespace, name), controller: true };
}

/** Serves a repository for the cluster, from the moment when all of it is well. */
async function serve(rollout: Rollout, before: string) {
  const { namespace, image, tag } = rollout;
  const github = await startGitHub({ now: Date.now() - HOUR });
  const repository = github.repository('acme/infra', { files: files(namespace, image, before) });
  if (tag !== before)
    github.person('ana', 'write').push('main', files(namespace, image, tag), { message: 'web: update' });
  github.clock.advance(HOUR);
  return { repository, ...(await served!.serve(github)) };
}

describe('5,000 pods of 100 workloads that fail in a minute', { timeout: 400_000 }, () => {
  test('by one dead registry are one incident without a pull request', async () => {
    const rollout = { namespace: 'dead', image: 'registry.example/web', tag: '1.4.0', revision: 1 };
    await served!.cluster.storeAll(workloads(rollout));
    const { repository, incidents, end } = await serve(rollout, '1.4.0');
    for (let workload = 0; workload < WORKLOADS; workload += 1)
      await served!.cluster.storeAll(pods(rollout, workload, registryDown('registry.example/web:1.4.0')));
    await vi.waitFor(async () => {
      const all = await incidents();
      expect(all.map(({ summary }) => summary)).toEqual([expect.stringContaining('`99` more objects')]);
    }, PATIENCE);
    expect(repository.pulls()).toEqual([]);
    await end();
  });

  test('by one bad tag get one pull request', async () => {
    const before = { namespace: 'tagged', image: 'registry.example/shop', tag: '1.4.0', revision: 1 };
    const rollout = { ...before, tag: '1.40', revision: 2 };
    await served!.cluster.storeAll([...workloads(before)]);
    for (let workload = 0; workload < WORKLOADS; workload += 1)
      await served!.cluster.storeAll(pods(before, workload, null).slice(0, 1));
    const { repository, incidents, end } = await serve(rollout, before.tag);
    await served!.cluster.storeAll(workloads(rollout));
    for (let workload = 0; workload < WORKLOADS; workload += 1)
      await served!.cluster.storeAll(pods(rollout, workload, notFound('registry.example/shop:1.40')));
    await vi.waitFor(async () => {
      const failing = (await incidents()).filter(({ object }) => object.namespace === 'tagged');
      expect(failing).toHaveLength(WORKLOADS);
      expect(repository.pulls()).toHaveLength(1);
    }, PATIENCE);
    expect(repository.files(repository.pulls()[0]!.head)).toEqual(
      new Map(Object.entries(files('tagged', 'registry.example/shop', '1.4.0'))),
    );
    await end();
  });
});
