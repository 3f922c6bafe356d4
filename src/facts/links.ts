import { groupOf, isRecord, recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { conditionsOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Culprit } from '../model/finding.ts';

/**
 * What an object waits for, by its own spec: the StorageClass of a claim, the store of an ExternalSecret, the issuer of a Certificate, the
 * source and the dependencies of a Flux object, and the Kustomization that applies it. If one of them fails, that explains why the object
 * is not ready. Empty for objects that are not recorded.
 */
export function waitsFor(cluster: ClusterState, { kind, namespace, name }: Culprit): readonly Culprit[] {
  const object = cluster.get(kind, namespace, name);
  if (object === undefined) return [];
  const spec = recordAt(object, 'spec');
  return [
    ...(kind === 'PersistentVolumeClaim' ? storageClassOf(cluster, spec) : []),
    ...referencesIn(spec, namespace),
    ...referencesIn(recordAt(spec, 'chart', 'spec'), namespace),
    ...recordsOf(spec['dependsOn']).flatMap((one) => named(one, kind, namespace)),
    ...fluxOwnerOf(cluster, object),
  ];
}

/** https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass */
function storageClassOf(
  cluster: ClusterState,
  { storageClassName }: Readonly<Record<string, unknown>>,
): readonly Culprit[] {
  if (storageClassName === '') return [];
  if (typeof storageClassName === 'string')
    return [{ kind: 'StorageClass', namespace: null, name: storageClassName }];
  return cluster
    .list('StorageClass')
    .filter(
      ({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    )
    .map(({ metadata }) => ({ kind: 'StorageClass', namespace: null, name: metadata.name }));
}

/** Kinds of references that may leave theirs out, as their API references say. */
const KINDS: Readonly<Record<string, string>> = {
  // https://external-secrets.io/latest/api/externalsecret/
  secretStoreRef: 'SecretStore',
  // https://cert-manager.io/docs/reference/api-docs/#meta.cert-manager.io/v1.ObjectReference
  issuerRef: 'Issuer',
  sourceRef: '',
  chartRef: '',
};

function referencesIn(spec: Readonly<Record<string, unknown>>, namespace: string | null): readonly Culprit[] {
  return Object.entries(KINDS).flatMap(([field, kind]) =>
    isRecord(spec[field]) ? named(spec[field], kind, namespace) : [],
  );
}

function named(
  reference: Readonly<Record<string, unknown>>,
  otherwise: string,
  namespace: string | null,
): readonly Culprit[] {
  const { name } = reference;
  const kind = typeof reference['kind'] === 'string' ? reference['kind'] : otherwise;
  if (typeof name !== 'string' || kind === '') return [];
  const own = typeof reference['namespace'] === 'string' ? reference['namespace'] : namespace;
  return [{ kind, namespace: kind.startsWith('Cluster') ? null : own, name }];
}

const KUSTOMIZATION = 'kustomize.toolkit.fluxcd.io';

/** The Kustomization that applies a Flux object, unless it only waits for what it applies: then the object explains the Kustomization. */
function fluxOwnerOf(cluster: ClusterState, object: KubernetesObject): readonly Culprit[] {
  if (!groupOf(object.apiVersion).endsWith('.toolkit.fluxcd.io')) return [];
  const { labels = {} } = object.metadata;
  const [name, namespace] = [labels[`${KUSTOMIZATION}/name`], labels[`${KUSTOMIZATION}/namespace`]];
  if (name === undefined || namespace === undefined) return [];
  const applier = cluster.get('Kustomization', namespace, name);
  if (applier === undefined || applier === object) return [];
  const waits = conditionsOf(applier).some(({ reason }) => reason === 'HealthCheckFailed');
  return waits ? [] : [{ kind: 'Kustomization', namespace, name }];
}

/** The node that all of these pods run on; null where there are several, or none. */
export function nodeOf(cluster: ClusterState, pods: readonly Culprit[]): Culprit | null {
  const names = pods.map(({ kind, namespace, name }) => {
    const pod = kind === 'Pod' ? cluster.get('Pod', namespace, name) : undefined;
    return recordAt(pod, 'spec')['nodeName'];
  });
  const [name] = names;
  return typeof name === 'string' && names.every((other) => other === name)
    ? { kind: 'Node', namespace: null, name }
    : null;
}
