import type { ClusterState } from '../model/cluster-state.ts';
import type { Rule } from '../rules/define-rule.ts';
import type { Detection } from './detections.ts';
import { FinderMemory } from './finder-memory.ts';

/**
 * What every rule sees of one state. A rule that breaks on an object does not see that object, and sees all others; it stops no other
 * rule.
 */
export function detect(rules: readonly Rule[], cluster: ClusterState): Detection {
  return new FinderMemory(rules, cluster, { isFollowed: false }).moveTo(cluster);
}
