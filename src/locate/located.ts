import type { ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { DerivedChange, FieldChange, Proof } from '../proof/proof.ts';

/** The place that controls a field. `line` and `column` count from 1, the column in UTF-16 units. */
export interface Site {
  readonly file: string;
  /** Index of the YAML document in the file, from 0. */
  readonly document: number;
  readonly line: number;
  readonly column: number;
  /** Path of the value inside that document, as `kubectl explain` writes it. */
  readonly path: string;
  readonly renderer: 'plain' | 'kustomize' | 'helm';
  readonly root: string;
  readonly kind: 'replace' | 'add';
  /**
   * Why this is only the likely place, where what makes the object is not in this repository: a clause for people. Left out
   * where a render showed that the place holds the value.
   */
  readonly likely?: string;
}

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

/** Every reason for not editing; each has a paragraph in docs/declined.md. */
export type DeclineCode =
  | 'object-not-found'
  | 'several-sources'
  | 'field-not-found'
  | 'no-site'
  | 'several-sites'
  | 'shared-site'
  | 'not-exact'
  | 'already-so'
  | 'drift'
  | 'render-failed'
  | 'protected-file'
  | 'other-writer'
  | 'managed'
  | 'other-revision'
  | 'other-repository'
  | 'parsers-disagree'
  | 'unreadable-file'
  | 'unsupported-value';

export interface Declined {
  readonly kind: 'declined';
  readonly code: DeclineCode;
  readonly reason: string;
  /** `file:line` or root paths between which the evidence does not decide. */
  readonly candidates: readonly string[];
}

export type LocateResult = Located | Declined;
