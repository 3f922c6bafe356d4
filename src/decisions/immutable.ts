import type { Change } from '../locate/located.ts';
import type { Guard } from '../rules/rule.ts';
import { prose } from '../untrusted/prose.ts';

/**
 * Fields that the API server refuses to change on a live object: the object has to be deleted and made anew.
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

/** Says for each change of an immutable field that a person has to recreate the object. */
export function immutableFieldGuards(changes: readonly Pick<Change, 'object' | 'field'>[]): readonly Guard[] {
  return changes
    .filter(({ object, field }) =>
      IMMUTABLE.some(([kind, pattern]) => kind.test(object.kind) && pattern.test(field)),
    )
    .map(({ object, field }) => ({
      kind: 'no-auto-merge',
      reason: prose`${field} of a live ${object.kind} is immutable: ${object.kind} ${object.name} must be recreated`,
    }));
}
