import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDefinition } from '../../src/cluster/live-definition.ts';
import { readVersions } from '../../src/cluster/live-versions.ts';
import type { KubernetesApi } from '../../src/cluster/kubernetes-api.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { kubernetesVersion, laterVersion } from '../../src/kubernetes/cluster-versions.ts';

async function recorded(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'faultline-versions-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return openSnapshot(folder);
}

const NODES = ['v1.30.4-eks-a1b2', 'v1.30.10'].map(
  (version, index) => `apiVersion: v1
kind: Node
metadata: {name: n${index}}
status: {nodeInfo: {kubeletVersion: ${version}}}
`,
);

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: berths.harbour.example}
spec:
  group: harbour.example
  names: {kind: Berth, plural: berths}
  versions:
    - {name: v1, served: true, schema: {openAPIV3Schema: {type: object}}}
    - {name: v1alpha1, served: false}
`;

describe('a version of Kubernetes', () => {
  test.each([
    ['v1.30.2', 'v1.30.2'],
    ['1.30.2', 'v1.30.2'],
    ['v1.30.2-eks-1552ad0', 'v1.30.2'],
    ['v1.31.4+k3s1', 'v1.31.4'],
    ['v1.29', 'v1.29'],
    ['latest', null],
    ['v0.0.0-master+$Format:%H$', null],
    ['v1.2.3.4', null],
    ['', null],
    [1.3, null],
  ])('%j is %j', (text, version) => expect(kubernetesVersion(text)).toBe(version));

  test('is later by its numbers', () => {
    expect(laterVersion('v1.9.3', 'v1.10.0')).toBe('v1.10.0');
    expect(laterVersion('v1.30.4', 'v1.30.10')).toBe('v1.30.10');
    expect(laterVersion(null, 'v1.2')).toBe('v1.2');
  });
});

describe('a recorded cluster', () => {
  test('has the version and the APIs that snapshot.yaml says', async () => {
    const source = await recorded({
      'snapshot.yaml': 'kubernetesVersion: v1.31.1\napiVersions: [b.example/v1, a.example/v1]\n',
      'nodes.yaml': NODES.join('---\n'),
    });
    expect((await source.read()).versions).toEqual({
      kubernetes: 'v1.31.1',
      api: ['a.example/v1', 'b.example/v1'],
    });
  });

  test('has the version of its newest kubelet, and the APIs of its objects and definitions', async () => {
    const source = await recorded({ 'a.yaml': [...NODES, DEFINITION].join('---\n') });
    const state = await source.read();
    expect(state.problems).toEqual([]);
    expect(state.versions).toEqual({
      kubernetes: 'v1.30.10',
      api: [
        'apiextensions.k8s.io/v1',
        'apiextensions.k8s.io/v1/CustomResourceDefinition',
        'harbour.example/v1',
        'harbour.example/v1/Berth',
        'v1',
        'v1/Node',
      ],
    });
  });

  test('has no version where nothing tells one', async () => {
    const source = await recorded({ 'a.yaml': DEFINITION });
    expect((await source.read()).versions.kubernetes).toBeNull();
  });

  test('whose snapshot.yaml has no version and no list says so', async () => {
    const source = await recorded({
      'snapshot.yaml': 'kubernetesVersion: newest\napiVersions: [{a: b}]\n',
      'nodes.yaml': NODES[0]!,
    });
    const { problems, versions } = await source.read();
    expect(problems.map(({ message }) => message)).toEqual([
      'kubernetesVersion: expected a version like v1.34.2',
      'apiVersions: expected a list like [apps/v1, example.com/v1/Widget]',
    ]);
    expect(versions.kubernetes).toBe('v1.30.4');
  });

  test('knows the definitions that were recorded', async () => {
    const source = await recorded({ 'a.yaml': DEFINITION });
    expect(await source.definition!('harbour.example/v1', 'Berth')).toMatchObject({
      metadata: { name: 'berths.harbour.example' },
    });
    expect(await source.definition!('harbour.example/v1', 'Buoy')).toBeNull();
  });
});

function apiOf(answers: Readonly<Record<string, unknown>>): { api: KubernetesApi; asked: string[] } {
  const asked: string[] = [];
  const api: KubernetesApi = {
    context: 'test',
    server: 'https://test',
    namespace: null,
    get: async (path) => {
      asked.push(path);
      const body = answers[path];
      return { status: body === undefined ? 404 : 200, text: JSON.stringify(body ?? {}), retryAfter: 0 };
    },
    getStreamed: () => Promise.reject(new Error('nothing is streamed')),
    watch: () => Promise.reject(new Error('nothing is watched')),
    close: () => undefined,
  };
  return { api, asked };
}

describe('a live cluster', () => {
  test('has the version and the kinds that its API server says', async () => {
    const { api } = apiOf({
      '/version': { gitVersion: 'v1.32.1-gke.100' },
      '/apis': {
        kind: 'APIGroupDiscoveryList',
        items: [
          {
            metadata: { name: 'harbour.example' },
            versions: [{ version: 'v1', resources: [{ responseKind: { kind: 'Berth' } }] }, null],
          },
        ],
      },
    });
    expect(await readVersions(api)).toEqual({
      kubernetes: 'v1.32.1',
      api: ['harbour.example/v1', 'harbour.example/v1/Berth', 'v1'],
      isWhole: true,
    });
  });

  test('that is too old to say its kinds has groups and versions', async () => {
    const { api } = apiOf({
      '/apis': { groups: [{ versions: [{ groupVersion: 'apps/v1' }, { version: 'v2' }] }] },
    });
    expect(await readVersions(api)).toEqual({ api: ['apps/v1', 'v1'], isWhole: true });
  });

  test('that says nothing is any cluster', async () => {
    expect(await readVersions(apiOf({}).api)).toEqual({});
    const { api } = apiOf({ '/version': [], '/apis': { items: 'x', groups: 3 } });
    expect(await readVersions(api)).toEqual({ api: ['v1'] });
  });

  test('is asked for one definition', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/berths.harbour.example';
    const { api, asked } = apiOf({
      '/apis/harbour.example/v1': {
        resources: [
          { name: 'berths/status', kind: 'Berth' },
          { name: 'berths', kind: 'Berth' },
        ],
      },
      [path]: {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'b' },
      },
    });
    expect(await readDefinition(api, 'harbour.example/v1', 'Berth')).toMatchObject({
      metadata: { name: 'b' },
    });
    expect(await readDefinition(api, 'harbour.example/v1', 'Buoy')).toBeNull();
    expect(await readDefinition(api, 'v1', 'Pod')).toBeNull();
    expect(await readDefinition(api, '../v1', 'Pod')).toBeNull();
    expect(asked).toEqual(['/apis/harbour.example/v1', path, '/apis/harbour.example/v1']);
  });
});
