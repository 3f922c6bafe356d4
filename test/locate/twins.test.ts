import { describe, expect } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/model/located.ts';
import { needsTool } from '../needs.ts';
import { revisionOf, type Files } from './revisions.ts';

const withHelm = needsTool('helm');

function application(source: string, destination = 'server: https://kubernetes.default.svc'): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: crane, namespace: argocd}
spec:
  destination: {${destination}, namespace: docks}
  sources:
    - ${source}
      targetRevision: HEAD
      helm: {valueFiles: [$values/sites/docks.yaml]}
    - {repoURL: https://github.com/acme/infra, targetRevision: HEAD, ref: values}
`;
}

const HERE = `repoURL: https://github.com/acme/infra
      path: charts/crane`;
const PUBLISHED = `repoURL: https://charts.example
      chart: crane`;

const CHART: Files = {
  'charts/crane/Chart.yaml': 'apiVersion: v2\nname: crane\nversion: 1.2.0\n',
  'charts/crane/templates/crane.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: crane}
spec:
  replicas: {{ .Values.replicas }}
  minReadySeconds: 3
`,
  'sites/docks.yaml': 'replicas: 2\n',
};

interface Asked {
  readonly field?: string;
  readonly live?: KubernetesObject;
  readonly isNamed?: boolean;
}

async function answer(
  files: Files,
  { field = 'spec.replicas', live, isNamed = false }: Asked,
): Promise<LocateResult> {
  const revision = await revisionOf({ ...CHART, ...files });
  const roots = isNamed ? await revision.declaredRoots() : null;
  return locate(revision, {
    target: {
      wanted: { kind: 'Deployment', name: 'crane', namespace: 'docks' },
      live: live ?? null,
      roots,
      areNamed: isNamed,
    },
    fields: [{ field, after: 5 }],
  });
}

function told(result: LocateResult): string {
  return result.kind === 'declined'
    ? result.code
    : `${result.changes[0]!.site.file} in ${result.proof.roots.length}, ${result.proof.status}`;
}

const LIVE: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'crane', namespace: 'docks', uid: '7' },
  spec: { replicas: 2, minReadySeconds: 3 },
};

describe('an Application that is declared twice', () => {
  const twice = { 'argocd/a/crane.yaml': application(HERE), 'argocd/b/crane.yaml': application(HERE) };
  const inCluster = {
    'argocd/a/crane.yaml': application(HERE, 'name: quay'),
    'argocd/b/crane.yaml': application(HERE, 'name: quay'),
  };

  withHelm('alike is one release, in every declaration', async () => {
    expect(told(await answer(twice, {}))).toBe('sites/docks.yaml in 2, proven');
  });

  withHelm('is one for a live object where its cluster is named', async () => {
    expect(told(await answer(inCluster, { live: LIVE }))).toBe('sites/docks.yaml in 2, proven');
  });

  withHelm('may be that of two clusters for a live object', async () => {
    expect(told(await answer(twice, { live: LIVE }))).toBe('several-sources');
  });

  withHelm('with the published chart too is meant by its name', async () => {
    const other = { 'argocd/a/crane.yaml': application(HERE), 'argocd/b/crane.yaml': application(PUBLISHED) };
    const result = await answer(other, { isNamed: true });
    expect(told(result)).toBe('sites/docks.yaml in 2, unproven');
    expect(result).toMatchObject({ proof: { reason: expect.stringContaining('chart crane') } });
  });

  withHelm('with the published chart too is another release where nobody named both', async () => {
    const other = { 'argocd/a/crane.yaml': application(HERE), 'argocd/b/crane.yaml': application(PUBLISHED) };
    expect(told(await answer(other, {}))).toBe('argocd/a/crane.yaml in 2, proven');
  });

  withHelm('for two namespaces is two releases', async () => {
    const other = {
      'argocd/a/crane.yaml': application(HERE),
      'argocd/b/crane.yaml': application(PUBLISHED).replace('namespace: docks}', 'namespace: yard}'),
    };
    expect(told(await answer(other, { isNamed: true }))).toBe('argocd/a/crane.yaml in 2, proven');
  });
});

describe('a published chart that an Application declared twice installs', () => {
  const twice = {
    'argocd/a/crane.yaml': application(PUBLISHED),
    'argocd/b/crane.yaml': application(PUBLISHED),
  };
  const limits = { 'sites/docks.yaml': 'replicaCount: 2\n' };

  withHelm('is one release for whoever names it', async () => {
    const result = await answer(
      { ...twice, ...limits, 'charts/crane/templates/crane.yaml': '' },
      { isNamed: true },
    );
    expect(told(result)).toBe('sites/docks.yaml in 2, unproven');
  });
});
