import { pathsIn, type Json, type Path, valueAt } from './sources.ts';

/** A place of a manifest that names another object: where the name stands, and the key where one is named. */
export interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly path: Path;
  readonly key?: { readonly name: string; readonly path: Path };
  readonly optional: boolean;
}

/** Fields that hold a name, whatever they lie in. */
const NAMING: readonly (readonly [field: string, within: string, kind: string])[] = [
  ['name', 'configMapRef', 'ConfigMap'],
  ['name', 'configMapKeyRef', 'ConfigMap'],
  ['name', 'configMap', 'ConfigMap'],
  ['name', 'secretRef', 'Secret'],
  ['name', 'secretKeyRef', 'Secret'],
  ['secretName', 'secret', 'Secret'],
  ['claimName', 'persistentVolumeClaim', 'PersistentVolumeClaim'],
];

const MAKERS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'ReplicaSet', 'Pod']);

export function podSpecPathOf(value: Json): Path | null {
  if (!MAKERS.has(value?.kind)) return null;
  if (value.kind === 'Pod') return ['spec'];
  return value.kind === 'CronJob'
    ? ['spec', 'jobTemplate', 'spec', 'template', 'spec']
    : ['spec', 'template', 'spec'];
}

/** All that a manifest names; its own walk, which shares nothing with the guard's. */
export function referencesIn(value: Json): readonly Reference[] {
  const at = podSpecPathOf(value);
  const found: Reference[] = [];
  if (at) {
    const spec = valueAt(value, at);
    for (const path of pathsIn(spec, (_path, one) => typeof one === 'string')) {
      const [within, field] = path.slice(-2);
      const kind = NAMING.find(([name, parent]) => name === field && parent === within)?.[2];
      if (kind === undefined || path[0] === 'imagePullSecrets') continue;
      const parent = valueAt(spec, path.slice(0, -1));
      const key =
        typeof parent.key === 'string'
          ? { name: parent.key, path: [...at, ...path.slice(0, -1), 'key'] }
          : undefined;
      found.push({
        kind,
        name: valueAt(spec, path),
        path: [...at, ...path],
        ...(key && { key }),
        optional: parent.optional === true,
      });
    }
    for (const [field, kind] of [
      ['serviceAccountName', 'ServiceAccount'],
      ['priorityClassName', 'PriorityClass'],
      ['runtimeClassName', 'RuntimeClass'],
    ] as const)
      if (typeof spec?.[field] === 'string')
        found.push({ kind, name: spec[field], path: [...at, field], optional: false });
  }
  const named = (kind: string, path: Path): void => {
    const name = valueAt(value, path);
    if (typeof name === 'string') found.push({ kind, name, path, optional: false });
  };
  if (value?.kind === 'PersistentVolumeClaim') named('StorageClass', ['spec', 'storageClassName']);
  if (value?.kind === 'StatefulSet')
    for (const index of (value.spec?.volumeClaimTemplates ?? []).keys())
      named('StorageClass', ['spec', 'volumeClaimTemplates', index, 'spec', 'storageClassName']);
  if (value?.kind === 'Ingress') {
    named('IngressClass', ['spec', 'ingressClassName']);
    for (const path of pathsIn(
      value.spec,
      (path, one) => path.at(-1) === 'service' && typeof one?.name === 'string',
    ))
      named('Service', ['spec', ...path, 'name']);
    for (const index of (value.spec?.tls ?? []).keys()) named('Secret', ['spec', 'tls', index, 'secretName']);
  }
  if (value?.kind === 'HTTPRoute' || value?.kind === 'GRPCRoute') {
    for (const path of pathsIn(value.spec, (path) => path.at(-2) === 'backendRefs'))
      if ((valueAt(value.spec, path)?.kind ?? 'Service') === 'Service')
        named('Service', ['spec', ...path, 'name']);
    for (const index of (value.spec?.parentRefs ?? []).keys())
      named('Gateway', ['spec', 'parentRefs', index, 'name']);
  }
  if (value?.kind === 'HorizontalPodAutoscaler' || value?.kind === 'ScaledObject')
    named(value.spec?.scaleTargetRef?.kind ?? 'Deployment', ['spec', 'scaleTargetRef', 'name']);
  if (value?.kind === 'RoleBinding' || value?.kind === 'ClusterRoleBinding') {
    named(value.roleRef?.kind, ['roleRef', 'name']);
    for (const [index, subject] of (value.subjects ?? []).entries())
      if (subject?.kind === 'ServiceAccount') named('ServiceAccount', ['subjects', index, 'name']);
  }
  if (value?.kind === 'ExternalSecret')
    named(value.spec?.secretStoreRef?.kind ?? 'SecretStore', ['spec', 'secretStoreRef', 'name']);
  if (value?.kind === 'Certificate')
    named(value.spec?.issuerRef?.kind ?? 'Issuer', ['spec', 'issuerRef', 'name']);
  return found;
}
