import type { RememberedKill } from './remembered-kill.ts';
import type { RememberedPin } from './remembered-pin.ts';
import type { RememberedTemplate } from './remembered-template.ts';

/** What earlier readings of a cluster showed, as rules and witnesses ask for it. */
export interface RememberedState {
  /** Kills of a container, by the uid of the pod's topmost owner, oldest first. */
  kills(owner: string, container: string): readonly RememberedKill[];
  /** Since when an autoscaler is held back by its maximum, up to this reading. */
  pin(autoscaler: string): RememberedPin | null;
  /** Templates that a workload was Ready with, the newest first. */
  templates(workload: string): readonly RememberedTemplate[];
}
