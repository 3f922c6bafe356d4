import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { Repository } from '../../src/git/repository.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { ownershipOf } from '../../src/sources/gitops.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const kustomized = needsTool('kustomize');

const REPOSITORY = {
  branch: 'main',
  remote: { slug: 'acme/fleet', url: 'https://github.com/acme/fleet' },
} as Repository;

/** The ids of the roots that own the live Deployment shop/cart, or the code and the reason of a refusal. */
async function owners(
  files: Files,
  metadata: object,
  objects: readonly object[],
): Promise<readonly string[] | null> {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: 'shop', ...metadata },
  };
  const cluster = buildState({ name: 'eu', now: 0, objects: [object, ...objects] as KubernetesObject[] });
  const found = await ownershipOf(object, cluster, await revisionOf(files), REPOSITORY);
  if (found === null) return null;
  if (found.kind === 'owned') return found.roots.map(({ id }) => id);
  return found.kind === 'declined' ? [found.code, found.reason] : [found.kind];
}

const FLUX = 'toolkit.fluxcd.io';
const OF_RELEASE = { labels: { [`helm.${FLUX}/name`]: 'cart', [`helm.${FLUX}/namespace`]: 'shop' } };
const ofKustomization = (name: string): object => ({
  labels: { [`kustomize.${FLUX}/name`]: name, [`kustomize.${FLUX}/namespace`]: 'flux-system' },
});

function release(values: object, metadata: object = {}): object {
  return {
    apiVersion: `helm.${FLUX}/v2`,
    kind: 'HelmRelease',
    metadata: { name: 'cart', namespace: 'shop', ...metadata },
    spec: {
      chart: {
        spec: { chart: 'cart', version: '1.0.0', sourceRef: { kind: 'HelmRepository', name: 'charts' } },
      },
      values,
    },
  };
}

function kustomization(name: string, path: string, metadata: object = {}): object {
  return {
    apiVersion: `kustomize.${FLUX}/v1`,
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system', ...metadata },
    spec: { path, sourceRef: { kind: 'GitRepository', name: 'fleet' } },
  };
}

function gitRepository(url = 'https://github.com/acme/fleet'): object {
  return {
    apiVersion: `source.${FLUX}/v1`,
    kind: 'GitRepository',
    metadata: { name: 'fleet', namespace: 'flux-system' },
    spec: { url, ref: { branch: 'main' } },
  };
}

const written = (...objects: readonly object[]): string =>
  objects.map((one) => JSON.stringify(one)).join('\n---\n');

const CHART = 'HelmRepository shop/charts/cart';

describe('a live HelmRelease that lags behind git', () => {
  test('is the one of its name, whatever its values are', async () => {
    const files = { 'apps/cart.yaml': written(release({ zone: 'eu', memory: '512Mi' })) };
    expect(await owners(files, OF_RELEASE, [release({ zone: 'old', tag: '1.0.0' })])).toEqual([
      `${CHART} (Flux HelmRelease shop/cart in apps)`,
    ]);
  });

  const TWO = {
    'clusters/eu/apps.yaml': written(gitRepository(), kustomization('apps', './apps/eu')),
    'clusters/us/apps.yaml': written(gitRepository(), kustomization('apps', './apps/us')),
    'apps/eu/cart.yaml': written(release({ zone: 'eu', memory: '512Mi' })),
    'apps/us/cart.yaml': written(release({ zone: 'us', memory: '512Mi' })),
  };
  const EU = `${CHART} (Flux HelmRelease shop/cart in apps/eu)`;
  const US = `${CHART} (Flux HelmRelease shop/cart in apps/us)`;

  test('is the one that the Kustomization of its labels applies', async () => {
    const labelled = release({ zone: 'us', memory: '128Mi' }, ofKustomization('apps'));
    expect(
      await owners(TWO, OF_RELEASE, [labelled, kustomization('apps', './apps/eu'), gitRepository()]),
    ).toEqual([EU]);
    expect(
      await owners(TWO, OF_RELEASE, [labelled, kustomization('apps', './apps/us'), gitRepository()]),
    ).toEqual([US]);
  });

  test('is the closer one of two clusters where nothing else tells', async () => {
    expect(await owners(TWO, OF_RELEASE, [release({ zone: 'eu', memory: '128Mi' })])).toEqual([EU]);
    expect(await owners(TWO, OF_RELEASE, [release({ zone: 'us', memory: '512Mi' })])).toEqual([US]);
  });

  test('is none of two that differ from it in the same places, or each in its own', async () => {
    expect(await owners(TWO, OF_RELEASE, [release({ zone: 'old', memory: '128Mi' })])).toEqual([EU, US]);
    const apart = { ...TWO, 'apps/us/cart.yaml': written(release({ zone: 'us', memory: '128Mi' })) };
    expect(await owners(apart, OF_RELEASE, [release({ zone: 'eu', memory: '128Mi' })])).toEqual([EU, US]);
  });

  test('is none of a repository that its Kustomization does not apply', async () => {
    const labelled = release({ zone: 'eu', memory: '512Mi' }, ofKustomization('apps'));
    const found = await owners(TWO, OF_RELEASE, [
      labelled,
      kustomization('apps', './apps/eu'),
      gitRepository('https://github.com/acme/elsewhere'),
    ]);
    expect(found).toEqual([
      'other-repository',
      'Flux Kustomization flux-system/apps deploys it from acme/elsewhere, and this is acme/fleet',
    ]);
  });

  test("is not another cluster's once its own folder has it no more", async () => {
    const { 'apps/eu/cart.yaml': _gone, ...rest } = TWO;
    const files = {
      ...rest,
      'apps/eu/web.yaml': written({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } }),
    };
    const labelled = release({ zone: 'eu', memory: '512Mi' }, ofKustomization('apps'));
    expect(
      await owners(files, OF_RELEASE, [labelled, kustomization('apps', './apps/eu'), gitRepository()]),
    ).toEqual([
      'object-not-found',
      'Flux Kustomization flux-system/apps applies Flux HelmRelease shop/cart from apps/eu, which does not have it any more',
    ]);
  });
});

describe('a live HelmRelease that no root renders', () => {
  kustomized('is told with its line and with what keeps the root from rendering', async () => {
    const files = {
      'apps/kustomization.yaml': 'resources: [cart.yaml, missing.yaml]\n',
      'apps/cart.yaml': `# The shop.\n---\n${written(release({}))}\n`,
    };
    const [code, reason] = (await owners(files, OF_RELEASE, [release({})]))!;
    expect(code).toBe('render-failed');
    expect(reason).toMatch(
      /^Flux HelmRelease shop\/cart is written at apps\/cart\.yaml:3, in apps, which could not be rendered: .*missing\.yaml/,
    );
  });

  test('is told with its line where no root reads the file', async () => {
    const files = {
      'apps/kustomization.yaml': 'resources: []\n',
      'apps/old.yaml': written(release({})),
    };
    expect(await owners(files, OF_RELEASE, [release({})])).toEqual([
      'object-not-found',
      'Flux HelmRelease shop/cart is written at apps/old.yaml:1, a file that no root of this repository reads',
    ]);
  });

  test('is from elsewhere where no file has it', async () => {
    expect(await owners({ 'apps/a.yaml': written(gitRepository()) }, OF_RELEASE, [release({})])).toEqual([
      'other-repository',
      `Flux HelmRelease shop/cart installs ${CHART}, a chart that is published elsewhere, and no root of this repository renders Flux HelmRelease shop/cart`,
    ]);
  });
});

describe('an Application that was not recorded', () => {
  const tracked = (application: string): object => ({
    annotations: { 'argocd.argoproj.io/tracking-id': `${application}:apps/Deployment:shop/cart` },
  });
  const deployment = written({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: { replicas: 1 },
  });

  function set(generators: readonly object[], name: string, path: string, more: object = {}): string {
    const source = { repoURL: 'https://github.com/acme/fleet', path, targetRevision: 'main' };
    return written({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: 'apps', namespace: 'argocd' },
      spec: {
        generators,
        template: { metadata: { name }, spec: { source, destination: { namespace: 'shop' } } },
        ...more,
      },
    });
  }

  const FOLDERS = { git: { repoURL: 'https://github.com/acme/fleet', directories: [{ path: 'apps/*' }] } };
  const CLUSTERS = { clusters: { selector: { matchLabels: { tier: 'prod' } } } };
  const APPS = { 'apps/cart/cart.yaml': deployment, 'apps/web-cart/cart.yaml': deployment };

  test.each([
    [
      'a folder of a git generator',
      [FOLDERS],
      'prod-{{path.basename}}',
      '{{path}}',
      'prod-cart',
      ['apps/cart'],
    ],
    [
      'an element of a list',
      [
        {
          list: {
            elements: [
              { zone: 'eu', app: 'cart' },
              { zone: 'us', app: 'web-cart' },
            ],
          },
        },
      ],
      '{{zone}}-shop',
      'apps/{{app}}',
      'us-shop',
      ['apps/web-cart'],
    ],
    [
      'the one folder for each cluster',
      [CLUSTERS],
      '{{name}}-cart',
      'apps/cart',
      'in-cluster-cart',
      ['apps/cart'],
    ],
    [
      'a folder for each cluster',
      [{ matrix: { generators: [CLUSTERS, FOLDERS] } }],
      '{{path.basename}}.{{name}}',
      '{{path}}',
      'web-cart.eu-1',
      ['apps/web-cart'],
    ],
    [
      'two folders that both give the name',
      [{ matrix: { generators: [FOLDERS, CLUSTERS] } }],
      '{{name}}-{{path.basename}}',
      '{{path}}',
      'eu-web-cart',
      ['apps/cart', 'apps/web-cart'],
    ],
    [
      'a folder that is called as the cluster is',
      [
        {
          matrix: {
            generators: [CLUSTERS, { git: { ...FOLDERS.git, directories: [{ path: 'apps/{{name}}*' }] } }],
          },
        },
      ],
      '{{name}}-in-{{path.basename}}',
      '{{path}}',
      'web-in-web-cart',
      ['apps/web-cart'],
    ],
    [
      'nothing for a name that the set does not give',
      [CLUSTERS],
      '{{name}}-web',
      'apps/cart',
      'eu-cart',
      null,
    ],
    ['nothing for the folder of another name', [FOLDERS], '{{path.basename}}', '{{path}}', 'mail', null],
  ])('is solved to %s', async (_title, generators, name, path, application, roots) => {
    const files = { ...APPS, 'argocd/set.yaml': set(generators, name, path) };
    expect(await owners(files, tracked(application), [])).toEqual(roots);
  });

  test('is solved in the templates of Go', async () => {
    const go = { goTemplate: true, goTemplateOptions: ['missingkey=error'] };
    const files = {
      ...APPS,
      'argocd/set.yaml': set([CLUSTERS], '{{.nameNormalized}}-cart', 'apps/cart', go),
    };
    expect(await owners(files, tracked('eu-west-cart'), [])).toEqual(['apps/cart']);
  });

  test('is not solved where a label of the cluster decides about the folder', async () => {
    const files = {
      ...APPS,
      'argocd/set.yaml': set([CLUSTERS], '{{name}}-cart', 'apps/{{metadata.labels.app}}'),
    };
    const [code, reason] = (await owners(files, tracked('eu-cart'), []))!;
    expect(code).toBe('render-failed');
    expect(reason).toContain('metadata.labels.app of its cluster');
  });
});
