import type { Json } from '../kubernetes/objects.ts';
import type { Change } from './change.ts';

export interface RootChanges {
  /** Its folder, or the address of a chart that is published elsewhere. */
  readonly root: string;
  /** The Argo CD or Flux object that applies the folder with changes of its own, or several that apply it unchanged; for people. */
  readonly by?: string;
  /** The root could not be rendered: the changes are of the chart, values and steps that its release is given. */
  readonly isUnseen?: true;
  readonly changes: readonly Change<Json>[];
}

/** `unproven` only ever means that something could not be rendered: what reads a touched file, or may hold the object too. A wrong edit is no proof at all. */
export interface Proof {
  readonly status: 'proven' | 'unproven';
  readonly reason: string | null;
  /**
   * Every root that renders differently, with all fields that change in it. The objects that declare other roots are among these; hashes
   * and checksums that follow are left out.
   */
  readonly roots: readonly RootChanges[];
}
