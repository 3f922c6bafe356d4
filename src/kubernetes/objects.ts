/** A Kubernetes object as the API server or a manifest gives it. Nothing below `metadata` is trusted to exist. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generateName?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly [field: string]: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

/** Names one object. `namespace` is null for cluster-scoped objects and for manifests that leave it to the destination. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
}

/** Any value that YAML or JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The value of one field: what a change goes from and to. */
export type Scalar = string | number | boolean | null;

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The record at a path below `parent`, empty where there is none. */
export function recordAt(parent: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  let here = parent;
  for (const field of path) here = isRecord(here) ? here[field] : undefined;
  return isRecord(here) ? here : {};
}

/** The records of a list that may be anything. */
export function recordsOf<T extends object>(list: readonly T[] | undefined): readonly T[];
export function recordsOf(list: unknown): readonly Readonly<Record<string, unknown>>[];
export function recordsOf(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** True when `value` has what every Kubernetes object has: apiVersion, kind and a name (or generateName). */
export function isKubernetesObject(value: unknown): value is KubernetesObject {
  if (!isRecord(value) || typeof value['apiVersion'] !== 'string' || typeof value['kind'] !== 'string')
    return false;
  const metadata = value['metadata'];
  return (
    isRecord(metadata) &&
    (typeof metadata['name'] === 'string' || typeof metadata['generateName'] === 'string')
  );
}

export function refOf(object: KubernetesObject): ObjectRef {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace ?? null,
    name: object.metadata.name ?? object.metadata.generateName ?? '',
  };
}

/** The API group: `apps` of `apps/v1`, empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** A key for maps: equal for one object in whatever API version it is spoken of. */
export function objectKey({ kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return JSON.stringify([kind, namespace, name]);
}

/** Same group, kind, namespace and name; versions of one group are the same object. */
export function sameObject(a: ObjectRef, b: ObjectRef): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.namespace === b.namespace &&
    groupOf(a.apiVersion) === groupOf(b.apiVersion)
  );
}

/** `Deployment shop/cart`: how an object is named in texts and evidence. */
export function describeRef(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return `${ref.kind} ${ref.namespace === null ? '' : `${ref.namespace}/`}${ref.name}`;
}
