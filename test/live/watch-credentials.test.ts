import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { openWatch, type ClusterWatch, type WatchOptions } from '../../src/cluster/watching/open-watch.ts';
import { PACE, type Pace } from '../../src/cluster/watching/pace.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type ClusterServer } from './cluster-server.ts';
import { create } from './load-objects.ts';
import { grantShipped } from './shipped-permissions.ts';

/* What vouches for Faultline changes under a watch of a real kube-apiserver. */

const { 'kube-apiserver': apiserver, etcd } = await findTools();
const scratch = join(tmpdir(), `faultline-credentials-${randomUUID()}`);
const file = (name: string): string => join(scratch, name);
const test = needsTool('kube-apiserver', 'etcd');
const CONFIG_MAPS = [{ group: '', kind: 'ConfigMap', version: 'v1' }];
const ACCOUNT = 'system:serviceaccount:faultline:faultline';

/** Watches end after a second or two, so that new requests are made with what is valid then. */
const QUICK: Pace = {
  ...PACE,
  watchSeconds: 1,
  pause: (milliseconds, signal) => PACE.pause(milliseconds / 10, signal),
};

let cluster: ClusterServer;
const open: ClusterWatch[] = [];

beforeAll(async () => {
  if (!apiserver || !etcd) return;
  mkdirSync(scratch);
  makeAuthority();
  const users = { first: 'first-token', second: 'second-token' };
  cluster = await startCluster(
    { 'kube-apiserver': apiserver, etcd },
    file('cluster'),
    users,
    () => null,
    file('ca.crt'),
  );
  await grantShipped(cluster);
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await create(cluster, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'people' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'faultline' },
    subjects: ['first', 'second'].map((name) => ({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'User',
      name,
    })),
  });
}, 120_000);

afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

function makeAuthority(): void {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=clients',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
  );
  for (const name of ['first', 'second']) {
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.csr`),
    );
    openssl(
      'x509',
      '-req',
      '-days',
      '2',
      '-in',
      file(`${name}.csr`),
      '-CA',
      file('ca.crt'),
      '-CAkey',
      file('ca.key'),
      '-set_serial',
      String(name.length),
      '-out',
      file(`${name}.crt`),
    );
  }
}

function kubeconfig(name: string, user: object): string {
  writeFileSync(
    file(name),
    JSON.stringify({
      'current-context': 'live',
      clusters: [
        { name: 'c', cluster: { server: cluster.address, 'certificate-authority': cluster.authority } },
      ],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'live', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  return file(name);
}

async function watch(options: Partial<WatchOptions>): Promise<ClusterWatch> {
  const opened = await openWatch({ kinds: CONFIG_MAPS, pace: QUICK, ...options });
  open.push(opened);
  await opened.source.read();
  return opened;
}

let count = 0;

/** A change that is seen, and no problem after it. */
async function expectAlive(watched: ClusterWatch): Promise<void> {
  const name = `sign-${(count += 1)}`;
  const object: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop' },
  };
  await create(cluster, object);
  await vi.waitFor(() => expect(watched.state()!.get('ConfigMap', 'shop', name)).toBeDefined(), 20_000);
  await vi.waitFor(() => expect(watched.problems()).toEqual([]), 20_000);
}

/** Requests of a user since now. */
function askedBy(user: string): () => number {
  const before = cluster.requestsOf(user).length;
  return () => cluster.requestsOf(user).length - before;
}

async function boundToken(secret: string): Promise<string> {
  const metadata = { name: secret, namespace: 'faultline' };
  await create(cluster, { apiVersion: 'v1', kind: 'Secret', metadata });
  const path = '/api/v1/namespaces/faultline/serviceaccounts/faultline/token';
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: secret };
  const { body } = await cluster.send('POST', path, { spec: { boundObjectRef } });
  return (body as { status: { token: string } }).status.token;
}

test('a token file of a kubeconfig is read again when it changes, before the old token is refused', async () => {
  writeFileSync(file('token'), 'first-token\n');
  // The file takes precedence, and is beside the kubeconfig.
  const watched = await watch({ kubeconfig: kubeconfig('by-file', { tokenFile: 'token', token: 'stale' }) });
  await expectAlive(watched);
  const [first, second] = [askedBy('first'), askedBy('second')];
  expect(second()).toBe(0);
  writeFileSync(file('token'), 'second-token\n');
  await vi.waitFor(() => expect(second()).toBeGreaterThan(1), 10_000);
  const after = first();
  await expectAlive(watched);
  expect(first()).toBe(after);
});

test('the token of the pod that it runs in may be revoked once its file has another', async () => {
  const folder = file('account');
  mkdirSync(folder);
  copyFileSync(cluster.authority, join(folder, 'ca.crt'));
  writeFileSync(join(folder, 'namespace'), 'faultline');
  writeFileSync(join(folder, 'token'), await boundToken('one'));
  const { hostname, port } = new URL(cluster.address);
  vi.stubEnv('KUBERNETES_SERVICE_HOST', hostname);
  vi.stubEnv('KUBERNETES_SERVICE_PORT', port);
  onTestFinished(() => void vi.unstubAllEnvs());
  const watched = await watch({ context: 'in-cluster', serviceAccount: folder });
  expect(watched.name).toBe('in-cluster');
  await expectAlive(watched);
  const old = readFileSync(join(folder, 'token'), 'utf8');
  writeFileSync(join(folder, 'token'), await boundToken('two'));
  await cluster.send('DELETE', '/api/v1/namespaces/faultline/secrets/one');
  // The API server remembers for ten seconds whom it has let in.
  await vi.waitFor(async () => expect(await statusFor(old)).toBe(401), { timeout: 20_000, interval: 500 });
  await expectAlive(watched);
  expect(cluster.requestsOf(ACCOUNT).length).toBeGreaterThan(5);
});

async function statusFor(token: string): Promise<number> {
  const { Agent, fetch } = await import('undici');
  const dispatcher = new Agent({ connect: { ca: readFileSync(cluster.authority) } });
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${cluster.address}/api/v1/configmaps?limit=1`, { headers, dispatcher });
  await answer.arrayBuffer();
  await dispatcher.close();
  return answer.status;
}

test('a credential plugin runs again when what it said has expired, and is told what kubectl tells it', async () => {
  const plugin = `
    const { appendFileSync, readFileSync } = require('node:fs');
    appendFileSync('${file('runs')}', process.env.KUBERNETES_EXEC_INFO + '\\n');
    const expirationTimestamp = new Date(Date.now() + 2000).toISOString();
    const token = readFileSync('${file('plugin-token')}', 'utf8');
    console.log(JSON.stringify({ status: { token, expirationTimestamp } }));`;
  writeFileSync(file('plugin.cjs'), plugin);
  writeFileSync(file('plugin-token'), 'first-token');
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: [file('plugin.cjs')],
  };
  const watched = await watch({ kubeconfig: kubeconfig('by-plugin', { exec }) });
  await expectAlive(watched);
  const second = askedBy('second');
  writeFileSync(file('plugin-token'), 'second-token');
  await vi.waitFor(() => expect(second()).toBeGreaterThan(1), 15_000);
  await expectAlive(watched);
  const [told] = readFileSync(file('runs'), 'utf8').split('\n');
  expect(JSON.parse(told!)).toEqual({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false },
  });
});

test('a client certificate that is replaced is the one of new connections', async () => {
  const use = (name: string): void => {
    copyFileSync(file(`${name}.key`), file('client.key'));
    copyFileSync(file(`${name}.crt`), file('client.crt'));
  };
  use('first');
  const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };
  const watched = await watch({ kubeconfig: kubeconfig('by-certificate', user) });
  await expectAlive(watched);
  const second = askedBy('second');
  use('second');
  await vi.waitFor(() => expect(second()).toBeGreaterThan(1), 15_000);
  await expectAlive(watched);
});

test('several clusters come from kubeconfigs of which the first counts and one may be missing', async () => {
  const context = (name: string): string => {
    const path = kubeconfig(`of-${name}`, { token: `${name}-token` });
    const renamed = readFileSync(path, 'utf8')
      .replaceAll('"u"', `"${name}"`)
      .replaceAll('"live"', `"${name}"`);
    writeFileSync(path, renamed);
    return path;
  };
  vi.stubEnv('KUBECONFIG', [context('first'), file('nowhere'), context('second')].join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
  const [first, second] = [askedBy('first'), askedBy('second')];
  const watches = [await watch({}), await watch({ context: 'second' })];
  expect(watches.map(({ name }) => name)).toEqual(['first', 'second']);
  for (const watched of watches) await expectAlive(watched);
  expect([first() > 0, second() > 0]).toEqual([true, true]);
});
