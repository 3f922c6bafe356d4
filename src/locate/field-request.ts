import type { Scalar } from '../kubernetes/objects.ts';

/** A field that is asked for. `before` is what the caller believes it to be now; left out, nothing is checked. */
export interface FieldRequest {
  readonly field: string;
  readonly before?: Scalar;
  readonly after: Scalar;
  /** A person typed it: the field decides whether it is a number. */
  readonly isText?: boolean;
}
