import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterObject } from './cluster-state.ts';

/** One object of a watched cluster that came, changed or went. */
export interface ObjectChange {
  readonly ref: ObjectRef;
  /** null: it was not there. */
  readonly before: ClusterObject | null;
  /** null: it is gone. */
  readonly after: ClusterObject | null;
}
