import type { ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { Site } from './site.ts';

/** A field that a finding blames, with its line; `declined` says why it has none. */
export interface BlamedField {
  readonly object: ObjectRef;
  readonly field: string;
  /** As git renders it; null where that is not known. */
  readonly value: Scalar;
  readonly site: Site | null;
  readonly declined: string | null;
  /** `file:line` of places between which nothing decides. */
  readonly candidates: readonly string[];
  /** Nothing sets the field: the candidates are values that seem meant for it and that nothing reads. */
  readonly isUnread?: true;
}
