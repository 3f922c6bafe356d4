import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import type { Outcome } from '../commands/command-line.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type ClusterServer } from './cluster-server.ts';
import { create, loadObjects } from './load-objects.ts';
import { writePresentDemo, type PresentDemo } from './present-demo.ts';
import { recordedSeries, startPrometheus, type PrometheusServer } from './prometheus-server.ts';
import { grantShipped, writeKubeconfig } from './shipped-permissions.ts';

/* The demo's cluster on a real kube-apiserver, etcd and Prometheus, recorded with the permissions in deploy/rbac.yaml, and with fewer. */

const { 'kube-apiserver': apiserver, etcd, prometheus, promtool } = await findTools();
const live = needsTool('kube-apiserver', 'etcd', 'prometheus', 'promtool');
const scratch = join(tmpdir(), `faultline-record-${randomUUID()}`);
const kubeconfig = join(scratch, 'kubeconfig');
const tenantConfig = join(scratch, 'tenant-kubeconfig');
const main = resolve(import.meta.dirname, '../../src/main.ts');
const READER = 'system:serviceaccount:faultline:faultline';
const rbac = 'rbac.authorization.k8s.io';
const LONG_VALUE = 'x'.repeat(20_000);

let demo: PresentDemo;
let cluster: ClusterServer;
let metrics: PrometheusServer;

beforeAll(async () => {
  if (!apiserver || !etcd || !prometheus || !promtool) return;
  mkdirSync(scratch);
  demo = writePresentDemo(scratch);
  [cluster, metrics] = await Promise.all([
    startCluster(
      { 'kube-apiserver': apiserver, etcd },
      join(scratch, 'cluster'),
      { tenant: 'tenant-token' },
      recordedLog,
    ),
    startPrometheus({ prometheus, promtool }, recordedSeries(demo.snapshot), join(scratch, 'prometheus')),
  ]);
  await loadObjects(cluster, await (await openSnapshot(demo.snapshot)).read());
  writeKubeconfig(cluster, kubeconfig, await grantShipped(cluster));
  writeKubeconfig(cluster, tenantConfig, 'tenant-token', { namespace: 'booking' });
  for (const object of bystanders) await create(cluster, object);
}, 180_000);

afterAll(async () => {
  await Promise.all([cluster?.stop(), metrics?.stop()]);
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

const bystanders = [
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'registry-password', namespace: 'booking' },
    stringData: { password: 'hunter2-of-the-registry' },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'long', namespace: 'booking' },
    data: { chart: LONG_VALUE, short: 'kept' },
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name: 'tenant', namespace: 'booking' },
    rules: [{ apiGroups: [''], resources: ['pods', 'configmaps'], verbs: ['list'] }],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'tenant', namespace: 'booking' },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'tenant' },
    subjects: [{ apiGroup: rbac, kind: 'User', name: 'tenant' }],
  },
];

function recordedLog(namespace: string, pod: string, container: string, previous: boolean): string | null {
  const file = join(demo.snapshot, 'logs', namespace, pod, `${container}${previous ? '.previous' : ''}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** A process of its own, to which this one goes on serving logs. */
function faultline(...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, KUBECONFIG: kubeconfig, XDG_CACHE_HOME: join(scratch, 'cache') };
  return new Promise((done) => {
    execFile(process.execPath, [main, ...args], { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      done({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

async function record(output: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await faultline('record', '--context', 'live', '--out', output, ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

async function diagnosed(...args: readonly string[]): Promise<readonly object[]> {
  const { status, stdout, stderr } = await faultline(
    'diagnose',
    '--repo',
    demo.repository,
    '--output',
    'json',
    ...args,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { incidents } = JSON.parse(stdout) as { incidents: readonly Record<string, unknown>[] };
  return incidents.map(({ rule, cause, object, container, culprit, confidence, decision, fix }) => {
    const changes = (fix as { changes: unknown } | null)?.changes ?? null;
    return { rule, cause, object, container, culprit, confidence, decision, changes };
  });
}

function contentOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

describe('recording a real API server with a real Prometheus', () => {
  live('makes a folder that is diagnosed as the cluster itself, and reads only', async () => {
    const output = join(scratch, 'recorded');
    const before = cluster.requestsOf(READER).length;
    const printed = await record(output, '--prometheus', metrics.address);
    const requests = cluster.requestsOf(READER).slice(before);
    expect(printed).toMatch(
      /^recorded live: \d+ objects of \d+ kinds, [1-9]\d* failing containers, [1-9]\d* logs, [1-9]\d* series/,
    );
    expect(requests.length).toBeGreaterThan(20);
    expect(requests.filter(({ verb }) => verb !== 'get' && verb !== 'list')).toEqual([]);
    expect(requests.filter(({ requestURI }) => requestURI.includes('secrets'))).toEqual([]);

    const actual = await diagnosed('--snapshot', output);
    expect(actual).toHaveLength(4);
    expect(actual).toEqual(await diagnosed('--context', 'live', '--prometheus', metrics.address));
  });

  live('says what it recorded, for programs', async () => {
    const output = join(scratch, 'for-programs');
    const answer = JSON.parse(await record(output, '--output', 'json')) as object;
    expect(answer).toEqual({
      version: 1,
      folder: output,
      cluster: 'live',
      objects: expect.any(Number) as number,
      kinds: expect.any(Number) as number,
      failingContainers: expect.any(Number) as number,
      logs: expect.any(Number) as number,
      series: null,
      problems: expect.any(Array) as unknown[],
    });
  });

  live('holds no Secret, and logs of failing containers alone', async () => {
    const output = join(scratch, 'without-metrics');
    expect(await record(output)).toContain('no metrics (no --prometheus)');
    expect(contentOf(output)).not.toContain('hunter2-of-the-registry');
    expect(existsSync(join(output, 'metrics'))).toBe(false);
    const source = await openSnapshot(output);
    const state = await source.read();
    expect(state.problems).toEqual([]);
    expect(state.presence('Secret', 'booking', 'registry-password')).toBe('unknown');
    expect(state.presence('ConfigMap', 'booking', 'missing')).toBe('absent');
    expect(state.get('ConfigMap', 'booking', 'long')).toMatchObject({ data: { chart: null, short: 'kept' } });
    const pods = readdirSync(join(output, 'logs'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        state.get('Pod', entry.parentPath.split('/').at(-2)!, entry.parentPath.split('/').at(-1)!)!,
      );
    expect(pods.length).toBeGreaterThan(0);
    for (const pod of pods)
      expect(JSON.stringify(pod['status'])).toMatch(/"restartCount":[1-9]|"ready":false/);
  });

  live('leaves unknown what may not be read, and says so', async () => {
    const output = join(scratch, 'tenant');
    const printed = await record(output, '--kubeconfig', tenantConfig);
    expect(printed).toContain(
      'problem  /api/v1/pods: may list pods in namespace booking only; unknown elsewhere\n',
    );
    expect(printed).toMatch(
      /problem {2}log of booking\/\S+, container \S+: the cluster gives no current log; not recorded\n/,
    );
    const state = await (await openSnapshot(output)).read();
    expect(state.presence('Pod', 'booking', 'missing')).toBe('absent');
    expect(state.presence('Pod', 'revenue', 'missing')).toBe('unknown');
    expect(state.presence('Deployment', 'booking', 'missing')).toBe('unknown');
  });
}, 120_000);
