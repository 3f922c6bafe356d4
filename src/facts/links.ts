import { groupOf, recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { conditionsOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Culprit } from '../model/finding.ts';
import { namedBy } from './named-objects.ts';

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
    ...namedBy(object)
      .filter(({ field }) => IS_WAITED_FOR.test(field))
      .map((one) => ({ kind: one.kind, namespace: one.namespace, name: one.name })),
    ...recordsOf(spec['dependsOn']).flatMap((one) => dependency(one, kind, namespace)),
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

/** References to what an object cannot be made without. */
const IS_WAITED_FOR = /\.(?:secretStoreRef|storeRef|issuerRef|sourceRef|chartRef)$/;

/** A dependency without a namespace is in that of the object, and always of its kind. */
function dependency(
  { name, namespace: given }: Readonly<Record<string, unknown>>,
  kind: string,
  own: string | null,
): readonly Culprit[] {
  const namespace = typeof given === 'string' ? given : own;
  return typeof name === 'string' ? [{ kind, namespace, name }] : [];
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
