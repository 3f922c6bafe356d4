import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { openWatch, type ClusterWatch, type WatchOptions } from '../../src/cluster/watching/open-watch.ts';
import { PACE, type Pace } from '../../src/cluster/watching/pace.ts';
import { kindsRead } from '../../src/incidents/kinds-read.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { rules } from '../../src/rules/index.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type ClusterServer } from './cluster-server.ts';
import { create } from './load-objects.ts';
import { grantShipped, writeKubeconfig } from './shipped-permissions.ts';
import { followChanges } from './told-changes.ts';

/* What a real kube-apiserver allows, and no longer allows, under a watch. */

const { 'kube-apiserver': apiserver, etcd } = await findTools();
const scratch = join(tmpdir(), `faultline-permissions-${randomUUID()}`);
const test = needsTool('kube-apiserver', 'etcd');
const RBAC = 'rbac.authorization.k8s.io';
const KINDS = [
  { group: '', kind: 'ConfigMap', version: 'v1' },
  { group: '', kind: 'Service', version: 'v1' },
];

/** As in production, in less time. */
const QUICK: Pace = {
  ...PACE,
  pause: (milliseconds, signal) => PACE.pause(milliseconds / 10, signal),
  watchSeconds: 2,
  retrial: 10_000,
  polling: 5_000,
  discovery: 10_000,
};

let cluster: ClusterServer;
let shipped: string;
const open: ClusterWatch[] = [];

beforeAll(async () => {
  if (!apiserver || !etcd) return;
  mkdirSync(scratch);
  cluster = await startCluster(
    { 'kube-apiserver': apiserver, etcd },
    join(scratch, 'cluster'),
    { tenant: 'tenant-token' },
    () => null,
  );
  shipped = await grantShipped(cluster);
  for (const name of ['one', 'two', 'three']) {
    await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await create(cluster, configMap(name));
  }
}, 120_000);

afterEach(async () => {
  for (const watch of open.splice(0)) watch.close();
  for (const place of ['', 'namespaces/one/', 'namespaces/two/'])
    for (const kind of place === '' ? ['clusterroles', 'clusterrolebindings'] : ['roles', 'rolebindings'])
      await cluster.send('DELETE', `/apis/${RBAC}/v1/${place}${kind}/tenant`);
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function configMap(namespace: string, name = 'settings'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
}

/** @param namespace left out: everywhere */
async function grant(
  namespace: string | null,
  resources: readonly string[],
  verbs = ['list', 'watch'],
): Promise<void> {
  const kind = namespace === null ? 'ClusterRole' : 'Role';
  const metadata = { name: 'tenant', ...(namespace !== null && { namespace }) };
  const apiVersion = `${RBAC}/v1`;
  await create(cluster, { apiVersion, kind, metadata, rules: [{ apiGroups: [''], resources, verbs }] });
  const roleRef = { apiGroup: RBAC, kind, name: 'tenant' };
  const subjects = [{ apiGroup: RBAC, kind: 'User', name: 'tenant' }];
  await create(cluster, { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects });
}

async function watch(token: string, options: Partial<WatchOptions> = {}): Promise<ClusterWatch> {
  const kubeconfig = join(scratch, `kubeconfig-${randomUUID()}`);
  writeKubeconfig(cluster, kubeconfig, token);
  const opened = await openWatch({ kinds: KINDS, kubeconfig, pace: QUICK, ...options });
  open.push(opened);
  return opened;
}

function messages(watched: ClusterWatch): readonly string[] {
  return watched.problems().map(({ message }) => message);
}

function namespacesOf(watched: ClusterWatch): readonly (string | undefined)[] {
  return watched
    .state()!
    .list('ConfigMap')
    .map(({ metadata }) => metadata.namespace);
}

test('where a kind may not be read everywhere, it is read in the namespaces of the settings', async () => {
  await grant('one', ['configmaps', 'services']);
  await grant('two', ['configmaps']);
  const watched = await watch('tenant-token', { namespaces: ['one', 'two'] });
  await watched.source.read();
  await vi.waitFor(() => expect(namespacesOf(watched)).toEqual(['one', 'two']), 10_000);
  const state = watched.state()!;
  expect(state.presence('ConfigMap', 'one', 'none')).toBe('absent');
  expect(state.presence('ConfigMap', 'three', 'settings')).toBe('unknown');
  expect(state.presence('Service', 'one', 'none')).toBe('absent');
  expect(state.presence('Service', 'two', 'none')).toBe('unknown');
  expect(messages(watched)).toEqual([
    'may list configmaps in namespace one, two only; unknown elsewhere',
    'may list services in namespace one only; unknown elsewhere',
    'may not list services in namespace two; whether there are any is unknown',
  ]);
  await create(cluster, configMap('two', 'second'));
  await vi.waitFor(() => expect(watched.state()!.get('ConfigMap', 'two', 'second')).toBeDefined(), 10_000);
});

test('without that setting, the namespaces of a small cluster are tried, and those that come later', async () => {
  await grant('one', ['configmaps']);
  await grant(null, ['namespaces']);
  const kinds = [...KINDS, { group: '', kind: 'Namespace', version: 'v1' }];
  const watched = await watch('tenant-token', { kinds });
  await watched.source.read();
  await vi.waitFor(() => expect(namespacesOf(watched)).toEqual(['one']), 10_000);
  await vi.waitFor(
    () =>
      expect(messages(watched)).toEqual([
        'may list configmaps in namespace one only; unknown elsewhere',
        'may not list services; whether there are any is unknown',
      ]),
    10_000,
  );
  await grant('two', ['configmaps']);
  await vi.waitFor(() => expect(new Set(namespacesOf(watched))).toEqual(new Set(['one', 'two'])), 15_000);
});

test('what is allowed later is read without a restart, and told once; what is forbidden then is unknown', async () => {
  await grant('one', ['configmaps']);
  const watched = await watch('tenant-token', { namespaces: ['one'] });
  const told = followChanges(watched, 'ConfigMap');
  await watched.source.read();
  await vi.waitFor(() => expect(namespacesOf(watched)).toEqual(['one']), 10_000);
  await grant(null, ['configmaps', 'services']);
  await vi.waitFor(() => expect(messages(watched)).toEqual([]), 15_000);
  expect(namespacesOf(watched)).toContain('three');
  expect(watched.state()!.presence('ConfigMap', 'three', 'none')).toBe('absent');
  expect(told.wrong).toEqual([]);
  expect(told.lines.filter((line) => line.endsWith('one/settings'))).toEqual(['+ ConfigMap one/settings']);

  for (const kind of ['roles', 'rolebindings'])
    await cluster.send('DELETE', `/apis/${RBAC}/v1/namespaces/one/${kind}/tenant`);
  await cluster.send('DELETE', `/apis/${RBAC}/v1/clusterrolebindings/tenant`);
  await vi.waitFor(
    () =>
      expect(messages(watched)).toEqual([
        expect.stringMatching('may list none of the 2 kinds that Faultline reads'),
      ]),
    20_000,
  );
  expect(watched.state()!.presence('ConfigMap', 'one', 'settings')).toBe('unknown');
  expect(told.wrong).toEqual([]);
  expect(told.objects.size).toBe(0);
});

test('what may be listed and not watched is said once, with its verb', async () => {
  await grant(null, ['configmaps', 'services']);
  await cluster.send('PUT', `/apis/${RBAC}/v1/clusterroles/tenant`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'tenant' },
    rules: [
      { apiGroups: [''], resources: ['configmaps', 'services'], verbs: ['list'] },
      { apiGroups: [''], resources: ['services'], verbs: ['watch'] },
    ],
  });
  const watched = await watch('tenant-token');
  await watched.source.read();
  await vi.waitFor(() => {
    const said = messages(watched);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^may not watch configmaps: 403 .*; the list is read at an interval$/);
  }, 10_000);
  await create(cluster, configMap('three', 'polled'));
  await vi.waitFor(() => expect(watched.state()!.get('ConfigMap', 'three', 'polled')).toBeDefined(), 10_000);
});

test('a custom resource is known while its definition is there, with the permissions that are shipped', async () => {
  const kind = { group: 'external-secrets.io', kind: 'ExternalSecret', version: 'v1' };
  const watched = await watch(shipped, { kinds: [...KINDS, kind] });
  await watched.source.read();
  expect(watched.state()!.presence('ExternalSecret', 'one', 'db')).toBe('absent');
  await create(cluster, definition());
  const objects = '/apis/external-secrets.io/v1/namespaces/one/externalsecrets';
  const object = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: { name: 'db' } };
  await vi.waitFor(
    async () => expect((await cluster.send('POST', objects, object)).status).toBe(201),
    20_000,
  );
  await vi.waitFor(() => expect(watched.state()!.get('ExternalSecret', 'one', 'db')).toBeDefined(), 20_000);
  await cluster.send(
    'DELETE',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalsecrets.external-secrets.io',
  );
  await vi.waitFor(
    () => expect(watched.state()!.presence('ExternalSecret', 'one', 'db')).toBe('absent'),
    20_000,
  );
  await vi.waitFor(() => expect(messages(watched)).toEqual([]), 10_000);
});

test('the permissions that are shipped suffice for all that rules read, and nothing is written', async () => {
  const watched = await watch(shipped, { kinds: kindsRead(rules) });
  await watched.source.read();
  expect(messages(watched)).toEqual([]);
  const requests = cluster.requestsOf('system:serviceaccount:faultline:faultline');
  expect(new Set(requests.map(({ verb }) => verb))).toEqual(new Set(['get', 'list', 'watch']));
  expect(requests.filter(({ objectRef }) => objectRef?.resource === 'secrets')).toEqual([]);
  expect(requests.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
});

function definition(): KubernetesObject {
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'externalsecrets.external-secrets.io' },
    spec: {
      group: 'external-secrets.io',
      names: { kind: 'ExternalSecret', plural: 'externalsecrets', singular: 'externalsecret' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
