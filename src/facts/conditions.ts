import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt } from '../kubernetes/objects.ts';
import { parseTime, type Condition } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { conditionsIn, isOlder } from './observations.ts';

/** Conditions come and go; one that has stood for this long means something. */
const LASTING = 5 * MINUTE;
/** What the controller names as missing or wrong does not come by waiting. */
export const PLAIN_AT_ONCE = MINUTE;
const ON_ITS_WAY = /^(Progressing|Issuing|Pending|Reconciling)/;

/**
 * The condition by which a custom resource has been saying for minutes that it is not as it should be; null for one that is suspended or
 * being deleted. `lasting` is in milliseconds.
 */
export function unreadyCondition(
  cluster: ClusterState,
  object: ClusterObject,
  lasting = LASTING,
): Condition | null {
  if (object.metadata.deletionTimestamp !== undefined || recordAt(object, 'spec')['suspend'] === true)
    return null;
  const found = conditionsIn(object).find(
    ({ type, status, reason }) =>
      /^(Ready|Synced|Healthy|Available)$/.test(type) && status === 'False' && !ON_ITS_WAY.test(reason ?? ''),
  );
  return found && isOlder(cluster, found.lastTransitionTime, lasting) ? found : null;
}

/** Milliseconds since the epoch. */
export function sinceOf({ lastTransitionTime }: Condition, cluster: ClusterState): number {
  return parseTime(lastTransitionTime) ?? cluster.now;
}
