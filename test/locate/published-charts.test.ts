import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/model/located.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { ChartStore } from '../../src/renderers/chart-store.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { findHelm } from '../../src/renderers/tools.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { needsTool } from '../needs.ts';
import { startChartRegistry } from '../renderers/chart-registry.ts';
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

type Container = Readonly<Record<string, unknown>>;

/** The Deployment as it lives; with what stands in it, and further containers. */
function live(container: Container, further: readonly Container[] = []): KubernetesObject {
  const annotations = { 'meta.helm.sh/release-name': 'cart', 'meta.helm.sh/release-namespace': 'shop' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: 'shop', annotations },
    spec: { replicas: 2, template: { spec: { containers: [{ name: 'cart', ...container }, ...further] } } },
  };
}

function without({ metadata, ...object }: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { name: metadata.name, namespace: 'shop' } };
}

function ofRelease(name: string, namespace: string): KubernetesObject {
  const annotations = { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace };
  const { metadata, ...object } = live({});
  return { ...object, metadata: { ...metadata, annotations } };
}

interface Question {
  readonly field: string;
  readonly after: string | number;
  readonly object?: KubernetesObject | null;
  readonly others?: () => readonly KubernetesObject[];
  readonly name?: string;
  readonly namespace?: string;
}

async function ask(
  files: Readonly<Record<string, string>>,
  { field, after, object = null, others, name = 'cart', namespace = 'shop' }: Question,
): Promise<LocateResult> {
  const revision = await Revision.of(treeOf(files), renderers);
  const wanted = { kind: 'Deployment', name, namespace };
  const target = { wanted, live: object, roots: null, ...(others && { others }) };
  return locate(revision, { target, fields: [{ field, after }] });
}

function told(result: LocateResult): string {
  if (result.kind === 'declined') return result.code;
  const lines = result.diff.split('\n').filter((line) => /^[-+] /.test(line));
  return [result.proof.status, ...lines.map((line) => line[0] + line.slice(1).trim())].join(' ');
}

const FILES = { 'apps/release.yaml': release(VALUES) };

describe('the values of a chart that is published elsewhere', () => {
  const image = { image: 'registry.example/cart:1.4.2' };
  const limited = (memory: string) => live({ resources: { limits: { memory } } });
  const sidecar = { name: 'sidecar', resources: { limits: { memory: '64Mi' } } };
  test.each<readonly [string, Question, string]>([
    [
      'the tag, where the live image agrees',
      { field: `${PATH}.image`, after: 'registry.example/cart:1.4.1', object: live(image) },
      'unproven -tag: 1.4.2 # the release of March +tag: 1.4.1 # the release of March',
    ],
    [
      'the number of replicas',
      { field: 'spec.replicas', after: '3', object: live({}) },
      'unproven -replicaCount: 2 +replicaCount: 3',
    ],
    [
      'of two limits, the one that the live object has',
      { field: `${PATH}.resources.limits.memory`, after: '512Mi', object: limited('256Mi') },
      'unproven -resources: {limits: {memory: 256Mi}} +resources: {limits: {memory: 512Mi}}',
    ],
    [
      'a limit that the cluster writes otherwise',
      { field: `${PATH}.resources.limits.memory`, after: '512Mi', object: limited('0.25Gi') },
      'unproven -resources: {limits: {memory: 256Mi}} +resources: {limits: {memory: 512Mi}}',
    ],
    [
      'of two limits, the one on a path that names the container',
      {
        field: 'spec.template.spec.containers[name=sidecar].resources.limits.memory',
        after: '512Mi',
        object: live({}, [sidecar]),
      },
      'unproven -sidecar: {resources: {limits: {memory: 64Mi}}} +sidecar: {resources: {limits: {memory: 512Mi}}}',
    ],
    [
      'a variable by its name',
      {
        field: `${PATH}.env[name=LEVEL].value`,
        after: 'debug',
        object: live({ env: [{ name: 'LEVEL', value: 'info' }] }),
      },
      'unproven -env: {LEVEL: info} +env: {LEVEL: debug}',
    ],
  ])('%s', async (_case, question, expected) => {
    expect(told(await ask(FILES, question))).toBe(expected);
  });

  test.each<readonly [string, Question, string]>([
    [
      'a field that no value speaks of',
      { field: `${PATH}.resources.limits.cpu`, after: '1', object: live({}) },
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
      { field: `${PATH}.image`, after: 'registry.example/basket:1.4.1', object: live(image) },
      'render-failed',
    ],
    [
      'what the values say already',
      { field: `${PATH}.image`, after: 'registry.example/cart:1.4.2', object: live(image) },
      'already-so',
    ],
    [
      'an object that is only called like the release',
      { field: 'spec.replicas', after: '3' },
      'render-failed',
    ],
    [
      'a live object without a word of Helm',
      { field: 'spec.replicas', after: '3', object: without(live({})), name: 'cart' },
      'object-not-found',
    ],
    [
      'a live object of a release whose name begins alike',
      { field: 'spec.replicas', after: '3', object: ofRelease('cart-worker', 'shop'), name: 'cart' },
      'object-not-found',
    ],
    [
      'a live object of a release of that name elsewhere',
      { field: 'spec.replicas', after: '3', object: ofRelease('cart', 'test'), name: 'cart' },
      'object-not-found',
    ],
    [
      'a limit that another container has too',
      {
        field: `${PATH}.resources.limits.memory`,
        after: '512Mi',
        object: live({ resources: { limits: { memory: '256Mi' } } }, [
          { name: 'proxy', resources: { limits: { memory: '256Mi' } } },
        ]),
      },
      'shared-site',
    ],
  ])('are not touched for %s', async (_case, question, code) => {
    expect(told(await ask(FILES, question))).toBe(code);
  });

  test('the answer says that the line is only the likely one, and what is not known', async () => {
    const result = await ask(FILES, { field: 'spec.replicas', after: '3', object: live({}) });
    expect(result).toMatchObject({
      changes: [
        {
          before: 2,
          after: 3,
          site: {
            path: 'spec.values.replicaCount',
            renderer: 'helm',
            likely:
              'replicaCount is the one value of Flux HelmRelease shop/cart that speaks of the field and agrees with the cluster; which value chart cart 1.0.0 from https://charts.example/stable reads is not known here',
          },
        },
      ],
      proof: { reason: expect.stringContaining('needs chart cart 1.0.0 from https://charts.example/stable') },
    });
  });

  test('a limit is not changed where another workload of the release has the same', async () => {
    const others = () => [{ ...limited('256Mi'), metadata: { name: 'cart-worker', namespace: 'shop' } }];
    const question = { field: `${PATH}.resources.limits.memory`, after: '512Mi', object: limited('256Mi') };
    expect(await ask(FILES, { ...question, others })).toMatchObject({
      code: 'shared-site',
      reason: expect.stringContaining(
        'could be meant for container cart of Deployment shop/cart-worker as well',
      ),
      candidates: ['apps/release.yaml:15'],
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
    const answer = await ask(files, { field: 'spec.replicas', after: '3', object: live({}) });
    expect(told(answer)).toBe('shared-site');
  });
});

describe('one word of a chart that is not here', () => {
  const flat = (values: string) => ({ 'apps/release.yaml': release(values) });
  const limits = live({ resources: { limits: { memory: '1Gi' }, requests: { cpu: '250m' } } });
  const memory = { field: `${PATH}.resources.limits.memory`, after: '1408Mi' };
  test.each<readonly [string, string, Question, string]>([
    ['memoryLimits', 'web: {memoryLimits: 1024Mi}', { ...memory, object: limits }, '1408Mi'],
    ['limit_memory', 'limit_memory: 1Gi', { ...memory, object: limits }, '1408Mi'],
    ['MEM_LIMIT', 'MEM_LIMIT: "1Gi" # small', { ...memory, object: limits }, '"1408Mi" # small'],
    ['memory: {limit}', 'memory: {limit: 1Gi, request: 512Mi}', { ...memory, object: limits }, '1408Mi'],
    ['the container in the word', 'cartMemoryLimit: 1Gi', { ...memory, object: limits }, '1408Mi'],
    [
      'cpuRequest',
      'cpuRequest: 0.25',
      { field: `${PATH}.resources.requests.cpu`, after: '300m', object: limits },
      '300m',
    ],
    [
      'imageTag',
      'imageTag: 1.4.2',
      {
        field: `${PATH}.image`,
        after: 'registry.example/cart:1.4.1',
        object: live({ image: 'registry.example/cart:1.4.2' }),
      },
      'imageTag: 1.4.1',
    ],
    [
      'image.version',
      'image: {version: 1.4.2}',
      {
        field: `${PATH}.image`,
        after: 'registry.example/cart:1.4.1',
        object: live({ image: 'registry.example/cart:1.4.2' }),
      },
      'version: 1.4.1',
    ],
    [
      'container_port',
      'container_port: 8080',
      {
        field: `${PATH}.ports[name=http].containerPort`,
        after: '8081',
        object: live({ ports: [{ name: 'http', containerPort: 8080 }] }),
      },
      'container_port: 8081',
    ],
  ])('%s', async (_case, values, question, expected) => {
    const answer = told(await ask(flat(`    ${values}\n`), question));
    expect(answer).toMatch(/^unproven -/);
    expect(answer.split(' +')[1]).toContain(expected);
  });

  test.each<readonly [string, string, Question, string]>([
    [
      'two words that agree',
      'memoryLimit: 1Gi\n    web: {memoryLimits: 1024Mi}',
      { ...memory, object: limits },
      'several-sites',
    ],
    ['a word whose value differs', 'memoryLimit: 2Gi', { ...memory, object: limits }, 'render-failed'],
    ['a request', 'memoryRequest: 1Gi', { ...memory, object: limits }, 'render-failed'],
    ['a limit of something else', 'cacheMemoryLimit: 1Gi', { ...memory, object: limits }, 'render-failed'],
    ['a word without a live value', 'memoryLimit: 1Gi', { ...memory, object: live({}) }, 'render-failed'],
    [
      'a version of something else',
      'version: 1.4.2',
      {
        field: `${PATH}.image`,
        after: 'registry.example/cart:1.4.1',
        object: live({ image: 'registry.example/cart:1.4.2' }),
      },
      'render-failed',
    ],
    [
      'a tag that two images have',
      'tag: 1.4.2',
      {
        field: `${PATH}.image`,
        after: 'registry.example/cart:1.4.1',
        object: live({ image: 'registry.example/cart:1.4.2' }, [
          { name: 'proxy', image: 'registry.example/proxy:1.4.2' },
        ]),
      },
      'shared-site',
    ],
  ])('not %s', async (_case, values, question, code) => {
    expect(told(await ask(flat(`    ${values}\n`), question))).toBe(code);
  });
});

describe('a published chart that may be pulled', () => {
  let charts: ChartRepository | null = null;
  beforeAll(async () => void (charts = await startChartRepository()));
  afterAll(() => charts?.stop());
  const pulled = needsTool('helm');

  async function askIn(
    files: Readonly<Record<string, string>>,
    field: string,
    after: string | number,
    object: KubernetesObject | null = null,
  ): Promise<string> {
    const store = new ChartStore({ folder: null, allowed: 'all', findTool: () => findHelm(), env: {} });
    const helm = new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 1 }), {
      charts: store,
    });
    const revision = await Revision.of(treeOf(files), { ...renderers, helm });
    const wanted = {
      kind: object?.kind ?? 'Deployment',
      name: object?.metadata.name ?? 'cart',
      namespace: 'shop',
    };
    const target = { wanted, live: object, roots: null };
    return told(await locate(revision, { target, fields: [{ field, after }] }));
  }

  function askWith(values: string, field: string, after: string): Promise<string> {
    return askIn({ 'apps/release.yaml': release(values, charts!.address) }, field, after);
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

  pulled('so is an object that is not called like its release', async () => {
    const files = { 'apps/release.yaml': release('    writers: 2\n', charts!.address) };
    const { metadata, ...object } = live({});
    const ledger = { ...object, kind: 'StatefulSet', metadata: { ...metadata, name: 'ledger' } };
    expect(await askIn(files, 'spec.replicas', 3, ledger)).toBe('proven -writers: 2 +writers: 3');
  });

  pulled('a chart here that depends on it is rendered with it, as its lock says', async () => {
    const dependency = (version: string) =>
      `- {name: cart, version: ${version}, repository: "${charts!.address}"}\n`;
    const files = {
      'cart/Chart.yaml': `apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n${dependency('1.x')}`,
      'cart/Chart.lock': `dependencies:\n${dependency('1.0.0')}digest: sha256:0\n`,
      'cart/values.yaml': 'cart:\n  tag: 1.4.2\n',
      'apps/cart.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cart, namespace: argocd}
spec:
  source: {repoURL: https://git.example/shop, path: cart}
  destination: {namespace: shop}
`,
    };
    expect(await askIn(files, `${PATH}.image`, 'registry.example/cart:1.4.1')).toBe(
      'proven -tag: 1.4.2 +tag: 1.4.1',
    );
  });

  pulled('so are charts of a registry, as Flux and Argo CD name them', async () => {
    const registry = await startChartRegistry(charts!.packages);
    const flux = {
      'apps/release.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cart, namespace: shop}
spec:
  chartRef: {kind: OCIRepository, name: cart}
  values:
    tag: 1.4.2
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: cart, namespace: shop}
spec:
  url: ${registry.address}/cart
  ref: {digest: "${registry.digests['1.0.0']}"}
`,
    };
    const argo = {
      'apps/cart.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cart, namespace: argocd}
spec:
  source:
    repoURL: ${registry.address.replace('oci://', '')}
    chart: cart
    targetRevision: 1.1.0
    helm:
      values: |
        tag: 1.4.2
  destination: {namespace: shop}
`,
    };
    const answers = [flux, argo].map((files) => askIn(files, `${PATH}.image`, 'registry.example/cart:1.4.1'));
    expect(await Promise.all(answers)).toEqual([
      'proven -tag: 1.4.2 +tag: 1.4.1',
      'proven -tag: 1.4.2 +tag: 1.4.1',
    ]);
    await registry.stop();
  });
});
