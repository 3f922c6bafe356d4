import { podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { Foresight } from '../../model/foresight.ts';
import { missingNamed } from '../foreseen-reference.ts';

/** Every namespace has it: https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts */
const OWN_ACCOUNT = 'default';
/** https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/ */
const OWN_CLASSES: ReadonlySet<unknown> = new Set(['system-cluster-critical', 'system-node-critical']);

/** Pods that the API server refuses, since their template names something that will not be there. */
export const foresight: Foresight = {
  causes: {
    'service-account-missing': 'a template names a ServiceAccount that will not be there',
    'priority-class-missing': 'a template names a PriorityClass that will not be there',
    'runtime-class-missing': 'a template names a RuntimeClass that will not be there',
  },
  foresee(outlook) {
    return outlook.objects.flatMap((object) => {
      const [spec, path] = [podSpecOf(object), podSpecPath(object.kind)];
      if (!spec || path === null) return [];
      const namespace = object.metadata.namespace ?? null;
      const { serviceAccountName, priorityClassName, runtimeClassName } = spec;
      // The older field says the same: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#serviceaccount
      const field = serviceAccountName === undefined ? 'serviceAccount' : 'serviceAccountName';
      const account = serviceAccountName ?? spec['serviceAccount'];
      const named = (cause: string, kind: string, field: string, name: unknown, of: string | null) =>
        missingNamed(outlook, object, { cause, kind, field: `${path}.${field}`, name, namespace: of });
      return [
        ...(account === OWN_ACCOUNT
          ? []
          : named('service-account-missing', 'ServiceAccount', field, account, namespace)),
        ...(OWN_CLASSES.has(priorityClassName)
          ? []
          : named('priority-class-missing', 'PriorityClass', 'priorityClassName', priorityClassName, null)),
        ...named('runtime-class-missing', 'RuntimeClass', 'runtimeClassName', runtimeClassName, null),
      ];
    });
  },
};
