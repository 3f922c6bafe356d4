import type { Scalar } from '../../kubernetes/objects.ts';
import type { SourceScalar } from '../source-scalars.ts';

/** A line of a root that says what a field of the object is, if what the root takes from elsewhere has that object. */
export interface Statement {
  readonly scalar: SourceScalar;
  /** What the whole field is, as the line has it. */
  readonly value: Scalar;
  /** `the images entry for registry.example/cart`, for people. */
  readonly what: string;
  /** What else the line could be meant for, where only a chart tells. */
  readonly rival?: string;
}
