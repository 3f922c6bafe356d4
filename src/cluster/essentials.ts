import type { KubernetesObject } from '../kubernetes/objects.ts';

/** The longest value of a ConfigMap that is kept: environment variables and small files, not certificates and dashboards. */
const LONGEST_VALUE = 16 * 1024;

/** Annotations in which kubectl, kapp, Rancher and others repeat the whole object: JSON, gzip in base64, or just long. */
const REPEATS_OBJECT = /^\s*[{[]|^H4sI|^[^]{257}/;

/**
 * The object without what must not be kept (values of Secrets, also those in annotations that repeat them) and what is
 * only weight (managed fields, binary and long values of ConfigMaps). Keys stay, with null for a value.
 */
export function keepEssentials(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata;
  if (object.kind === 'Secret') return withoutValues({ ...object, metadata: withoutRepetitions(metadata) });
  if (object.kind === 'ConfigMap') return withShortValues({ ...object, metadata });
  return 'managedFields' in object.metadata ? { ...object, metadata } : object;
}

/** The same with the managed fields: of one object that is read to see who wrote what. */
export function keepManagers(object: KubernetesObject): KubernetesObject {
  const kept = keepEssentials(object);
  const { managedFields } = object.metadata;
  return managedFields === undefined ? kept : { ...kept, metadata: { ...kept.metadata, managedFields } };
}

function withoutValues(secret: KubernetesObject): KubernetesObject {
  const kept: Record<string, unknown> = { ...secret };
  for (const field of ['data', 'stringData'])
    if (field in kept) kept[field] = mapValues(kept[field], () => null);
  return kept as KubernetesObject;
}

function withoutRepetitions(metadata: KubernetesObject['metadata']): KubernetesObject['metadata'] {
  if (!metadata.annotations) return metadata;
  const kept = Object.entries(metadata.annotations).filter(
    ([, value]) => !REPEATS_OBJECT.test(String(value)),
  );
  return { ...metadata, annotations: Object.fromEntries(kept) };
}

function withShortValues(configMap: KubernetesObject): KubernetesObject {
  const kept: Record<string, unknown> = { ...configMap };
  if ('binaryData' in kept) kept['binaryData'] = mapValues(kept['binaryData'], () => null);
  if ('data' in kept) {
    kept['data'] = mapValues(kept['data'], (value) =>
      typeof value === 'string' && value.length > LONGEST_VALUE ? null : value,
    );
  }
  return kept as KubernetesObject;
}

function mapValues(values: unknown, map: (value: unknown) => unknown): unknown {
  if (typeof values !== 'object' || values === null) return null;
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
