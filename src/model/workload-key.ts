import type { ObjectRef } from '../kubernetes/objects.ts';

/** One workload of one cluster, as a key: `prod-eu Deployment/shop/cart`. */
export function workloadKey(
  cluster: string,
  { kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>,
): string {
  return `${cluster} ${kind}/${namespace ?? ''}/${name}`;
}
