import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { nodeOf, waitsFor } from '../../src/facts/links.ts';
import { describeRef, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import { clusterScoped, object } from '../cluster/objects.ts';

function above(of: KubernetesObject, ...others: readonly KubernetesObject[]): readonly string[] {
  const { kind, metadata } = of;
  const cluster = buildState({ name: 'quay', now: 0, objects: [of, ...others] });
  return waitsFor(cluster, { kind, namespace: metadata.namespace ?? null, name: metadata.name }).map(
    describeRef,
  );
}

const claim = (spec: object): KubernetesObject => object('v1', 'PersistentVolumeClaim', 'logbook', { spec });
const byDefault = {
  ...clusterScoped('storage.k8s.io/v1', 'StorageClass', 'slow'),
  metadata: { name: 'slow', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
};
const FLUX = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};
const release = object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'tides', {
  metadata: { labels: FLUX },
  spec: {
    chart: { spec: { sourceRef: { kind: 'HelmRepository', name: 'charts', namespace: 'flux-system' } } },
  },
});
const applier = (reason: string): KubernetesObject =>
  object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'apps', {
    metadata: { namespace: 'flux-system' },
    status: { conditions: [{ type: 'Ready', status: 'False', reason }] },
  });

describe('an object waits for', () => {
  test('the StorageClass that a claim names, or the default one', () => {
    expect(above(claim({ storageClassName: 'fast' }))).toEqual(['StorageClass fast']);
    expect(above(claim({}), byDefault)).toEqual(['StorageClass slow']);
    expect(above(claim({ storageClassName: '' }), byDefault)).toEqual([]);
  });

  test('the store of an ExternalSecret, in its own namespace unless it is the cluster’s', () => {
    const secret = (ref: object): KubernetesObject =>
      object('external-secrets.io/v1', 'ExternalSecret', 'keys', { spec: { secretStoreRef: ref } });
    expect(above(secret({ name: 'vault' }))).toEqual(['SecretStore shop/vault']);
    expect(above(secret({ name: 'vault', kind: 'ClusterSecretStore' }))).toEqual([
      'ClusterSecretStore vault',
    ]);
  });

  test('the issuer of a Certificate', () => {
    const certificate = object('cert-manager.io/v1', 'Certificate', 'web', {
      spec: { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } },
    });
    expect(above(certificate)).toEqual(['ClusterIssuer ca']);
  });

  test('the source and the dependencies of a Kustomization', () => {
    const kustomization = object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'apps', {
      spec: { sourceRef: { kind: 'GitRepository', name: 'fleet' }, dependsOn: [{ name: 'base' }] },
    });
    expect(above(kustomization)).toEqual(['GitRepository shop/fleet', 'Kustomization shop/base']);
  });

  test('the chart of a HelmRelease and the Kustomization that applies it', () => {
    expect(above(release, applier('BuildFailed'))).toEqual([
      'HelmRepository flux-system/charts',
      'Kustomization flux-system/apps',
    ]);
  });

  test('no Kustomization that itself waits for the object to become healthy', () => {
    expect(above(release, applier('HealthCheckFailed'))).toEqual(['HelmRepository flux-system/charts']);
  });

  test('nothing that only applies a workload, scales it or is unknown', () => {
    expect(
      above(object('apps/v1', 'Deployment', 'cart', { metadata: { labels: FLUX } }), applier('x')),
    ).toEqual([]);
    const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'cart', {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'cart' } },
    });
    expect(above(scaler)).toEqual([]);
    expect(
      waitsFor(buildState({ name: 'quay', now: 0, objects: [] }), { kind: 'Pod', namespace: 'a', name: 'b' }),
    ).toEqual([]);
  });
});

test('pods share a node when all of them run on it', () => {
  const pod = (name: string, nodeName?: string): KubernetesObject =>
    object('v1', 'Pod', name, { spec: nodeName === undefined ? {} : { nodeName } });
  const cluster = buildState({
    name: 'quay',
    now: 0,
    objects: [pod('a', 'n1'), pod('b', 'n1'), pod('c', 'n2'), pod('d')],
  });
  const on = (...names: readonly string[]) =>
    nodeOf(
      cluster,
      names.map((name) => ({ kind: 'Pod', namespace: 'shop', name })),
    )?.name;
  expect([on('a', 'b'), on('a', 'c'), on('a', 'd'), on('d'), on('gone')]).toEqual([
    'n1',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
