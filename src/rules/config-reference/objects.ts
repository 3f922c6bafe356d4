import {
  isRecord,
  recordAt,
  recordsOf,
  type KubernetesObject,
  type ObjectRef,
} from '../../kubernetes/objects.ts';
import { conditionsOf, parseTime, type Condition } from '../../kubernetes/workloads.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { ConfigKind } from './references.ts';

/**
 * The keys of a ConfigMap or Secret; null where they are unknown. A Secret without any data may have been read by its metadata alone,
 * so nothing is said of its keys.
 */
export function keysOf(object: KubernetesObject): ReadonlySet<string> | null {
  const sources = [object['data'], object['binaryData'], object['stringData']].filter(isRecord);
  if (sources.length === 0 && object.kind === 'Secret') return null;
  return new Set(sources.flatMap((source) => Object.keys(source)));
}

/** True for objects that a controller of the cluster keeps for itself: no reference that people write means them. */
export function isSystemObject(object: KubernetesObject): boolean {
  const { name, annotations } = object.metadata;
  if (object.kind === 'ConfigMap') {
    return (
      SYSTEM_CONFIG_MAPS.has(name) || annotations?.['control-plane.alpha.kubernetes.io/leader'] !== undefined
    );
  }
  const type = object['type'];
  return typeof type === 'string' && SYSTEM_SECRET_TYPES.some((prefix) => type.startsWith(prefix));
}

const SYSTEM_CONFIG_MAPS = new Set([
  'kube-root-ca.crt',
  'openshift-service-ca.crt',
  'istio-ca-root-cert',
  'istio-ca-crl',
  'linkerd-identity-trust-roots',
]);
const SYSTEM_SECRET_TYPES = [
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release',
];

/** An object of the cluster that writes a ConfigMap or Secret of the given name, once it can. */
export interface Writer {
  readonly object: KubernetesObject;
  /** What it says of itself: its `Ready` (or `Synced`) condition; null before its controller said anything. */
  readonly condition: Condition | null;
  /** How long it has been failing, or waiting, in milliseconds. */
  readonly since: number | null;
}

/** Kinds that write Secrets or ConfigMaps, and the names that they write. */
const WRITERS: readonly {
  readonly kind: string;
  readonly writes: ConfigKind;
  names(object: KubernetesObject): readonly unknown[];
}[] = [
  // https://external-secrets.io/latest/api/externalsecret/
  {
    kind: 'ExternalSecret',
    writes: 'Secret',
    names: (object) => [recordAt(object, 'spec', 'target')['name'] || object.metadata.name],
  },
  // https://github.com/bitnami-labs/sealed-secrets
  {
    kind: 'SealedSecret',
    writes: 'Secret',
    names: (object) => [recordAt(object, 'spec', 'template', 'metadata')['name'] || object.metadata.name],
  },
  // https://cert-manager.io/docs/usage/certificate/
  { kind: 'Certificate', writes: 'Secret', names: (object) => [recordAt(object, 'spec')['secretName']] },
  // https://developer.hashicorp.com/vault/docs/platform/k8s/vso
  {
    kind: 'VaultStaticSecret',
    writes: 'Secret',
    names: (object) => [recordAt(object, 'spec', 'destination')['name']],
  },
  {
    kind: 'VaultDynamicSecret',
    writes: 'Secret',
    names: (object) => [recordAt(object, 'spec', 'destination')['name']],
  },
  {
    kind: 'VaultPKISecret',
    writes: 'Secret',
    names: (object) => [recordAt(object, 'spec', 'destination')['name']],
  },
  { kind: 'OnePasswordItem', writes: 'Secret', names: (object) => [object.metadata.name] },
  {
    kind: 'SopsSecret',
    writes: 'Secret',
    names: (object) => recordsOf(recordAt(object, 'spec')['secretTemplates']).map((item) => item['name']),
  },
  {
    kind: 'SecretProviderClass',
    writes: 'Secret',
    names: (object) => recordsOf(recordAt(object, 'spec')['secretObjects']).map((item) => item['secretName']),
  },
  // https://cert-manager.io/docs/trust/trust-manager/
  { kind: 'Bundle', writes: 'ConfigMap', names: (object) => [object.metadata.name] },
];

/** What will create this object, or should have: an ExternalSecret, SealedSecret, Certificate and the like. */
export function writerOf(cluster: ClusterState, missing: ObjectRef): Writer | null {
  for (const { kind, writes, names } of WRITERS) {
    if (writes !== missing.kind) continue;
    const scope = kind === 'Bundle' ? null : missing.namespace;
    const object = cluster.list(kind, scope).find((candidate) => names(candidate).includes(missing.name));
    if (!object) continue;
    const condition = conditionsOf(object).find(({ type }) => type === 'Ready' || type === 'Synced') ?? null;
    const start = parseTime(condition?.lastTransitionTime) ?? parseTime(object.metadata.creationTimestamp);
    return { object, condition, since: start === null ? null : cluster.now - start };
  }
  return null;
}
