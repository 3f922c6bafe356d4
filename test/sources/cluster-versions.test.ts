import { describe, expect } from 'vitest';
import { UNKNOWN_VERSIONS, type ClusterVersions } from '../../src/kubernetes/cluster-versions.ts';
import type { Root } from '../../src/sources/roots.ts';
import { revisionOf } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

/* Charts are rendered for the cluster that is diagnosed. */

const TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata: {name: told}
data:
  version: {{ .Capabilities.KubeVersion.Version | quote }}
  isNew: {{ semverCompare ">=1.31" .Capabilities.KubeVersion.Version | quote }}
  monitored: {{ .Capabilities.APIVersions.Has "monitoring.example/v1" | quote }}
  kind: {{ .Capabilities.APIVersions.Has "monitoring.example/v1/Monitor" | quote }}
`;

const CHART = {
  'charts/told/Chart.yaml': 'apiVersion: v2\nname: told\nversion: 1.0.0\n',
  'charts/told/values.yaml': '{}\n',
  'charts/told/templates/told.yaml': TEMPLATE,
};

const CLUSTER: ClusterVersions = {
  kubernetes: 'v1.31.4',
  api: ['monitoring.example/v1', 'monitoring.example/v1/Monitor'],
};

async function told(
  files: Readonly<Record<string, string>>,
  cluster: ClusterVersions,
  isMeant: (root: Root) => boolean,
): Promise<unknown> {
  const revision = (await revisionOf({ ...CHART, ...files })).inCluster(cluster);
  const root = (await revision.allRoots()).find(isMeant);
  const rendering = await revision.render(root!);
  return rendering.kind === 'failed' ? rendering.message : rendering.objects[0]?.object['data'];
}

const isChart = ({ path, declared }: Root): boolean => path === 'charts/told' && declared === null;
const isDeclared = ({ declared }: Root): boolean => declared !== null;

describe('a chart', () => {
  const withHelm = needsTool('helm');

  withHelm('sees the version and the APIs of the cluster', async () => {
    expect(await told({}, CLUSTER, isChart)).toEqual({
      version: 'v1.31.4',
      isNew: 'true',
      monitored: 'true',
      kind: 'true',
    });
  });

  withHelm('sees another cluster in another render of the same files', async () => {
    const other = { kubernetes: 'v1.30.2', api: ['monitoring.example/v1'] };
    expect(await told({}, other, isChart)).toEqual({
      version: 'v1.30.2',
      isNew: 'false',
      monitored: 'true',
      kind: 'false',
    });
  });

  withHelm('sees one version where no cluster is known', async () => {
    expect(await told({}, UNKNOWN_VERSIONS, isChart)).toMatchObject({
      version: 'v1.34.0',
      monitored: 'false',
    });
  });

  withHelm('sees what its Application says of the cluster, and of the rest what the cluster is', async () => {
    const application = (helm: string): Readonly<Record<string, string>> => ({
      'apps/told.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: told, namespace: argocd}
spec:
  destination: {namespace: quay, server: https://kubernetes.default.svc}
  source:
    repoURL: https://git.example/harbour
    path: charts/told
    helm: {${helm}}
`,
    });
    expect(await told(application('kubeVersion: "1.29.0"'), CLUSTER, isDeclared)).toMatchObject({
      version: 'v1.29.0',
      monitored: 'true',
    });
    expect(await told(application('apiVersions: [other.example/v1]'), CLUSTER, isDeclared)).toMatchObject({
      version: 'v1.31.4',
      monitored: 'false',
    });
  });
});

describe('a chart of a kustomization', () => {
  const withBoth = needsTool('helm', 'kustomize');
  const inflated = (more: string): Readonly<Record<string, string>> => ({
    'prod/kustomization.yaml': `helmGlobals: {chartHome: ../charts}
helmCharts:
  - name: told
    releaseName: told
${more}`,
  });
  const isInflated = ({ path, kind }: Root): boolean => path === 'prod' && kind === 'kustomize';

  withBoth('sees the cluster', async () => {
    expect(await told(inflated(''), CLUSTER, isInflated)).toMatchObject({ version: 'v1.31.4', kind: 'true' });
  });

  withBoth('sees what its entry says', async () => {
    const entry = inflated('    kubeVersion: "1.29"\n    apiVersions: [other.example/v1]\n');
    expect(await told(entry, CLUSTER, isInflated)).toMatchObject({ version: 'v1.29', monitored: 'false' });
  });

  withBoth('sees what its Application tells Kustomize before that', async () => {
    const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: told, namespace: argocd}
spec:
  destination: {namespace: quay, server: https://kubernetes.default.svc}
  source:
    repoURL: https://git.example/harbour
    path: prod
    kustomize: {kubeVersion: "1.28.0"}
`;
    const files = { ...inflated('    kubeVersion: "1.29"\n'), 'apps/told.yaml': application };
    expect(await told(files, CLUSTER, isDeclared)).toMatchObject({ version: 'v1.28.0', kind: 'true' });
  });
});
