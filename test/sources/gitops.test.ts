import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { Repository } from '../../src/git/repository.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { ownershipOf } from '../../src/sources/gitops.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { withoutKustomize } from '../locate/revisions.ts';

const FILES = {
  'clusters/east/kustomization.yaml': 'resources: [../../apps/cart.yaml]\n',
  'clusters/west/kustomization.yaml': 'resources: [../../apps/cart.yaml]\n',
  'apps/cart.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\n',
  'plain/web/web.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n',
  'plain/api/api.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n',
};

const REPOSITORY = {
  branch: 'main',
  remote: { slug: 'acme/infra', url: 'https://github.com/acme/infra' },
} as Repository;

async function ownership(live: Partial<KubernetesObject['metadata']>, objects: readonly object[]) {
  const revision = await Revision.of(treeOf(FILES), withoutKustomize);
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: 'shop', ...live },
  };
  const cluster = buildState({ name: 'east', now: 0, objects: [object, ...(objects as KubernetesObject[])] });
  const found = await ownershipOf(object, cluster, revision, REPOSITORY);
  if (found === null) return null;
  if (found.kind === 'on-branch') return { declined: found.otherwise.code, branch: found.branch };
  return found.kind === 'owned'
    ? { root: found.roots[0]!.path, kind: found.roots[0]!.kind, by: found.by }
    : { declined: found.code, reason: found.reason };
}

const FLUX_LABELS = {
  'kustomize.toolkit.fluxcd.io/name': 'shop',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};

function fluxKustomization(spec: object) {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'shop', namespace: 'flux-system' },
    spec: { sourceRef: { kind: 'GitRepository', name: 'infra' }, ...spec },
  };
}

function gitRepository(spec: object) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'infra', namespace: 'flux-system' },
    spec,
  };
}

const MAIN = gitRepository({ url: 'ssh://git@github.com/acme/infra.git', ref: { branch: 'main' } });

function application(source: object | undefined, name = 'shop') {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: { source },
  };
}

const TRACKED = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/cart' } };

describe('Flux', () => {
  test('the Kustomization that labels the object names its root', async () => {
    const found = await ownership({ labels: FLUX_LABELS }, [
      fluxKustomization({ path: './clusters/east' }),
      MAIN,
    ]);
    expect(found).toEqual({
      root: 'clusters/east',
      kind: 'kustomize',
      by: 'Flux Kustomization flux-system/shop',
    });
  });

  test('a path without a kustomization is taken with everything below it', async () => {
    const found = await ownership({ labels: FLUX_LABELS }, [fluxKustomization({ path: 'plain' }), MAIN]);
    expect(found).toMatchObject({ root: 'plain', kind: 'plain' });
  });

  test.each([
    ['a label whose Kustomization was not recorded', [], null],
    [
      'a Kustomization that patches what it applies',
      [fluxKustomization({ path: 'clusters/east', patches: [{ patch: '' }] }), MAIN],
      'render-failed',
    ],
    ['a path that is not there', [fluxKustomization({ path: 'clusters/north' }), MAIN], 'object-not-found'],
    [
      'another branch',
      [
        fluxKustomization({ path: 'clusters/east' }),
        gitRepository({ url: 'https://github.com/acme/infra', ref: { branch: 'next' } }),
      ],
      'other-revision',
    ],
    [
      'a pinned tag',
      [
        fluxKustomization({ path: 'clusters/east' }),
        gitRepository({ url: 'https://github.com/acme/infra', ref: { tag: 'v1' } }),
      ],
      'other-revision',
    ],
    [
      'another repository',
      [
        fluxKustomization({ path: 'clusters/east' }),
        gitRepository({ url: 'https://github.com/acme/other', ref: { branch: 'main' } }),
      ],
      'other-repository',
    ],
  ])('%s', async (_title, objects, code) => {
    const found = await ownership({ labels: FLUX_LABELS }, objects);
    expect(found && 'declined' in found ? found.declined : found).toBe(code);
  });
});

describe('Argo CD', () => {
  const SOURCE = {
    repoURL: 'https://github.com/acme/infra.git',
    path: 'clusters/west',
    targetRevision: 'HEAD',
  };

  test('the Application that tracks the object by annotation names its root', async () => {
    const found = await ownership(TRACKED, [application(SOURCE)]);
    expect(found).toEqual({
      root: 'clusters/west',
      kind: 'kustomize',
      by: 'Argo CD Application argocd/shop',
    });
  });

  test('the instance label counts where nothing else tracks the object', async () => {
    const found = await ownership({ labels: { 'app.kubernetes.io/instance': 'shop' } }, [
      application(SOURCE),
    ]);
    expect(found).toMatchObject({ root: 'clusters/west' });
  });

  test.each([
    [
      'a tracking-id that names another object',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/other' } },
      application(SOURCE),
      null,
    ],
    [
      "Helm's use of the instance label",
      { labels: { 'app.kubernetes.io/instance': 'shop', 'app.kubernetes.io/managed-by': 'Helm' } },
      application(SOURCE),
      null,
    ],
    [
      'Helm values for a folder that is not a chart',
      TRACKED,
      application({ ...SOURCE, helm: { values: 'a: 1' } }),
      'object-not-found',
    ],
    ['a plugin', TRACKED, application({ ...SOURCE, plugin: { name: 'cdk8s' } }), 'render-failed'],
    [
      'a chart of a Helm repository',
      TRACKED,
      application({ repoURL: 'https://charts.example', chart: 'cart' }),
      'other-repository',
    ],
    [
      'another repository that has the same folder',
      TRACKED,
      application({ ...SOURCE, repoURL: 'https://github.com/acme/other' }),
      'other-repository',
    ],
    ['a version', TRACKED, application({ ...SOURCE, targetRevision: 'v1.2.3' }), 'other-revision'],
    ['a commit', TRACKED, application({ ...SOURCE, targetRevision: '0123abcd' }), 'other-revision'],
    ['another branch', TRACKED, application({ ...SOURCE, targetRevision: 'release' }), 'other-revision'],
  ])('%s', async (_title, metadata, app, code) => {
    const found = await ownership(metadata, [app]);
    expect(found && 'declined' in found ? found.declined : found).toBe(code);
  });
});
