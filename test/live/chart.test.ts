import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { findTools } from '../../scripts/tools.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { BARE, CHART, LARGE, rendered, runHelm, SMALL, valuesFile } from '../deploy/rendered.ts';
import { needsTool } from '../needs.ts';
import { startCluster, type ApiResponse, type ClusterServer } from './cluster-server.ts';
import { create, pathOf } from './load-objects.ts';
import { writeKubeconfig } from './shipped-permissions.ts';

/* A real kube-apiserver that takes what the chart and deploy/kustomize render, and admits restricted pods alone. */

const { 'kube-apiserver': apiserver, etcd, kustomize } = await findTools();
const scratch = join(tmpdir(), `faultline-chart-${randomUUID()}`);
const test = needsTool('kube-apiserver', 'etcd', 'helm', 'kustomize');

let cluster: ClusterServer;

beforeAll(async () => {
  if (!apiserver || !etcd) return;
  mkdirSync(scratch);
  cluster = await startCluster(
    { 'kube-apiserver': apiserver, etcd },
    join(scratch, 'cluster'),
    {},
    () => null,
  );
  await define('monitoring.coreos.com', 'v1', 'ServiceMonitor', 'servicemonitors');
  await define('monitoring.coreos.com', 'v1', 'PrometheusRule', 'prometheusrules');
  await define('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes');
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** A kind that takes anything as its spec: what the server knows of its own kinds is what is tested. */
async function define(group: string, version: string, kind: string, plural: string): Promise<void> {
  const spec = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  await create(cluster, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // The group is protected; this says why the kind may be in it all the same.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  });
  const isServed = async (): Promise<void> => {
    const { status } = await cluster.send('GET', `/apis/${group}/${version}/${plural}`);
    if (status !== 200) throw new Error(`${kind} is not served yet`);
  };
  await vi.waitFor(isServed, { timeout: 20_000 });
}

async function restrictedNamespace(name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await create(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

/** As `kubectl create --validate=strict`: a field that the server does not know is an error. */
async function send(object: KubernetesObject): Promise<ApiResponse> {
  const path = await pathOf(cluster, object);
  return cluster.send('POST', `${path}?fieldValidation=Strict`, object);
}

async function refusals(objects: readonly KubernetesObject[]): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const object of objects) {
    const { status, body } = await send(object);
    if (status !== 201) refused.push(`${object.kind} ${object.metadata.name}: ${JSON.stringify(body)}`);
  }
  return refused;
}

/** The pods that the ReplicaSets of the deployments would make; no controller runs here that does. */
function podsOf(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return objects
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata: { name, namespace }, spec }) => {
      const { template } = spec as { template: { metadata: object; spec: object } };
      const metadata = { ...template.metadata, name: `${name}-0`, namespace: namespace! };
      return { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec };
    });
}

/** Objects of the cluster have the name of the release, and the sets are all installed side by side here. */
function ownNames(values: typeof SMALL, name: string): typeof SMALL {
  return { ...values, fullnameOverride: name };
}

describe.each(Object.entries({ small: SMALL, large: LARGE, bare: BARE }))(
  'the chart (%s)',
  (name, values) => {
    test('is accepted, object by object, and its pods are admitted as restricted', async () => {
      const namespace = `chart-${name}`;
      await restrictedNamespace(namespace);
      const objects = rendered(ownNames(values, namespace), namespace);
      expect(objects.length).toBeGreaterThan(2);
      expect(await refusals(objects)).toEqual([]);
      const pods = podsOf(objects);
      expect(pods).toHaveLength(name === 'bare' ? 1 : 2);
      expect(await refusals(pods)).toEqual([]);
    });
  },
);

describe('the plain manifests', () => {
  test('are accepted, object by object, and their pods are admitted as restricted', async () => {
    const folder = resolve(import.meta.dirname, '../../deploy/kustomize');
    const text = execFileSync(kustomize!.command, [...kustomize!.args, folder], { encoding: 'utf8' });
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
    expect(objects[0]!.kind).toBe('Namespace');
    expect(await refusals(objects)).toEqual([]);
    expect(await refusals(podsOf(objects))).toEqual([]);
  });
});

test('the pod that docs/install.md moves the store with is admitted as restricted', async () => {
  await restrictedNamespace('moving');
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/install.md'), 'utf8');
  const [, text] = /<<'END'\n([^]*?)\nEND\n/.exec(page)!;
  const pod = parse(text!) as KubernetesObject;
  expect(pod.kind).toBe('Pod');
  expect(await refusals([{ ...pod, metadata: { ...pod.metadata, namespace: 'moving' } }])).toEqual([]);
});

describe('helm', () => {
  const namespace = 'helm';
  const helm = (...args: readonly string[]): string =>
    runHelm([...args, '-n', namespace, '--kubeconfig', join(scratch, 'kubeconfig')]);
  const read = async (path: string): Promise<{ status: number; body: any }> => cluster.send('GET', path);
  const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/own`;
  const claim = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/own`;
  const budget = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/own`;

  test('installs, upgrades to PostgreSQL and back, and uninstalls; the volume with the audit log stays', async () => {
    await restrictedNamespace(namespace);
    writeKubeconfig(cluster, join(scratch, 'kubeconfig'), 'administrator-token');
    const small = { ...SMALL, fullnameOverride: 'own' };
    const several = { ...small, replicas: 3, store: { postgres: { existingSecret: 'postgres' } } };
    const said = helm('install', 'own', CHART, '-f', valuesFile(small));
    expect(said).toContain('It polls GitHub every 60s');
    expect((await read(claim)).status).toBe(200);

    helm('upgrade', 'own', CHART, '-f', valuesFile(several));
    expect((await read(deployment)).body.spec.strategy.type).toBe('RollingUpdate');
    expect((await read(budget)).status).toBe(200);
    expect((await read(claim)).status).toBe(200);

    helm('upgrade', 'own', CHART, '-f', valuesFile(small));
    expect((await read(deployment)).body.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect((await read(budget)).status).toBe(404);

    helm('uninstall', 'own');
    expect((await read(deployment)).status).toBe(404);
    expect((await read(claim)).body.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('the server', () => {
  test('refuses a field that it does not know', async () => {
    await restrictedNamespace('strict');
    const metadata = { name: 'odd', namespace: 'strict' };
    const { status, body } = await send({ apiVersion: 'v1', kind: 'ConfigMap', metadata, datas: {} });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain('unknown field');
  });

  test('refuses each pod of the chart once it may run as root', async () => {
    await restrictedNamespace('loose');
    const pods = podsOf(rendered(ownNames(SMALL, 'loose'), 'loose'));
    for (const pod of pods) {
      const spec = pod['spec'] as { securityContext: object; containers: readonly object[] };
      const securityContext = { ...spec.securityContext, runAsNonRoot: false };
      const asRoot = { ...pod, spec: { ...spec, securityContext } };
      const { status, body } = await send(asRoot);
      expect(status).toBe(403);
      expect(JSON.stringify(body)).toContain('violates PodSecurity \\"restricted:latest\\"');
    }
  });
});
