import { kindsRead } from '../../src/incidents/kinds-read.ts';
import { resourceOf } from '../../src/kubernetes/api-kinds.ts';
import type { Rule } from '../../src/rules/define-rule.ts';
import type { Part } from './pages.ts';

/** The rules of the shipped ClusterRole: get, list and watch on what is read. */
export function clusterRole(rules: readonly Rule[]): Part {
  const byGroup = Map.groupBy(kindsRead(rules), ({ group }) => group);
  const grants = [...byGroup]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([group, kinds]) => `
  - apiGroups: [${group || "''"}]
    resources:
${kinds
  .map((kind) => `      - ${resourceOf(kind)}`)
  .toSorted()
  .join('\n')}
    verbs: [get, list, watch]`,
    );
  return { file: 'deploy/rbac.yaml', mark: 'reads', text: grants.join('').slice(1) };
}
