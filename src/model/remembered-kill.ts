import type { ObjectRef } from '../kubernetes/objects.ts';

/** A container that ended because its memory was full. A pod's status keeps one end, and a replaced pod none. */
export interface RememberedKill {
  readonly kind: 'kill';
  readonly id: string;
  /** When it ended. */
  readonly at: number;
  /** Of the topmost owner of the pod: a workload that was made again under its name has another. */
  readonly owner: string;
  readonly container: string;
  readonly pod: ObjectRef;
  readonly podUid: string;
  readonly exitCode: number | null;
  /** The memory limit that it was killed at: `512Mi`; null without one. */
  readonly limit: string | null;
}
