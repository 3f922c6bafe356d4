import type { ClusterState } from '../model/cluster-state.ts';
import type { Rule } from '../rules/define-rule.ts';
import { Detections, type Detection } from './detections.ts';
import { FollowedCluster } from './followed-cluster.ts';
import { KeptInvestigations } from './investigate.ts';

/** What rules saw and found out of a cluster, kept from one state to the next while it holds. */
export class FinderMemory {
  /** As of the state that was moved to. */
  readonly cluster: FollowedCluster;
  readonly investigations: KeptInvestigations;
  readonly #detections: Detections;

  /** @param following `isFollowed: false`: there will be no other state */
  constructor(rules: readonly Rule[], state: ClusterState, following?: { readonly isFollowed: boolean }) {
    this.cluster = new FollowedCluster(state, following);
    this.investigations = new KeptInvestigations(this.cluster);
    this.#detections = new Detections(rules, this.cluster);
  }

  /** What all rules see in the state. */
  moveTo(state: ClusterState): Detection {
    const isKept = this.cluster.moveTo(state);
    if (!isKept) this.investigations.clear();
    return this.#detections.update(isKept, state.now);
  }

  /** When something may be found otherwise by the time alone, in milliseconds since the epoch; infinite: never. */
  nextAt(): number {
    return Math.min(this.#detections.nextAt(), this.investigations.nextAt());
  }
}
