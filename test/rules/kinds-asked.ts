import { READ_FOR_ALL } from '../../src/incidents/kinds-read.ts';
import { bareKind } from '../../src/kubernetes/api-kinds.ts';
import type { ClusterState } from '../../src/model/cluster-state.ts';
import type { Rule } from '../../src/rules/define-rule.ts';

/** The cluster for a rule, and the kinds that the rule asks it for beyond those that it says it reads. */
export function kindsNotStated(
  { reads }: Rule,
  cluster: ClusterState,
): { readonly cluster: ClusterState; readonly kinds: ReadonlySet<string> } {
  const stated = new Set([...READ_FOR_ALL, ...reads].map(bareKind));
  const kinds = new Set<string>();
  // Whoever asks for all kinds may list them.
  let all = new Set<string>();
  const noted =
    <Rest extends readonly unknown[], Result>(ask: (kind: string, ...rest: Rest) => Result) =>
    (kind: string, ...rest: Rest): Result => {
      if (!stated.has(kind) && !all.has(kind)) kinds.add(kind);
      return ask(kind, ...rest);
    };
  return {
    kinds,
    cluster: {
      ...cluster,
      kinds: () => {
        all = new Set(cluster.kinds());
        return cluster.kinds();
      },
      list: noted((kind, ...rest) => cluster.list(kind, ...rest)),
      get: noted((kind, ...rest) => cluster.get(kind, ...rest)),
      presence: noted((kind, ...rest) => cluster.presence(kind, ...rest)),
      isRecorded: noted((kind, ...rest) => cluster.isRecorded(kind, ...rest)),
    },
  };
}
