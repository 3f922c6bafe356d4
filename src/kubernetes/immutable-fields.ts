/**
 * Fields that the API server refuses to change on a live object: the object has to be deleted and recreated.
 * Sources: https://kubernetes.io/docs/concepts/workloads/controllers/job/ (Pod template),
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/ (Updating statefulsets),
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ (selectors of apps/v1).
 */
const IMMUTABLE: readonly (readonly [kind: RegExp, field: RegExp])[] = [
  [/^Job$/, /^spec\.(template|selector|completionMode)/],
  [/^StatefulSet$/, /^spec\.(selector|serviceName|volumeClaimTemplates|podManagementPolicy)/],
  [/^(Deployment|DaemonSet|ReplicaSet)$/, /^spec\.selector/],
  [/^PersistentVolumeClaim$/, /^spec\.(storageClassName|accessModes|volumeName|volumeMode|selector)/],
];

/** @param field as `kubectl explain` writes it */
export function isImmutable(kind: string, field: string): boolean {
  return IMMUTABLE.some(([pattern, fields]) => pattern.test(kind) && fields.test(field));
}
