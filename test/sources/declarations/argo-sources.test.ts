import { describe, expect, test } from 'vitest';
import {
  application,
  applicationOf,
  applicationSet,
  HERE,
  obstaclesIn,
  plansIn,
  type Texts,
} from './argo-objects.ts';

const FILES: Texts = {
  'apps/cart/kustomization.yaml': 'resources: []\n',
  'apps/both/kustomization.yaml': 'resources: []\n',
  'apps/both/Chart.yaml': 'apiVersion: v2\nname: both\nversion: 1.0.0\n',
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'plain/cart.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cart}\n',
};

const FOLDER = { kind: 'folder', recurse: false, include: [], exclude: [] };

describe('what renders a source', () => {
  test.each([
    ['a kustomization', 'path: apps/cart', { ...FOLDER, path: 'apps/cart' }],
    ['a kustomization beside a chart', 'path: apps/both', { ...FOLDER, path: 'apps/both' }],
    ['a chart', 'path: ./charts/cart/', { kind: 'chart', chart: { kind: 'folder', path: 'charts/cart' } }],
    ['a chart that is asked for', 'path: apps/both\nhelm: {releaseName: x}', { kind: 'chart' }],
    ['a chart, by an empty block', 'path: charts/cart\nkustomize: {}', { kind: 'chart' }],
    ['manifests', 'path: plain', { ...FOLDER, path: 'plain' }],
    ['manifests of the top', 'path: .', { ...FOLDER, path: '.' }],
    [
      'manifests below, of some names',
      "path: plain\ndirectory: {recurse: true, include: '{a,b}.yaml'}",
      { ...FOLDER, path: 'plain', recurse: true, include: ['a.yaml', 'b.yaml'] },
    ],
  ])('%s', async (_title, source, content) => {
    const [plan] = await plansIn(applicationOf(source), FILES);
    expect(plan).toMatchObject({
      by: 'Argo CD Application argocd/cart',
      namespace: 'shop',
      cluster: null,
      content,
    });
  });

  test.each([
    [
      'two blocks',
      'path: apps/both\nhelm: {releaseName: x}\nkustomize: {namePrefix: x}',
      'spec.source with both kustomize and helm',
    ],
    ['a plugin', 'path: apps/cart\nplugin: {name: x}', 'spec.source.plugin'],
    [
      'an option of no tool that is there',
      'path: plain\nkustomize: {namePrefix: x}',
      'spec.source.kustomize without a kustomization in plain',
    ],
    [
      'manifests of a chart',
      'path: charts/cart\ndirectory: {recurse: true}',
      'spec.source.directory over a chart',
    ],
    ['jsonnet', 'path: plain\ndirectory: {jsonnet: {libs: [a]}}', 'spec.source.directory.jsonnet'],
    [
      'a pattern with classes',
      "path: plain\ndirectory: {include: '[ab].yaml'}",
      'spec.source.directory.include',
    ],
    ['a way out', 'path: ../other', 'spec.source.path, which leaves the repository'],
    ['no path', 'targetRevision: main', 'spec.source without a path'],
    [
      'an OCI artifact',
      'repoURL: oci://registry.example/cart\npath: .',
      'spec.source.repoURL, an OCI artifact',
    ],
    ['a path that is a list', 'path: [a]', 'spec.source.path, which is not text'],
    [
      'options of manifests for a chart',
      'chart: cart\ndirectory: {recurse: true}',
      'spec.source.directory of a chart',
    ],
  ])('%s: refused', async (_title, source, obstacle) => {
    expect(await obstaclesIn(applicationOf(source), FILES)).toEqual([obstacle]);
  });
});

describe('the sources of an Application', () => {
  test('each of several is a plan of its own, the one for references is none', async () => {
    const plans = await plansIn(
      application(`source: {repoURL: ${HERE}, path: nowhere}
sources:
  - {repoURL: ${HERE}, path: apps/cart, targetRevision: main}
  - {repoURL: https://github.com/acme/other, path: plain, targetRevision: v1.0.0}
  - {repoURL: https://charts.example, chart: redis, targetRevision: 1.x}
  - {repoURL: ${HERE}, ref: values}
`),
      FILES,
    );
    expect(plans.map((plan) => 'from' in plan && plan.from)).toEqual([
      { repository: HERE, revision: { branch: 'main' } },
      { repository: 'https://github.com/acme/other', revision: { pin: 'v1.0.0' } },
      { repository: 'https://charts.example', revision: { pin: '1.x' } },
    ]);
  });

  test('another cluster has a name, the own one has none', async () => {
    const text = applicationOf('path: plain').replace(
      'server: https://kubernetes.default.svc',
      'name: prod-eu',
    );
    expect(await plansIn(text, FILES)).toMatchObject([{ cluster: 'prod-eu' }]);
  });

  test.each([
    ['none', application('sources: []'), 'no source'],
    [
      'nothing but references',
      application(`sources: [{repoURL: ${HERE}, ref: a}]`),
      'spec.sources, of which none has a path or a chart',
    ],
    ['sources that are no list', application('sources: {a: b}'), 'spec.sources, which is not a list'],
    ['the hydrator', application('sourceHydrator: {drySource: {path: apps/cart}}'), 'spec.sourceHydrator'],
    ['a set without a generator', applicationSet('template: {}'), 'no generator'],
  ])('%s: refused', async (_title, text, obstacle) => {
    expect(await obstaclesIn(text, FILES)).toEqual([obstacle]);
  });

  test.each([
    [
      'another kind of the group',
      'apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: a}\n',
    ],
    [
      "another group's Application",
      'apiVersion: app.k8s.io/v1beta1\nkind: Application\nmetadata: {name: a}\n',
    ],
    [
      "Kustomize's own kind",
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: a}\n',
    ],
  ])('%s declares nothing', async (_title, text) => {
    expect(await plansIn(text, FILES)).toEqual([]);
  });
});
