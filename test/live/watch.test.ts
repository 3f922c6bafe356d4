import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { openWatch, type ClusterWatch, type WatchOptions } from '../../src/cluster/watching/open-watch.ts';
import { PACE, type Pace } from '../../src/cluster/watching/pace.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ObjectChange } from '../../src/model/object-change.ts';
import { KINDS } from '../cluster/kinds.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type ClusterServer } from './cluster-server.ts';
import { create } from './load-objects.ts';
import { grantShipped, writeKubeconfig } from './shipped-permissions.ts';

/* A real kube-apiserver and etcd, watched with the permissions in deploy/rbac.yaml and nothing more. */

const { 'kube-apiserver': apiserver, etcd } = await findTools();
const scratch = join(tmpdir(), `faultline-watch-${randomUUID()}`);
const kubeconfig = join(scratch, 'kubeconfig');
const test = needsTool('kube-apiserver', 'etcd');

let cluster: ClusterServer;
const open: ClusterWatch[] = [];

/** As in production, in less time. */
const QUICK: Pace = { ...PACE, retrial: 1_000, polling: 500, discovery: 1_000, away: 3_000 };

const SA = 'system:serviceaccount:faultline:faultline';

beforeAll(async () => {
  if (!apiserver || !etcd) return;
  mkdirSync(scratch);
  cluster = await startCluster(
    { 'kube-apiserver': apiserver, etcd },
    join(scratch, 'cluster'),
    { nobody: 'nobody-token', tenant: 'tenant-token' },
    () => null,
  );
  const token = await grantShipped(cluster);
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  writeKubeconfig(cluster, kubeconfig, token);
}, 120_000);

afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function watch(options: Partial<WatchOptions> = {}): Promise<ClusterWatch> {
  const opened = await openWatch({ kinds: KINDS, kubeconfig, pace: QUICK, ...options });
  open.push(opened);
  return opened;
}

function configMap(name: string, value = '1'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { value } };
}

describe('a watched cluster', () => {
  test('is known with its first lists, and in each change after that', async () => {
    await create(cluster, configMap('first'));
    const watched = await watch();
    expect(watched.state()).toBeNull();
    const state = await watched.source.read();
    expect(state.get('ConfigMap', 'shop', 'first')).toBeDefined();
    expect(state.presence('ConfigMap', 'shop', 'second')).toBe('absent');

    const changes: ObjectChange[] = [];
    watched.subscribe((some) => changes.push(...some));
    await create(cluster, configMap('second'));
    await vi.waitFor(() => expect(watched.state()!.get('ConfigMap', 'shop', 'second')).toBeDefined());
    await cluster.send('PUT', '/api/v1/namespaces/shop/configmaps/second', configMap('second', '2'));
    await cluster.send('DELETE', '/api/v1/namespaces/shop/configmaps/second');
    await vi.waitFor(() =>
      expect(changes.map(({ before, after }) => [before?.['data'], after?.['data']])).toEqual([
        [undefined, { value: '1' }],
        [{ value: '1' }, { value: '2' }],
        [{ value: '2' }, undefined],
      ]),
    );
    expect(watched.problems()).toEqual([]);
  });

  test('is asked for nothing but lists and watches, and never for a Secret', () => {
    const requests = cluster.requestsOf(SA);
    expect(new Set(requests.map(({ verb }) => verb))).toEqual(new Set(['get', 'list', 'watch']));
    expect(requests.filter(({ objectRef }) => objectRef?.resource === 'secrets')).toEqual([]);
  });
});
