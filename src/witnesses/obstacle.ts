import type { ClusterState } from '../model/cluster-state.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { quotaShortage, type Demand } from './capacity.ts';

/** Something that stands against a larger value: it decides over the value itself, forbids it, or has no room for it. */
export interface Obstacle {
  /** A sentence, or the end of one: `the nodes have places for 3 of them.` */
  readonly reason: Prose;
  readonly evidence: Evidence;
}

/** A ResourceQuota without room for `extra` more; `whom` names what it has no room for. */
export function quotaObstacle(
  cluster: ClusterState,
  namespace: string | null,
  extra: Demand,
  whom: 'it' | 'them',
): Obstacle | null {
  const shortage = quotaShortage(cluster, namespace, extra);
  if (!shortage) return null;
  const { quota, resource, used, hard } = shortage;
  return {
    reason: prose`${describeRef(quota)} has no room for ${ownText(whom)} (${resource}: ${used} of ${hard} used).`,
    evidence: quoted('object', quota, null, `${resource}: used ${used}, hard ${hard}`),
  };
}
