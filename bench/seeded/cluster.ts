import { buildState } from '../../src/cluster/build-state.ts';
import { isKubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterSource, ClusterState } from '../../src/model/cluster-state.ts';
import { referencesIn } from './references.ts';
import type { Json } from './sources.ts';

const RECORDED = [
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterSecretStore',
  'ConfigMap',
  'CronJob',
  'DaemonSet',
  'Deployment',
  'ExternalSecret',
  'Gateway',
  'HorizontalPodAutoscaler',
  'HTTPRoute',
  'Ingress',
  'IngressClass',
  'Job',
  'Namespace',
  'PersistentVolumeClaim',
  'Pod',
  'PriorityClass',
  'ReplicaSet',
  'Role',
  'RoleBinding',
  'RuntimeClass',
  'Secret',
  'SecretStore',
  'Service',
  'ServiceAccount',
  'StatefulSet',
  'StorageClass',
];

const API_VERSIONS: Readonly<Record<string, string>> = {
  StorageClass: 'storage.k8s.io/v1',
  PriorityClass: 'scheduling.k8s.io/v1',
  RuntimeClass: 'node.k8s.io/v1',
  IngressClass: 'networking.k8s.io/v1',
  Gateway: 'gateway.networking.k8s.io/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  SecretStore: 'external-secrets.io/v1beta1',
  ClusterSecretStore: 'external-secrets.io/v1beta1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
};
const WITHOUT_NAMESPACE = new Set([
  'StorageClass',
  'PriorityClass',
  'RuntimeClass',
  'IngressClass',
  'ClusterRole',
  'ClusterSecretStore',
  'Namespace',
]);

/** A cluster in which the base runs well: all that a root renders, and all that it names and nobody renders. */
export function clusterRunning(rendered: readonly Json[]): {
  readonly state: ClusterState;
  readonly source: ClusterSource;
} {
  const objects: Json[] = rendered.map((one) => structuredClone(one));
  for (const one of objects)
    if (one.kind === 'HorizontalPodAutoscaler')
      one.status = { currentReplicas: one.spec?.maxReplicas, desiredReplicas: one.spec?.maxReplicas };
  const keys = new Set(
    objects.map((one) => `${one.kind} ${one.metadata.namespace ?? ''} ${one.metadata.name}`),
  );
  const add = (kind: string, namespace: string | undefined, name: string): void => {
    const own = WITHOUT_NAMESPACE.has(kind) ? undefined : namespace;
    const key = `${kind} ${own ?? ''} ${name}`;
    if (keys.has(key)) return;
    keys.add(key);
    objects.push({
      apiVersion: API_VERSIONS[kind] ?? 'v1',
      kind,
      metadata: { name, ...(own && { namespace: own }) },
    });
  };
  for (const one of rendered) {
    if (one.metadata.namespace) add('Namespace', undefined, one.metadata.namespace);
    for (const reference of referencesIn(one)) add(reference.kind, one.metadata.namespace, reference.name);
  }
  const state = buildState({
    name: 'seeded',
    now: Date.parse('2026-03-02T12:00:00Z'),
    objects: objects.filter(isKubernetesObject),
    recorded: Object.fromEntries(RECORDED.map((kind) => [kind, 'all' as const])),
    versions: { kubernetes: 'v1.34.2' },
  });
  return {
    state,
    source: { isRecorded: true, read: async () => state, log: async () => null, metric: async () => null },
  };
}
