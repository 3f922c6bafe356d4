import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import type { Finding } from '../../src/doctor/check.ts';
import { liveClusterCheck } from '../../src/doctor/cluster.ts';
import { KINDS } from '../cluster/kinds.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type ClusterServer } from './cluster-server.ts';
import { create } from './load-objects.ts';
import { grantShipped, writeKubeconfig } from './shipped-permissions.ts';

/* A real kube-apiserver and etcd, checked with the permissions in deploy/rbac.yaml, with fewer, and with none. */

const { 'kube-apiserver': apiserver, etcd } = await findTools();
const scratch = join(tmpdir(), `faultline-doctor-${randomUUID()}`);
const test = needsTool('kube-apiserver', 'etcd');
const rbac = 'rbac.authorization.k8s.io';

let cluster: ClusterServer;
let granted: string;

beforeAll(async () => {
  if (!apiserver || !etcd) return;
  mkdirSync(scratch);
  cluster = await startCluster(
    { 'kube-apiserver': apiserver, etcd },
    join(scratch, 'cluster'),
    { nobody: 'nobody-token', tenant: 'tenant-token' },
    () => null,
  );
  granted = await grantShipped(cluster);
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'quay' } });
  const metadata = { name: 'tenant', namespace: 'quay' };
  const rules = [{ apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['list'] }];
  await create(cluster, { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules });
  await create(cluster, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'tenant' },
    subjects: [{ apiGroup: rbac, kind: 'User', name: 'tenant' }],
  });
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function check(token: string, namespace?: string): Promise<readonly Finding[]> {
  const kubeconfig = join(scratch, 'kubeconfig');
  writeKubeconfig(cluster, kubeconfig, token, namespace === undefined ? {} : { namespace });
  return liveClusterCheck('north', { context: 'live', kubeconfig }, KINDS).run();
}

describe('a live cluster', () => {
  test('that grants what is shipped works, and is only listed', async () => {
    const found = await check(granted);
    expect(found.map(({ status }) => status)).toEqual(['ok', 'ok']);
    expect(found[1]!.detail).toMatch(/^no metrics-server: /);
    expect(found[0]!.detail).toMatch(/^https:\S+ answers, /);
    const requests = cluster.requestsOf('system:serviceaccount:faultline:faultline');
    expect(new Set(requests.map(({ verb }) => verb))).toEqual(new Set(['get', 'list']));
  });

  test('that grants nothing names what may not be listed, once, and what to do', async () => {
    const failed = (await check('nobody-token')).filter(({ status }) => status === 'failed');
    expect(failed).toHaveLength(1);
    expect(failed[0]!.detail).toMatch(/^may not list .*pods.*events/);
    expect(failed[0]!.repair).toBe('kubectl apply -f deploy/rbac.yaml');
  });

  test('that grants a namespace says which kinds, and that they are unknown elsewhere', async () => {
    const found = await check('tenant-token', 'quay');
    const only = found.find(({ status }) => status === 'warning')!;
    expect(only.detail).toBe('may list in namespace quay only: deployments.apps, pods');
    expect(found.find(({ status }) => status === 'failed')!.detail).not.toMatch(/\bpods\b/);
  });

  test('that refuses the credentials has failed', async () => {
    await expect(check('stranger-token')).rejects.toThrow(/live/);
  });
});
