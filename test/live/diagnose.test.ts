import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { keepEssentials } from '../../src/cluster/essentials.ts';
import { KINDS } from '../cluster/kinds.ts';
import { openLive, type LiveSource } from '../../src/cluster/live.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { faultline, type Outcome } from '../commands/command-line.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type AuditEvent, type ClusterServer } from './cluster-server.ts';
import { acceptable, create, loadObjects } from './load-objects.ts';
import { writePresentDemo, type PresentDemo } from './present-demo.ts';
import { freePort } from '../free-port.ts';
import { offSteps, recordedSeries, startPrometheus, type PrometheusServer } from './prometheus-server.ts';

/*
 * The demo's cluster, served by a real kube-apiserver with a real etcd and a real Prometheus, and read with the
 * permissions in deploy/rbac.yaml. No controllers, no scheduler and no kubelets run: objects stay as they were recorded.
 * Logs come through the API server from a stand-in for the kubelets.
 */

const tools = await findTools();
const { 'kube-apiserver': apiserver, etcd, prometheus, promtool } = tools;
const scratch = join(tmpdir(), `faultline-cluster-${randomUUID()}`);
const kubeconfig = join(scratch, 'kubeconfig');
const main = resolve(import.meta.dirname, '../../src/main.ts');
const READER = 'system:serviceaccount:faultline:faultline';

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
      { nobody: 'nobody-token', tenant: 'tenant-token' },
      recordedLog,
    ),
    startPrometheus(
      { prometheus, promtool },
      offSteps(recordedSeries(demo.snapshot)),
      join(scratch, 'prometheus'),
    ),
  ]);
  await loadObjects(cluster, await (await openSnapshot(demo.snapshot)).read());
  const permissions = yaml.loadAll(
    readFileSync(resolve(import.meta.dirname, '../../deploy/rbac.yaml'), 'utf8'),
  );
  for (const object of [...permissions, ...bystanders]) await create(cluster, object as KubernetesObject);
  await writeKubeconfig();
}, 180_000);

afterAll(async () => {
  await Promise.all([cluster?.stop(), metrics?.stop()]);
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

/** A Secret that nobody should ask for, and a user who may read one namespace. */
const bystanders = [
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'registry-password', namespace: 'booking' },
    stringData: { password: 'hunter2' },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'tenant', namespace: 'booking' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'faultline' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'tenant' }],
  },
];

function recordedLog(namespace: string, pod: string, container: string, previous: boolean): string | null {
  const file = join(demo.snapshot, 'logs', namespace, pod, `${container}${previous ? '.previous' : ''}.log`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

async function writeKubeconfig(): Promise<void> {
  const { status, body } = await cluster.send(
    'POST',
    '/api/v1/namespaces/faultline/serviceaccounts/faultline/token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  );
  expect(status).toBe(201);
  const { token } = (body as { status: { token: string } }).status;
  const real = { server: cluster.address, 'certificate-authority': cluster.authority };
  const clusters = {
    real,
    silent: { ...real, server: `https://127.0.0.1:${await freePort()}` },
    unknown: { server: cluster.address },
  };
  const users = { reader: token, nobody: 'nobody-token', tenant: 'tenant-token', stranger: 'no-such-token' };
  const contexts = {
    'saltmarsh-prod': { cluster: 'real', user: 'reader' },
    nobody: { cluster: 'real', user: 'nobody' },
    tenant: { cluster: 'real', user: 'tenant', namespace: 'booking' },
    stranger: { cluster: 'real', user: 'stranger' },
    silent: { cluster: 'silent', user: 'reader' },
    untrusted: { cluster: 'unknown', user: 'reader' },
  };
  const entries = <T>(named: Readonly<Record<string, T>>, key: string) =>
    Object.entries(named).map(([name, value]) => ({ name, [key]: value }));
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: entries(clusters, 'cluster'),
    users: Object.entries(users).map(([name, token]) => ({ name, user: { token } })),
    contexts: entries(contexts, 'context'),
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
}

/** `faultline diagnose` in this process. */
function diagnose(...args: readonly string[]): Promise<Outcome> {
  vi.stubEnv('KUBECONFIG', kubeconfig);
  vi.stubEnv('XDG_CACHE_HOME', join(scratch, 'cache'));
  return faultline('diagnose', '--repo', demo.repository, ...args).finally(() => vi.unstubAllEnvs());
}

/** The same as a process of its own, to which this one goes on serving logs. */
function diagnoseApart(...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, KUBECONFIG: kubeconfig, XDG_CACHE_HOME: join(scratch, 'cache') };
  return new Promise((resolve) => {
    const command = [main, 'diagnose', '--repo', demo.repository, ...args];
    execFile(process.execPath, command, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

interface Answer {
  readonly now: string;
  readonly incidents: readonly Incident[];
  readonly problems: readonly { readonly where: string; readonly message: string }[];
}

type Incident = Readonly<Record<string, unknown>> & {
  readonly rule: string;
  readonly evidence: readonly { readonly source: string; readonly at: string | null }[];
};

function answerOf({ status, stdout, stderr }: Outcome): Answer {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Answer;
}

function open(context: string): Promise<LiveSource> {
  return openLive({ kinds: KINDS, kubeconfig, context, prometheus: metrics.address });
}

const live = needsTool('kube-apiserver', 'etcd', 'prometheus', 'promtool');

describe('diagnosing a real API server with a real Prometheus', () => {
  live('comes to what the recorded cluster comes to', async () => {
    const args = ['--context', 'saltmarsh-prod', '--prometheus', metrics.address, '--output', 'json'];
    const actual = answerOf(await diagnoseApart(...args));
    const expected = answerOf(
      await diagnose('--snapshot', demo.snapshot, '--now', actual.now, '--output', 'json'),
    );
    expect(expected.incidents.map(({ rule }) => rule).sort()).toEqual([
      'config-reference',
      'hpa-at-maximum',
      'image-pull',
      'oom-killed',
    ]);
    expect(withoutTimes(actual)).toEqual(withoutTimes(expected));
    const [times, recordedTimes] = [timesIn(actual), timesIn(expected)];
    expect(times).toHaveLength(recordedTimes.length);
    for (const [index, time] of recordedTimes.entries())
      expect(Math.abs(times[index]! - time)).toBeLessThanOrEqual(STEP + MINUTE);
  });

  live(
    'asks for nothing but lists, logs, what pods use and what is served, and never for Secrets',
    async () => {
      const before = cluster.requestsOf(READER).length;
      answerOf(await diagnose('--context', 'saltmarsh-prod', '--output', 'json'));
      // The server writes down a request after it has answered it.
      const requests = await vi.waitFor(() => {
        const made = cluster.requestsOf(READER).slice(before);
        expect(made.some(isLog)).toBe(true);
        return made;
      });
      const lists = requests.filter(({ verb }) => verb === 'list');
      expect(lists.length).toBeGreaterThan(20);
      expect(lists.filter(({ responseStatus }) => responseStatus?.code !== 200)).toEqual([]);
      const others = requests.filter(({ verb }) => verb !== 'list');
      expect(
        others.filter((request) => !isLog(request) && !isUsage(request) && !isDiscovery(request)),
      ).toEqual([]);
      expect(requests.filter(({ requestURI }) => requestURI.includes('secrets'))).toEqual([]);
    },
  );

  live('is not even allowed to look at Secrets, or to change anything', async () => {
    for (const [verb, group, resource] of [
      ['get', '', 'secrets'],
      ['list', '', 'secrets'],
      ['create', '', 'pods/exec'],
      ['create', '', 'pods/eviction'],
      ['patch', 'apps', 'deployments'],
      ['delete', '', 'pods'],
      ['create', 'coordination.k8s.io', 'leases'],
    ] as const) {
      const [name, subresource] = resource.split('/');
      const asked = { verb, group, resource: name, subresource, namespace: 'booking' };
      const { body } = await cluster.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: READER, resourceAttributes: asked },
      });
      expect({ asked, ...(body as { status: object }).status }).toMatchObject({ asked, allowed: false });
    }
  });

  live('a user who may read nothing learns that, and of no incident', async () => {
    const answer = answerOf(await diagnose('--context', 'nobody', '--output', 'json'));
    expect(answer.incidents).toEqual([]);
    expect(answer.problems).toEqual([
      { where: cluster.address, message: expect.stringMatching(/^may list none of the \d+ kinds/) as string },
    ]);
    const text = await diagnose('--context', 'nobody');
    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toContain('No failure was found in what could be read of nobody.');
  });

  live('a user who may read one namespace is told of the incidents there', async () => {
    const answer = answerOf(await diagnose('--context', 'tenant', '--output', 'json'));
    expect(answer.incidents.map(({ rule }) => rule).sort()).toEqual(['image-pull', 'oom-killed']);
    expect(answer.problems).toContainEqual({
      where: '/api/v1/pods',
      message: 'may list pods in namespace booking only; unknown elsewhere',
    });
  });

  live.each([
    ['a server that does not answer', 'silent', /ECONNREFUSED/],
    ['a server whose certificate nobody vouches for', 'untrusted', /certificate/],
    ['a token that is refused', 'stranger', /the credentials are refused \(401\)/],
  ])('%s is a failure in one line', async (_name, context, reason) => {
    const { status, stdout, stderr } = await diagnose('--context', context);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^faultline: [^\n]+\n$/);
    expect(stderr).toContain(`the cluster of context ${context}`);
    expect(stderr).toMatch(reason);
  });

  live('without an answer from Prometheus goes on, and says so', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const args = ['--context', 'saltmarsh-prod', '--prometheus', nowhere, '--output', 'json'];
    const answer = answerOf(await diagnose(...args));
    expect(answer.incidents).toHaveLength(4);
    expect(answer.problems).toEqual([
      {
        where: `${nowhere}/`,
        message: expect.stringMatching(/^does not answer, metrics are unknown: .*ECONNREFUSED/) as string,
      },
    ]);
  });
}, 120_000);

describe('reading a real API server', () => {
  live('gives every object with all that was recorded of it', async () => {
    const read = await (await open('saltmarsh-prod')).read();
    const recorded = await (await openSnapshot(demo.snapshot)).read();
    const objects = recorded.kinds().flatMap((kind) => recorded.list(kind));
    expect(objects.length).toBeGreaterThan(90);
    for (const object of objects) {
      const { resourceVersion: _, ...metadata } = object.metadata;
      const wanted = withoutNulls({ ...keepEssentials(acceptable(object, cluster)), metadata });
      expect(read.get(object.kind, metadata.namespace ?? null, metadata.name)).toMatchObject(wanted);
    }
    expect(read.problems).toEqual([]);
  });

  live('follows the pages of a long list', async () => {
    const names = Array.from({ length: 1001 }, (_, index) => `page-${String(index).padStart(4, '0')}`);
    await crowd(names);
    const read = await (await open('saltmarsh-prod')).read();
    expect(read.list('ConfigMap', 'crowd').map(({ metadata }) => metadata.name)).toEqual(names);
    expect(read.presence('ConfigMap', 'crowd', 'page-1001')).toBe('absent');
    const pages = cluster
      .requestsOf(READER)
      .filter(({ requestURI }) => /configmaps\?.*continue=/.test(requestURI));
    expect(pages.length).toBeGreaterThanOrEqual(2);
  });

  live('finds kinds that a custom resource definition adds', async () => {
    await install('ScaledObject', 'keda.sh', 'v1alpha1');
    const metadata = { name: 'fares', namespace: 'revenue' };
    await create(cluster, {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata,
      spec: { maxReplicaCount: 8 },
    });
    const read = await (await open('saltmarsh-prod')).read();
    expect(read.get('ScaledObject', 'revenue', 'fares')).toMatchObject({ spec: { maxReplicaCount: 8 } });
    expect(read.presence('ScaledObject', 'revenue', 'other')).toBe('absent');
    expect(read.presence('Rollout', 'revenue', 'fares')).toBe('absent');
  });

  live('knows its APIs, and the definition of a kind, by name', async () => {
    await install('Gauge', 'harbour.example', 'v1');
    const source = await open('saltmarsh-prod');
    const { versions } = await source.read();
    expect(versions.api).toEqual(
      expect.arrayContaining(['apps/v1/Deployment', 'harbour.example/v1', 'harbour.example/v1/Gauge', 'v1']),
    );
    expect(await source.definition!('harbour.example/v1', 'Gauge')).toMatchObject({
      metadata: { name: 'gauges.harbour.example' },
    });
    expect(await source.definition!('harbour.example/v1', 'Buoy')).toBeNull();
  });

  live('does not know whether there are Secrets', async () => {
    const read = await (await open('saltmarsh-prod')).read();
    expect(read.presence('Secret', 'booking', 'registry-password')).toBe('unknown');
  });

  live('has the logs of containers now and before, and null where there are none', async () => {
    const source = await open('saltmarsh-prod');
    const tiles = { namespace: 'booking', pod: 'seatmap-gs8qrqm7g-hq6fd', container: 'tiles' };
    for (const previous of [true, false])
      expect(await source.log({ ...tiles, previous })).toBe(
        recordedLog('booking', tiles.pod, 'tiles', previous),
      );
    expect(await source.log({ ...tiles, container: 'access-log', previous: false })).toBeNull();
    expect(await source.log({ ...tiles, pod: 'no-such-pod', previous: false })).toBeNull();
  });
}, 120_000);

/** Versions of the API server differ in whether they print a time that was never set. */
function withoutNulls(value: object): object {
  return JSON.parse(JSON.stringify(value, (_key, inner: unknown) => inner ?? undefined)) as object;
}

async function crowd(names: readonly string[]): Promise<void> {
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'crowd' } });
  const waiting = [...names];
  const worker = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
      await create(cluster, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'crowd' } });
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function install(kind: string, group: string, version: string): Promise<void> {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await create(cluster, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  });
  await vi.waitFor(
    async () =>
      expect(await cluster.send('GET', `/apis/${group}/${version}/${plural}`)).toMatchObject({ status: 200 }),
    { timeout: 20_000, interval: 100 },
  );
}

function isLog({ verb, objectRef }: AuditEvent): boolean {
  return verb === 'get' && objectRef?.resource === 'pods' && objectRef.subresource === 'log';
}

/** What a pod uses now, by metrics-server. */
function isUsage({ verb, objectRef }: AuditEvent): boolean {
  return verb === 'get' && objectRef?.resource === 'pods' && objectRef.apiGroup === 'metrics.k8s.io';
}

function isDiscovery({ verb, requestURI, objectRef }: AuditEvent): boolean {
  return verb === 'get' && objectRef === undefined && /^\/(?:apis?(\/|$)|version$)/.test(requestURI);
}

const MINUTE = 60_000;
/** The steps of a range query over a day: what was sampled in between is seen up to so much later. */
const STEP = 5 * MINUTE;

const TIMES = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z| UTC)?|\d+ h(?: \d+ min)?|\d+ min/g;

/** The answer without times, and of charts only their titles: samples are drawn at the times of the query's steps. */
function withoutTimes(answer: Answer): unknown {
  const text = JSON.stringify(answer)
    .replace(TIMES, '(time)')
    .replaceAll(/ *x-axis.*?```/g, '```');
  return JSON.parse(text) as unknown;
}

/** All times and durations in the answer outside of charts, in milliseconds. */
function timesIn(answer: Answer): readonly number[] {
  const text = JSON.stringify(answer).replaceAll(/ *x-axis.*?```/g, '');
  return [...text.matchAll(TIMES)].map(([time]) => {
    const duration = /^(?:(\d+) h)? ?(?:(\d+) min)?$/.exec(time);
    if (duration) return (Number(duration[1] ?? 0) * 60 + Number(duration[2] ?? 0)) * MINUTE;
    return Date.parse(`${time.replace(/Z| UTC/, '').replace(' ', 'T')}Z`);
  });
}
