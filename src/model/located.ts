import type { ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { DerivedChange, FieldChange, Proof } from './proof.ts';
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

/** {object, field, before, after} and where: the one record from finding to proof, commit text and JSON. */
export interface Change {
  readonly object: ObjectRef;
  readonly field: string;
  /** What the field renders as now; null where it does not exist. */
  readonly before: Scalar;
  readonly after: Scalar;
  readonly site: Site;
}

/** A fix that could be made. */
export interface Located {
  readonly kind: 'located';
  readonly changes: readonly Change[];
  readonly derived: readonly DerivedChange[];
  /** Fields among all that change which the API server does not change on a live object: somebody has to recreate it. */
  readonly refused: readonly Pick<FieldChange, 'object' | 'field'>[];
  readonly proof: Proof;
  /** The touched files after the edits. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Unified diff of the repository. */
  readonly diff: string;
  /** Unified diff of what renders differently, root by root. */
  readonly renderedDiff: string;
}

export type LocateResult = Located | Declined;
