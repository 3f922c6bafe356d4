import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/locate/located.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { ChartStore } from '../../src/renderers/chart-store.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { findHelm } from '../../src/renderers/tools.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { needsTool } from '../needs.ts';
import { startChartRepository, type ChartRepository } from '../renderers/chart-repository.ts';
import { renderers } from './revisions.ts';

const PATH = 'spec.template.spec.containers[name=cart]';

function release(values: string, address = 'https://charts.example/stable', version = '1.0.0'): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cart, namespace: shop}
spec:
  chart:
    spec:
      chart: cart
      version: ${version}
      sourceRef: {kind: HelmRepository, name: charts}
  values:
${values}---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: shop}
spec: {url: "${address}"}
`;
}

const VALUES = `    image:
      repository: registry.example/cart
      tag: 1.4.2 # the release of March
    replicaCount: 2
    resources: {limits: {memory: 256Mi}}
    sidecar: {resources: {limits: {memory: 64Mi}}}
    env: {LEVEL: info}
`;

/** The Deployment as it lives; with what stands in it. */
function live(container: Readonly<Record<string, unknown>>): KubernetesObject {
  const annotations = { 'meta.helm.sh/release-name': 'cart', 'meta.helm.sh/release-namespace': 'shop' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: 'shop', annotations },
    spec: { replicas: 2, template: { spec: { containers: [{ name: 'cart', ...container }] } } },
  };
}

interface Question {
  readonly field: string;
  readonly after: string | number;
  readonly object?: KubernetesObject | null;
  readonly name?: string;
  readonly namespace?: string;
}

async function ask(
  files: Readonly<Record<string, string>>,
  { field, after, object = null, name = 'cart', namespace = 'shop' }: Question,
): Promise<LocateResult> {
  const revision = await Revision.of(treeOf(files), renderers);
  const wanted = { kind: 'Deployment', name, namespace };
  return locate(revision, { target: { wanted, live: object, roots: null }, fields: [{ field, after }] });
}

function told(result: LocateResult): string {
  if (result.kind === 'declined') return result.code;
  const lines = result.diff.split('\n').filter((line) => /^[-+] /.test(line));
  return [result.proof.status, ...lines.map((line) => line[0] + line.slice(1).trim())].join(' ');
}

const FILES = { 'apps/release.yaml': release(VALUES) };

describe('the values of a chart that is published elsewhere', () => {
  const image = { image: 'registry.example/cart:1.4.2' };
  test.each<readonly [string, Question, string]>([
    [
      'the tag beside its repository',
      { field: `${PATH}.image`, after: 'registry.example/cart:1.4.1' },
      'unproven -tag: 1.4.2 # the release of March +tag: 1.4.1 # the release of March',
    ],
    [
      'the tag, where the live image agrees',
      { field: `${PATH}.image`, after: 'registry.example/cart:1.4.1', object: live(image) },
      'unproven -tag: 1.4.2 # the release of March +tag: 1.4.1 # the release of March',
    ],
    [
      'the number of replicas',
      { field: 'spec.replicas', after: '3' },
      'unproven -replicaCount: 2 +replicaCount: 3',
    ],
    [
      'of two limits, the one that the live object has',
      {
        field: `${PATH}.resources.limits.memory`,
        after: '512Mi',
        object: live({ resources: { limits: { memory: '256Mi' } } }),
      },
      'unproven -resources: {limits: {memory: 256Mi}} +resources: {limits: {memory: 512Mi}}',
    ],
    [
      'of two limits, the one on a path that names the container',
      { field: 'spec.template.spec.containers[name=sidecar].resources.limits.memory', after: '512Mi' },
      'unproven -sidecar: {resources: {limits: {memory: 64Mi}}} +sidecar: {resources: {limits: {memory: 512Mi}}}',
    ],
    [
      'a variable by its name',
      { field: `${PATH}.env[name=LEVEL].value`, after: 'debug' },
      'unproven -env: {LEVEL: info} +env: {LEVEL: debug}',
    ],
  ])('%s', async (_case, question, expected) => {
    expect(told(await ask(FILES, question))).toBe(expected);
  });

  test.each<readonly [string, Question, string]>([
    ['two limits', { field: `${PATH}.resources.limits.memory`, after: '512Mi' }, 'several-sites'],
    [
      'a field that no value speaks of',
      { field: `${PATH}.resources.limits.cpu`, after: '1' },
      'render-failed',
    ],
    [
      'a live value that no value has',
      {
        field: `${PATH}.image`,
        after: 'registry.example/cart:1.4.1',
        object: live({ image: 'registry.example/cart:1.3' }),
      },
      'render-failed',
    ],
    [
      'an image of another repository',
      { field: `${PATH}.image`, after: 'registry.example/basket:1.4.1' },
      'render-failed',
    ],
    [
      'what the values say already',
      { field: `${PATH}.image`, after: 'registry.example/cart:1.4.2' },
      'already-so',
    ],
    ['another release', { field: 'spec.replicas', after: '3', name: 'web' }, 'object-not-found'],
    [
      'a name that only begins like the release',
      { field: 'spec.replicas', after: '3', name: 'cartoon' },
      'render-failed',
    ],
    ['another namespace', { field: 'spec.replicas', after: '3', namespace: 'test' }, 'render-failed'],
  ])('are not touched for %s', async (_case, question, code) => {
    expect(told(await ask(FILES, question))).toBe(code);
  });

  test('the proof says what is not known', async () => {
    const result = await ask(FILES, { field: 'spec.replicas', after: '3' });
    expect(result).toMatchObject({
      changes: [{ before: 2, after: 3, site: { path: 'spec.values.replicaCount', renderer: 'helm' } }],
      proof: { reason: expect.stringContaining('needs chart cart 1.0.0 from https://charts.example/stable') },
    });
  });

  needsTool('kustomize')('a value that another release has too is not changed for one', async () => {
    const overlay = (name: string): string => `resources: [../base]\nnamespace: ${name}\n`;
    const files = {
      'base/kustomization.yaml': 'resources: [release.yaml]\n',
      'base/release.yaml': release(VALUES),
      'a/kustomization.yaml': overlay('shop'),
      'b/kustomization.yaml': overlay('test'),
    };
    expect(told(await ask(files, { field: 'spec.replicas', after: '3' }))).toBe('shared-site');
  });
});

describe('a published chart that may be pulled', () => {
  let charts: ChartRepository | null = null;
  beforeAll(async () => void (charts = await startChartRepository()));
  afterAll(() => charts?.stop());
  const pulled = needsTool('helm');

  async function askWith(values: string, field: string, after: string): Promise<string> {
    const store = new ChartStore({ folder: null, allowed: 'all', findTool: () => findHelm(), env: {} });
    const helm = new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 1 }), {
      charts: store,
    });
    const files = { 'apps/release.yaml': release(values, charts!.address) };
    const revision = await Revision.of(treeOf(files), { ...renderers, helm });
    const wanted = { kind: 'Deployment', name: 'cart', namespace: 'shop' };
    return told(
      await locate(revision, { target: { wanted, live: null, roots: null }, fields: [{ field, after }] }),
    );
  }

  pulled('is rendered, and the fix is proven', async () => {
    expect(await askWith('    tag: 1.4.2\n', `${PATH}.image`, 'registry.example/cart:1.4.1')).toBe(
      'proven -tag: 1.4.2 +tag: 1.4.1',
    );
  });

  pulled('a value that only the chart has is added to those of the release', async () => {
    expect(await askWith('    tag: 1.4.2\n', `${PATH}.resources.limits.memory`, '1Gi')).toBe(
      'proven +resources: +limits: +memory: 1Gi',
    );
  });
});
