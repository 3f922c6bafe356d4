import type { ClusterProblem } from '../../model/cluster-state.ts';
import type { KindList } from './kind-list.ts';

/**
 * Why not all objects of a kind are known, each reason once.
 *
 * @param what `deployments.apps`
 * @param found namespaces that nobody named: what is forbidden there is no problem of its own
 */
export function kindProblems(
  what: string,
  lists: readonly KindList[],
  found: readonly string[],
): readonly ClusterProblem[] {
  const readable = lists.filter(
    ({ namespace, status }) => namespace !== null && status.kind !== 'forbidden' && status.kind !== 'listing',
  );
  const ofAccess = lists.flatMap((list): ClusterProblem | readonly [] => {
    const { namespace, path: where, status } = list;
    if (status.kind !== 'forbidden') return problemOf(list, what) ?? [];
    if (namespace !== null) {
      // Where nothing of the kind may be read at all, one problem says so.
      if (readable.length === 0 || found.includes(namespace)) return [];
      return {
        where,
        message: `may not list ${what} in namespace ${namespace}; whether there are any is unknown`,
      };
    }
    if (readable.length === 0)
      return { where, message: `may not list ${what}; whether there are any is unknown` };
    const names = readable.map((one) => one.namespace).join(', ');
    return { where, message: `may list ${what} in namespace ${names} only; unknown elsewhere` };
  });
  return [...lists.flatMap(({ held }) => held.problems()), ...ofAccess];
}

function problemOf({ namespace, path: where, status, held }: KindList, what: string): ClusterProblem | null {
  const place = namespace === null ? what : `${what} in namespace ${namespace}`;
  switch (status.kind) {
    case 'polling':
      return { where, message: `may not watch ${place}: ${status.why}; the list is read at an interval` };
    case 'failing':
      return {
        where,
        message: held.wasRead
          ? `cannot watch ${place}: ${status.why}; what is known of them may be out of date`
          : `cannot list ${place}: ${status.why}; whether there are any is unknown`,
      };
    case 'listing':
    case 'watching':
    case 'missing':
    case 'forbidden':
      return held.isCut
        ? {
            where,
            message: `the list of ${place} was cut after ${held.size} objects; what is missing is unknown`,
          }
        : null;
  }
}
