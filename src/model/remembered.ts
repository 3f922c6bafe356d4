import type { ClusterEvent } from './cluster-state.ts';
import type { RememberedKill } from './remembered-kill.ts';
import type { RememberedPin } from './remembered-pin.ts';
import type { RememberedTemplate } from './remembered-template.ts';

/*
 * What earlier scans of a cluster showed and the cluster no longer keeps. All texts are masked; nothing of it comes from a Secret. Times are
 * milliseconds since the epoch. `id` tells records of one cluster apart, `at` is the time by which they are forgotten.
 */

/** What the kubelet passed on of a registry's answer. The API server drops events after an hour. */
export interface RememberedPullError {
  readonly kind: 'pull-error';
  readonly id: string;
  /** When it was said last. */
  readonly at: number;
  readonly podUid: string;
  /** The image that the container's spec named then. */
  readonly image: string;
  readonly event: ClusterEvent;
}

export type Remembered = RememberedKill | RememberedPullError | RememberedPin | RememberedTemplate;
