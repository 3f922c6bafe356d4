import { describe, expect } from 'vitest';
import { prove } from '../../src/proof/prove.ts';
import type { Trial } from '../../src/proof/trial.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

const test = needsTool('kustomize', 'helm');

const deployment = (replicas: number): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec:\n  replicas: ${replicas}\n`;

/** Replaces the replicas of one file, as the root `prod` is asked for. */
async function trial(files: Files, file: string, root = 'prod'): Promise<Trial> {
  const revision = await revisionOf(files);
  const content = String(files[file]).replace('replicas: 2', 'replicas: 3');
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: null, name: 'cart' };
  return prove(
    revision,
    new Map([[file, Buffer.from(content)]]),
    [{ object, field: fieldNamed('spec.replicas'), after: 3 }],
    revision.roots.at(root)!,
  );
}

const BASE: Files = {
  'base/kustomization.yaml': 'resources: [cart.yaml]\n',
  'base/cart.yaml': deployment(2),
  'prod/kustomization.yaml': 'resources: [../base]\n',
};

const CHARTS: Files = {
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'charts/cart/values.yaml': 'replicas: 2\n',
  'charts/cart/templates/cart.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec: {replicas: {{ .Values.replicas }}}\n',
  'prod/kustomization.yaml':
    'helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: cart, releaseName: cart}]\n',
};

const application = (source: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: other, namespace: argocd}\nspec:\n  destination: {namespace: shop}\n  source: {repoURL: "https://example.com/acme/infra", ${source}}\n`;

describe('a root that cannot be understood leaves the edit of what it may read unproven', () => {
  const OTHERS: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a field that Kustomize does not know': ['resources: [../base]\nfutureField: [x]\n', /^stage could not/],
    'a field in other letters': [
      'Resources: [../base]\n',
      /^stage could not be rendered: .*Resources is not how/,
    ],
    'a disputed character': [
      'resources: [../base] # \u2028\n',
      /^stage could not .*kustomization.yaml:1: has U\+2028/,
    ],
    'no YAML': ['resources:\n- ../base\n  - x: y: z\n', /^stage could not .*is not YAML/],
    'a key twice': ['resources: [x.yaml]\nresources: [../base]\n', /duplicated mapping key/],
    'a template': ['resources:\n  - {{ base }}\n  - ../base\n', /^stage could not/],
    'a remote base beside it': [
      'resources: ["https://example.com/x?ref=v1", ../base]\n',
      /needs https:\/\/example.com/,
    ],
    'a plugin that names it': [
      'transformers:\n  - |-\n    apiVersion: example.com/v1\n    kind: Runs\n    metadata: {name: x}\n    source: ../base\n',
      /Runs in stage\/kustomization.yaml, which runs a program/,
    ],
    'a cycle': ['resources: [../base, ../stage]\n', /cycle/],
    'a file that is not there': ['resources: [../base, gone.yaml]\n', /gone.yaml does not exist/],
  };

  for (const [what, [text, reason]] of Object.entries(OTHERS))
    test(what, async () => {
      const files = { ...BASE, 'stage/kustomization.yaml': text };
      const { proof } = await trial(files, 'base/cart.yaml');
      expect(proof).toMatchObject({ status: 'unproven', reason: expect.stringMatching(reason) });
    });

  test.each([
    'futureSetting: true',
    'releaseName: "--debug"',
    'nameTemplate: "{{ now }}"',
    'version: 1.0.0, namespace: A',
  ])('a chart with %s', async (setting) => {
    const files = {
      ...CHARTS,
      'stage/kustomization.yaml': `helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: cart, ${setting}}]\n`,
    };
    const { proof } = await trial(files, 'charts/cart/values.yaml');
    expect(proof).toMatchObject({
      status: 'unproven',
      reason: expect.stringMatching(/^stage could not be rendered/),
    });
  });

  test.each(['devel: true', 'debug: true'])(
    'but %s says nothing of a chart that is here: its change is seen',
    async (setting) => {
      const files = {
        ...CHARTS,
        'stage/kustomization.yaml': `nameSuffix: -stage\nhelmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: cart, releaseName: cart, ${setting}}]\n`,
      };
      const { proof, outcome } = await trial(files, 'charts/cart/values.yaml');
      expect(proof.status).toBe('proven');
      expect([outcome, proof.roots.map(({ root }) => root)]).toEqual(['shared', ['prod', 'stage']]);
    },
  );

  test('a chart whose dependency has a name that is none', async () => {
    const files = {
      ...BASE,
      'other/Chart.yaml':
        'apiVersion: v2\nname: other\nversion: 1.0.0\ndependencies: [{name: "../x", version: 1.0.0, repository: "file://../base"}]\n',
    };
    const { proof } = await trial(files, 'base/cart.yaml');
    expect(proof).toMatchObject({
      status: 'unproven',
      reason: expect.stringMatching(/^other could not be rendered/),
    });
  });

  test('a chart whose description is refused', async () => {
    const files = {
      ...BASE,
      'other/Chart.yaml':
        'apiVersion: v2\nname: other\nversion: 1.0.0 # \u2028\ndependencies: [{name: x, version: 1.0.0, repository: "file://../base"}]\n',
    };
    const { proof } = await trial(files, 'base/cart.yaml');
    expect(proof).toMatchObject({
      status: 'unproven',
      reason: expect.stringMatching(/^other could not be rendered: other\/Chart.yaml:3: has U\+2028/),
    });
  });

  test('a file below the folder of one', async () => {
    const files = { ...BASE, 'kustomization.yaml': 'resources: [prod]\nfuture: 1\n' };
    const { proof } = await trial(files, 'base/cart.yaml');
    expect(proof).toMatchObject({
      status: 'unproven',
      reason: expect.stringMatching(/^\. could not be rendered/),
    });
  });

  test.each([
    [
      'with a plugin',
      application('path: base, plugin: {name: x}'),
      /^Argo CD Application argocd\/other could not/,
    ],
    [
      'over kustomizations',
      application('path: base, directory: {recurse: true}'),
      /^Argo CD Application argocd\/other/,
    ],
    [
      'whose values file is not there',
      application('path: charts/x, helm: {valueFiles: [gone.yaml, ../../base/cart.yaml]}'),
      /^Argo CD Application argocd\/other could not/,
    ],
  ])('an Application %s', async (_what, text, reason) => {
    const chart = { 'charts/x/Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n' };
    const { proof } = await trial({ ...BASE, ...chart, 'argocd/other.yaml': text }, 'base/cart.yaml');
    expect(proof).toMatchObject({ status: 'unproven', reason: expect.stringMatching(reason) });
  });

  test('an Application that is written in a root that does not render', async () => {
    const files = {
      ...BASE,
      'argocd/kustomization.yaml': 'resources: [other.yaml, "https://example.com/x?ref=v1"]\n',
      'argocd/other.yaml': application('path: base, kustomize: {namePrefix: x-}'),
    };
    const { proof } = await trial(files, 'base/cart.yaml');
    expect(proof).toMatchObject({
      status: 'unproven',
      reason: expect.stringMatching(
        /^Application argocd\/other could not be rendered: it is declared by argocd/,
      ),
    });
  });
});

describe('what cannot be understood elsewhere blocks nothing', () => {
  test.each<readonly [string, Files]>([
    ['a broken kustomization in a corner', { 'corner/kustomization.yaml': 'resources:\n- a: b: c\n' }],
    [
      'one whose text speaks of the base',
      { 'corner/kustomization.yaml': '# like base/cart.yaml\nfuture: 1\n' },
    ],
    [
      'one that names another neighbour',
      { 'corner/kustomization.yaml': 'resources: [../lib]\nfuture: 1\n', 'lib/x.yaml': deployment(1) },
    ],
    [
      'a chart with an odd setting of a home of its own',
      { 'corner/kustomization.yaml': 'helmCharts: [{name: x, future: 1}]\n' },
    ],
    [
      'an Application with a plugin over another folder',
      { 'argocd/x.yaml': application('path: elsewhere, plugin: {}'), 'elsewhere/x.txt': '' },
    ],
    [
      'an Application of a chart that is published',
      { 'argocd/x.yaml': application('chart: x, targetRevision: 1.0.0') },
    ],
  ])('%s', async (_what, more) => {
    const { proof } = await trial({ ...BASE, ...more }, 'base/cart.yaml');
    expect(proof).toMatchObject({ status: 'proven', reason: null });
  });
});
