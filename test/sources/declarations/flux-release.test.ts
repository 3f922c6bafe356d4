import { describe, expect, test } from 'vitest';
import { helmReleasePlans } from '../../../src/sources/declarations/flux-release.ts';
import { configMap, contextOf, gitRepository, helmRelease, objectsIn } from './flux-objects.ts';

const SOURCES = `${gitRepository()}---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: bitnami, namespace: flux-system}
spec: {url: https://charts.example.com}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: podinfo, namespace: shop}
spec: {url: oci://ghcr.io/acme/charts/podinfo, ref: {tag: 6.7.1}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: {name: cart, namespace: flux-system}
spec: {chart: charts/cart, sourceRef: {kind: GitRepository, name: infra}}
---
${configMap('base', 'shop', 'values.yaml: |\n  replicas: 2\n  image: {tag: a}\nother: "x: 1"\nreplicas: "4"\nquoted: "\'4\'"\nlist: "a,b"\nempty: ""\nbroken: "- a"')}`;

const FILES = { 'charts/cart/Chart.yaml': '', 'charts/cart/values.yaml': '', 'values/prod.yaml': '' };

async function planOf(spec: string, name = 'cart') {
  const [object] = objectsIn(helmRelease(spec, name));
  const plans = await helmReleasePlans(object!, contextOf(SOURCES, FILES));
  expect(plans).toHaveLength(1);
  return plans[0]!;
}

const GIT = 'sourceRef: {kind: GitRepository, name: infra, namespace: flux-system}';
const CHART = `chart: {spec: {chart: ./charts/cart, ${GIT}}}`;
const LOCAL = { kind: 'folder', path: 'charts/cart' };

describe('the chart', () => {
  test('of the repository', async () => {
    expect(await planOf(CHART)).toEqual({
      by: 'Flux HelmRelease shop/cart',
      ref: { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace: 'shop', name: 'cart' },
      namespace: 'shop',
      cluster: null,
      from: { repository: 'https://github.com/acme/infra', revision: { branch: 'main' } },
      content: {
        kind: 'chart',
        chart: LOCAL,
        release: { name: 'cart', namespace: 'shop' },
        values: [{ kind: 'inline', values: {}, at: ['spec', 'values'] }],
        unknownValues: [],
        sealed: true,
      },
      steps: [],
    });
  });

  test.each([
    [
      'of a Helm repository',
      'chart: {spec: {chart: redis, version: 1.x, sourceRef: {kind: HelmRepository, name: bitnami, namespace: flux-system}}}',
      { repository: 'https://charts.example.com', name: 'redis', version: '1.x' },
    ],
    [
      'of a Helm repository that is not here',
      'chart: {spec: {chart: redis, sourceRef: {kind: HelmRepository, name: gone}}}',
      { repository: 'HelmRepository shop/gone', name: 'redis', version: '*' },
    ],
    [
      'of a registry',
      'chartRef: {kind: OCIRepository, name: podinfo}',
      { repository: 'oci://ghcr.io/acme/charts', name: 'podinfo', version: '6.7.1' },
    ],
    [
      'of a registry that is not here',
      'chartRef: {kind: OCIRepository, name: gone}',
      { repository: 'OCIRepository shop/gone', name: 'gone', version: '*' },
    ],
  ])('%s', async (_title, spec, chart) => {
    expect(await planOf(spec)).toMatchObject({
      content: { chart: { kind: 'remote', ...chart } },
      from: { repository: chart.repository, revision: { pin: chart.version } },
    });
  });

  test('that a HelmChart names', async () => {
    const plan = await planOf('chartRef: {kind: HelmChart, name: cart, namespace: flux-system}');
    expect(plan).toMatchObject({ from: { revision: { branch: 'main' } }, content: { chart: LOCAL } });
  });

  test('a GitRepository is looked for beside the HelmRelease', async () => {
    const plan = await planOf(
      'chart: {spec: {chart: charts/cart, sourceRef: {kind: GitRepository, name: infra}}}',
    );
    expect(plan).toMatchObject({ from: { repository: null, revision: {} } });
  });
});

describe('the release', () => {
  const LONG = 'some-front-appended-namespace-release-with-a-name-that-is-long';
  test.each([
    ['is named like the object', '', 'cart', { name: 'cart', namespace: 'shop' }],
    [
      'has the namespace before its name',
      'targetNamespace: apps',
      'cart',
      { name: 'apps-cart', namespace: 'apps' },
    ],
    [
      'is named otherwise',
      'targetNamespace: apps\nreleaseName: blue',
      'cart',
      { name: 'blue', namespace: 'apps' },
    ],
    [
      'is shortened',
      '',
      LONG,
      { name: 'some-front-appended-namespace-release-wi-eea326725f1b', namespace: 'shop' },
    ],
  ])('%s', async (_title, spec, name, release) => {
    const plan = await planOf(`${CHART}\n${spec}`, name);
    expect(plan).toMatchObject({ content: { release }, namespace: release.namespace });
  });

  test('goes to another cluster', async () => {
    expect(await planOf(`${CHART}\nkubeConfig: {secretRef: {name: west}}`)).toMatchObject({
      cluster: 'west',
    });
  });
});

const BASE = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'base' };
const OWN = { kind: 'inline', values: { replicas: 5 }, at: ['spec', 'values'] };
const NO_OWN = { kind: 'inline', values: {}, at: ['spec', 'values'] };
const VALUES = {
  kind: 'inline',
  values: { replicas: 2, image: { tag: 'a' } },
  at: ['data', 'values.yaml'],
  of: BASE,
};

describe('values', () => {
  test.each([
    ['of its own', 'values: {replicas: 5}', [OWN]],
    [
      'of ConfigMaps first, in order',
      `values: {replicas: 5}
valuesFrom:
  - {kind: ConfigMap, name: base}
  - {kind: ConfigMap, name: base, valuesKey: other}`,
      [VALUES, { kind: 'inline', values: { x: 1 }, at: ['data', 'other'], of: BASE }, OWN],
    ],
    [
      'for one path',
      'valuesFrom: [{kind: ConfigMap, name: base, valuesKey: replicas, targetPath: web.replicas}]\nvalues: {replicas: 5}',
      [
        {
          kind: 'set',
          name: 'web.replicas',
          value: '4',
          asString: false,
          at: ['data', 'replicas'],
          of: BASE,
        },
        OWN,
      ],
    ],
    [
      'in quotes, which make a text of it',
      'valuesFrom: [{kind: ConfigMap, name: base, valuesKey: quoted, targetPath: version}]',
      [{ kind: 'set', name: 'version', value: '4', asString: true, at: null }],
    ],
    [
      'taken literally',
      'valuesFrom: [{kind: ConfigMap, name: base, valuesKey: list, targetPath: names, literal: true}]',
      [{ kind: 'set', name: 'names', value: 'a\\,b', asString: true, at: ['data', 'list'], of: BASE }],
    ],
    [
      'of a key that may be missing',
      'valuesFrom: [{kind: ConfigMap, name: base, valuesKey: missing, optional: true}]',
      [],
    ],
    [
      'of an empty key',
      'valuesFrom: [{kind: ConfigMap, name: base, valuesKey: empty}]',
      [{ kind: 'inline', values: {}, at: ['data', 'empty'], of: BASE }],
    ],
  ])('%s', async (_title, spec, values) => {
    const plan = await planOf(`${CHART}\n${spec}`);
    const own = spec.includes('values:') ? [] : [NO_OWN];
    expect('content' in plan && plan.content).toMatchObject({
      values: [...values, ...own],
      unknownValues: [],
    });
  });

  test('that cannot be read are named', async () => {
    const spec = 'valuesFrom: [{kind: Secret, name: keys}, {kind: ConfigMap, name: gone, optional: true}]';
    expect(await planOf(`${CHART}\n${spec}`)).toMatchObject({
      content: { values: [NO_OWN], unknownValues: ['Secret shop/keys', 'ConfigMap shop/gone'] },
    });
  });

  test.each([
    ['[values.yaml]', {}, []],
    ['[values/prod.yaml]', { withoutOwnValues: true }, ['values/prod.yaml']],
    [
      '[./charts/cart/values.yaml, values/prod.yaml]',
      { withoutOwnValues: true },
      ['charts/cart/values.yaml', 'values/prod.yaml'],
    ],
    [
      '[values/no.yaml, values/prod.yaml], ignoreMissingValuesFiles: true',
      { withoutOwnValues: true },
      ['values/prod.yaml'],
    ],
  ])('files in place of the chart’s own: %s', async (files, rest, paths) => {
    const plan = await planOf(
      `chart: {spec: {chart: charts/cart, valuesFiles: ${files}, ${GIT}}}\nvalues: {replicas: 5}`,
    );
    const values = [...paths.map((path) => ({ kind: 'file', path })), OWN];
    expect(plan).toMatchObject({ content: { values, ...rest } });
    expect('content' in plan && 'withoutOwnValues' in plan.content).toBe('withoutOwnValues' in rest);
  });
});

describe('what is done with the objects', () => {
  test('each post-renderer is a kustomization around them', async () => {
    const plan = await planOf(`${CHART}
postRenderers:
  - kustomize: {images: [{name: cart, newTag: "2"}]}
  - kustomize: {patches: [{patch: "- {op: remove, path: /spec}", target: {kind: Deployment}}]}
  - {}
commonMetadata: {annotations: {team: shop}}`);
    expect(plan).toMatchObject({
      steps: [
        { kind: 'kustomize', fields: { images: [{ name: 'cart', newTag: '2' }] }, components: [] },
        { kind: 'kustomize', fields: { patches: [{ target: { kind: 'Deployment' } }] } },
        { kind: 'metadata', labels: {}, annotations: { team: 'shop' } },
      ],
    });
  });

  test('how it is installed does not matter', async () => {
    const spec = `${CHART}
install: {crds: CreateReplace, remediation: {retries: 3}}
upgrade: {crds: Skip}
driftDetection: {mode: enabled}
dependsOn: [{name: db}]
suspend: true`;
    expect(await planOf(spec)).toMatchObject({ content: { chart: LOCAL }, steps: [] });
  });
});

describe('refused', () => {
  test.each([
    ['no chart, as where a parent patches it in', 'values: {a: 1}', 'no spec.chart'],
    ['a chart without a name', `chart: {spec: {${GIT}}}`, 'no spec.chart.spec.chart'],
    [
      'a bucket',
      'chart: {spec: {chart: cart, sourceRef: {kind: Bucket, name: charts}}}',
      'spec.chart.spec.sourceRef, the Bucket shop/charts',
    ],
    [
      'a chart outside',
      `chart: {spec: {chart: ../cart, ${GIT}}}`,
      'spec.chart.spec.chart, which leaves the repository',
    ],
    [
      'a HelmChart that is not here',
      'chartRef: {kind: HelmChart, name: gone}',
      'spec.chartRef, the HelmChart shop/gone',
    ],
    [
      'another kind of chart',
      'chartRef: {kind: ExternalArtifact, name: a}',
      'spec.chartRef, the ExternalArtifact shop/a',
    ],
    [
      'a file that is missing',
      `chart: {spec: {chart: charts/cart, valuesFiles: [no.yaml], ${GIT}}}`,
      'spec.chart.spec.valuesFiles, of which no.yaml is missing',
    ],
    [
      'a key that is missing',
      `${CHART}\nvaluesFrom: [{kind: ConfigMap, name: base, valuesKey: missing}]`,
      'spec.valuesFrom[0], whose ConfigMap shop/base has no missing',
    ],
    [
      'values that are a list',
      `${CHART}\nvaluesFrom: [{kind: ConfigMap, name: base, valuesKey: broken}]`,
      'spec.valuesFrom[0], whose broken is not a mapping',
    ],
    [
      'a path that values set as well',
      `${CHART}\nvalues: {a: {b: 1}}\nvaluesFrom: [{kind: ConfigMap, name: base, valuesKey: replicas, targetPath: a.b}]`,
      'the targetPath a.b, which is set again',
    ],
    ['values that are a text', `${CHART}\nvalues: "a: 1"`, 'spec.values, which is not a mapping'],
    [
      'a post-renderer’s patch without text',
      `${CHART}\npostRenderers: [{kustomize: {patches: [{target: {kind: Pod}}]}}]`,
      'spec.postRenderers[0].kustomize.patches[0] without a patch',
    ],
  ])('%s', async (_title, spec, option) => {
    expect(await planOf(spec)).toMatchObject({ option });
  });
});
