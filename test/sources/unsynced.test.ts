import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { Repository } from '../../src/git/repository.ts';
import { parseFieldPath } from '../../src/kubernetes/field-path.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { unsyncedValue } from '../../src/sources/unsynced.ts';
import { revisionOf } from '../locate/revisions.ts';

const REPOSITORY = {
  branch: 'main',
  remote: { slug: 'acme/fleet', url: 'https://github.com/acme/fleet' },
} as Repository;

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'cart',
    namespace: 'shop',
    labels: { 'helm.toolkit.fluxcd.io/name': 'cart', 'helm.toolkit.fluxcd.io/namespace': 'shop' },
  },
  spec: {
    replicas: 2,
    template: {
      spec: {
        containers: [
          {
            name: 'server',
            image: 'registry.example/cart:1.0.0',
            env: [{ name: 'LEVEL', value: 'info' }],
            resources: { limits: { memory: '128Mi' } },
          },
        ],
      },
    },
  },
};

function release(values: object): KubernetesObject {
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: {
      chart: {
        spec: { chart: 'cart', version: '1.0.0', sourceRef: { kind: 'HelmRepository', name: 'charts' } },
      },
      values,
    },
  };
}

function application(helm: object): KubernetesObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'cart', namespace: 'argocd' },
    spec: { source: { repoURL: 'https://charts.example', chart: 'cart', targetRevision: '1.0.0', helm } },
  };
}

const TRACKED = {
  ...DEPLOYMENT,
  metadata: {
    name: 'cart',
    namespace: 'shop',
    annotations: { 'argocd.argoproj.io/tracking-id': 'cart:apps/Deployment:shop/cart' },
  },
};

const CONTAINER = 'spec.template.spec.containers[name=server]';
const MEMORY = `${CONTAINER}.resources.limits.memory`;

/** `path: live → git` of what is behind the field. */
async function unsynced(
  field: string,
  git: KubernetesObject,
  live: KubernetesObject,
  object: KubernetesObject = DEPLOYMENT,
): Promise<string | null> {
  const cluster = buildState({ name: 'eu', now: 0, objects: [object, live] });
  const revision = await revisionOf({ 'apps/all.yaml': JSON.stringify(git) });
  const found = await unsyncedValue(object, parseFieldPath(field), {
    cluster,
    revision,
    repository: REPOSITORY,
  });
  return found && `${found.path.join('.')}: ${String(found.live)} → ${String(found.inGit)}`;
}

const limits = (memory: string): object => ({ resources: { limits: { memory } } });

describe('a value that git has otherwise than the cluster was given', () => {
  test.each([
    [MEMORY, limits('256Mi'), limits('128Mi'), 'resources.limits.memory: 128Mi → 256Mi'],
    [
      `${CONTAINER}.image`,
      { image: { tag: '1.1.0' } },
      { image: { tag: '1.0.0' } },
      'image.tag: 1.0.0 → 1.1.0',
    ],
    ['spec.replicas', { replicaCount: 3 }, { replicaCount: 2 }, 'replicaCount: 2 → 3'],
    [
      `${CONTAINER}.env[name=LEVEL].value`,
      { env: { LEVEL: 'debug' } },
      { env: { LEVEL: 'info' } },
      'env.LEVEL: info → debug',
    ],
  ])('is behind %s', async (field, git, live, told) => {
    expect(await unsynced(field, release(git), release(live))).toBe(told);
  });

  test.each([
    ['valuesObject', { valuesObject: limits('256Mi') }, { valuesObject: limits('128Mi') }],
    [
      'a block of values',
      { values: 'resources: {limits: {memory: 256Mi}}' },
      { values: 'resources: {limits: {memory: 128Mi}}' },
    ],
    [
      'a parameter',
      { parameters: [{ name: 'resources.limits.memory', value: '256Mi' }] },
      { parameters: [{ name: 'resources.limits.memory', value: '128Mi' }] },
    ],
  ])('stands in %s of an Application', async (_what, git, live) => {
    const told = await unsynced(MEMORY, application(git), application(live), TRACKED);
    expect(told).toBe('resources.limits.memory: 128Mi → 256Mi');
  });

  test.each([
    ['both are the same', limits('128Mi'), limits('128Mi')],
    ['another value differs', { ...limits('128Mi'), replicas: 3 }, { ...limits('128Mi'), replicas: 2 }],
    ['the object has what neither says', limits('256Mi'), limits('512Mi')],
    [
      'two values are called so',
      { a: limits('256Mi'), b: limits('256Mi') },
      { a: limits('128Mi'), b: limits('128Mi') },
    ],
    ['git says nothing of it', {}, limits('128Mi')],
  ])('is none where %s', async (_what, git, live) => {
    expect(await unsynced(MEMORY, release(git), release(live))).toBeNull();
  });
});
