import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { openWatch, type ClusterWatch, type WatchOptions } from '../../src/cluster/watching/open-watch.ts';
import { PACE, type Pace } from '../../src/cluster/watching/pace.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type ClusterServer } from './cluster-server.ts';
import { create } from './load-objects.ts';
import { grantShipped, writeKubeconfig } from './shipped-permissions.ts';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';
import { followChanges } from './told-changes.ts';

/* A real kube-apiserver and etcd that fail in the ways that they fail in production, under a watch. */

const { 'kube-apiserver': apiserver, etcd } = await findTools();
const scratch = join(tmpdir(), `faultline-faults-${randomUUID()}`);
const test = needsTool('kube-apiserver', 'etcd');
const CONFIG_MAPS = [{ group: '', kind: 'ConfigMap', version: 'v1' }];

/** Watches end after some seconds, so that their last bookmark comes soon; what waits minutes in production waits seconds. */
const QUICK: Pace = {
  ...PACE,
  pause: (milliseconds, signal) => PACE.pause(milliseconds / 10, signal),
  watchSeconds: 3,
  silence: 7_000,
  discovery: 20_000,
  away: 4_000,
};

let cluster: ClusterServer;
let proxy: TcpProxy;
let token: string;
const open: ClusterWatch[] = [];

beforeAll(async () => {
  if (!apiserver || !etcd) return;
  mkdirSync(scratch);
  cluster = await startCluster(
    { 'kube-apiserver': apiserver, etcd },
    join(scratch, 'cluster'),
    {},
    () => null,
  );
  token = await grantShipped(cluster);
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const name of ['kept', 'changed']) await create(cluster, configMap(name));
  proxy = await startProxy(cluster.address);
}, 120_000);

afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
  proxy?.resume();
  proxy?.delay(0);
});

afterAll(async () => {
  await proxy?.close();
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function configMap(name: string, value = '1'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { value } };
}

const path = (name: string): string => `/api/v1/namespaces/shop/configmaps/${name}`;
const put = (name: string, value: string) => cluster.send('PUT', path(name), configMap(name, value));
const remove = (name: string) => cluster.send('DELETE', path(name));

async function watch(options: Partial<WatchOptions> = {}): Promise<ClusterWatch> {
  const kubeconfig = join(scratch, `kubeconfig-${randomUUID()}`);
  writeKubeconfig({ ...cluster, address: proxy.address }, kubeconfig, token);
  const opened = await openWatch({ kinds: CONFIG_MAPS, kubeconfig, pace: QUICK, timeout: 3_000, ...options });
  open.push(opened);
  return opened;
}

function valuesOf(watched: ClusterWatch): Readonly<Record<string, unknown>> {
  const objects = watched.state()!.list('ConfigMap', 'shop');
  return Object.fromEntries(objects.map(({ metadata, data }) => [metadata.name, Object(data).value]));
}

async function truth(): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await cluster.send('GET', '/api/v1/namespaces/shop/configmaps');
  const { items } = body as { items: { metadata: { name: string }; data?: { value?: string } }[] };
  return Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, data?.value]));
}

async function expectTruth(watched: ClusterWatch): Promise<void> {
  const wanted = await truth();
  await vi.waitFor(() => expect(valuesOf(watched)).toEqual(wanted), 40_000);
}

test('an API server that is killed and comes back loses no change and repeats none', async () => {
  const watched = await watch();
  const told = followChanges(watched, 'ConfigMap');
  await watched.source.read();
  await expectTruth(watched);

  await cluster.kill();
  await vi.waitFor(() => expect(watched.isAway()).toBe(true), 20_000);
  expect(watched.problems().map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/cannot be read: it has not answered since/),
  );
  const stood = watched.state()!;
  await pause(50);
  expect(watched.state()!.now).toBe(stood.now);

  await cluster.restart();
  await put('changed', '2');
  await create(cluster, configMap('later'));
  await expectTruth(watched);
  // Other kinds may take a little longer to be followed again.
  await vi.waitFor(() => {
    expect(watched.isAway()).toBe(false);
    expect(watched.problems()).toEqual([]);
  }, 20_000);
  expect(told.wrong).toEqual([]);
  expect(told.lines.filter((line) => line.endsWith('shop/kept'))).toEqual(['+ ConfigMap shop/kept']);
  expect(told.lines.filter((line) => line.endsWith('shop/changed'))).toEqual([
    '+ ConfigMap shop/changed',
    '~ ConfigMap shop/changed',
  ]);
});

test('a watch whose versions etcd has forgotten reads the list again, and tells what was deleted meanwhile', async () => {
  await create(cluster, configMap('doomed'));
  const watched = await watch();
  const told = followChanges(watched, 'ConfigMap');
  await watched.source.read();
  await expectTruth(watched);

  proxy.goSilent();
  await remove('doomed');
  await put('kept', '3');
  // The API server keeps what changed last in memory, so it has to be another one that never saw those versions.
  await cluster.kill();
  await cluster.compact();
  await cluster.restart();
  await create(cluster, configMap('after-compaction'));
  proxy.resume();
  await expectTruth(watched);
  expect(told.wrong).toEqual([]);
  expect(told.lines.filter((line) => line.endsWith('shop/doomed'))).toEqual([
    '+ ConfigMap shop/doomed',
    '- ConfigMap shop/doomed',
  ]);
  expect([...told.objects.keys()].toSorted()).toEqual(
    watched
      .state()!
      .list('ConfigMap')
      .map(({ metadata }) => `ConfigMap ${metadata.namespace}/${metadata.name}`)
      .toSorted(),
  );
});

test('a network that goes silent for long is noticed without anybody closing a connection', async () => {
  const kinds = [...CONFIG_MAPS, { group: '', kind: 'ResourceQuota', version: 'v1' }];
  const watched = await watch({ kinds });
  const told = followChanges(watched, 'ConfigMap');
  await watched.source.read();
  proxy.goSilent();
  await put('kept', '4');
  await vi.waitFor(() => expect(watched.isAway()).toBe(true), 20_000);
  await vi.waitFor(() => {
    const said = watched.problems().map(({ message }) => message);
    expect(said.join()).toContain('cannot watch configmaps: ');
    expect(said.join()).toContain('cannot watch resourcequotas: ');
  }, 15_000);
  expect(valuesOf(watched)['kept']).not.toBe('4');
  proxy.resume();
  await expectTruth(watched);
  expect(valuesOf(watched)['kept']).toBe('4');
  expect(told.wrong).toEqual([]);
});

test('connections that break in the middle of changes lose and repeat none of them', async () => {
  const watched = await watch();
  const told = followChanges(watched, 'ConfigMap');
  await watched.source.read();
  for (let round = 0; round < 5; round += 1) {
    for (let index = 0; index < 20; index += 1) {
      await put('changed', `${round}-${index}`);
      if (index % 7 === 3) proxy.cut();
    }
  }
  await expectTruth(watched);
  expect(told.wrong).toEqual([]);
});

test('a server that answers slowly is read all the same, and one that never answers delays no other', async () => {
  const silent = await startProxy(cluster.address);
  try {
    silent.goSilent();
    const kubeconfig = join(scratch, 'kubeconfig-silent');
    writeKubeconfig({ ...cluster, address: silent.address }, kubeconfig, token);
    const never = await openWatch({ kinds: CONFIG_MAPS, kubeconfig, pace: QUICK, timeout: 3_000 });
    open.push(never);
    const unread = never.source.read().then(
      () => 'read',
      (error: Error) => error.message,
    );
    proxy.delay(300);
    const slow = await watch();
    await slow.source.read();
    await expectTruth(slow);
    expect(never.state()).toBeNull();
    expect(await unread).toMatch(/cannot be read: no whole answer within 3 seconds/);
  } finally {
    await silent.close();
  }
});
