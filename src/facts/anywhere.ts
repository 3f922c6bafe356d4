import type { ClusterObject } from '../model/cluster-state.ts';
import type { Outlook } from '../model/foresight.ts';

/** The objects of these kinds in any namespace, of git and of the cluster. */
export function anywhere(
  { list, cluster }: Pick<Outlook, 'list' | 'cluster'>,
  kinds: readonly string[],
): readonly ClusterObject[] {
  return kinds.flatMap((kind) => [...list(kind, null).objects, ...(cluster?.list(kind) ?? [])]);
}
