import { groupOf, recordAt, recordsOf } from '../../kubernetes/objects.ts';
import type { Foresight } from '../../model/foresight.ts';
import { missingNamed } from '../../rules/foreseen-reference.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** Bindings that grant what nobody defined, or to nobody. */
export const roleBindings: Foresight = {
  causes: {
    'role-missing': 'a RoleBinding or ClusterRoleBinding grants a role that will not be there',
    'subject-missing': 'one grants a role to a ServiceAccount that will not be there',
  },
  foresee(outlook) {
    return outlook.objects
      .filter(
        ({ kind, apiVersion }) => groupOf(apiVersion) === GROUP && /^(?:Cluster)?RoleBinding$/.test(kind),
      )
      .flatMap((binding) => {
        const own = binding.metadata.namespace ?? null;
        const { kind, name } = recordAt(binding, 'roleRef');
        const role =
          kind === 'Role' || kind === 'ClusterRole'
            ? missingNamed(outlook, binding, {
                cause: 'role-missing',
                field: 'roleRef.name',
                kind,
                namespace: kind === 'Role' ? own : null,
                name,
              })
            : [];
        const subjects = recordsOf(binding['subjects']).flatMap((subject, index) =>
          // Each namespace has an account of this name.
          subject['kind'] !== 'ServiceAccount' || subject['name'] === 'default'
            ? []
            : missingNamed(outlook, binding, {
                cause: 'subject-missing',
                field: `subjects[${index}].name`,
                kind: 'ServiceAccount',
                namespace: typeof subject['namespace'] === 'string' ? subject['namespace'] : own,
                name: subject['name'],
              }),
        );
        // The pods of an account that is made later get the role then.
        return [...role, ...subjects.map((one) => ({ ...one, level: 'warning' as const }))];
      });
  },
};
