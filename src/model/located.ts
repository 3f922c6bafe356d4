import type { ObjectRef, Scalar, Json } from '../kubernetes/objects.ts';
import type { DerivedChange, Change, PlacedChange } from './change.ts';
import type { Proof } from './proof.ts';
import type { Declined } from './declined.ts';
import type { Site } from './site.ts';

/** Where a field is controlled, without a new value for it. */
export interface LocatedSite {
  readonly kind: 'site';
  readonly object: ObjectRef;
  readonly field: string;
  readonly before: Scalar;
  readonly site: Site;
}

/** A fix that could be made. */
export interface Located {
  readonly kind: 'located';
  readonly changes: readonly PlacedChange[];
  readonly derived: readonly DerivedChange[];
  /** Fields among all that change which the API server does not change on a live object: somebody has to recreate it. */
  readonly refused: readonly Pick<Change<Json>, 'object' | 'field'>[];
  readonly proof: Proof;
  /** The touched files after the edits. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Unified diff of the repository. */
  readonly diff: string;
  /** Unified diff of what renders differently, root by root. */
  readonly renderedDiff: string;
}

export type LocateResult = Located | Declined;
