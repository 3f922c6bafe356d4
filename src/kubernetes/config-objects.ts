import { isRecord, type KubernetesObject } from './objects.ts';

/** The kinds whose keys pods read. */
export type ConfigKind = 'ConfigMap' | 'Secret';

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
