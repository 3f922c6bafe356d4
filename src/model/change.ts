import { fieldNamed, type FieldName } from '../kubernetes/field-path.ts';
import { sameObject, type Json, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import type { Site } from './site.ts';

/**
 * A field that gets another value: the one record from finding to proof, commit text, JSON and audit. How it reads in a
 * sentence is in `change-wording.ts`, which value a person may set instead in `decisions/caps.ts`.
 */
export interface Change<Value extends Json = Scalar> {
  readonly object: ObjectRef;
  /** Of no name where the object as a whole appears or disappears. */
  readonly field: FieldName;
  /** null on either side: the field is not there. */
  readonly before: Value;
  readonly after: Value;
  /** What the rule wants, where a person has set `after` instead. */
  readonly own?: Value;
}

/** A change with the place in git that controls its field. */
export interface PlacedChange extends Change {
  readonly site: Site;
}

/** A consequence that the edit's author did not ask for but that follows by construction. */
export interface DerivedChange extends Change<Json> {
  readonly because:
    | 'generator hash'
    | 'checksum annotation'
    | 'checksum label'
    | 'version annotation'
    | 'version label'
    | 'declaration';
}

/** A change as JSON, the store and the audit log have it. */
export interface WrittenChange {
  readonly object: ObjectRef;
  /** As `kubectl explain` writes it. */
  readonly field: string;
  readonly before: Json;
  readonly after: Json;
}

export function changeOf<Value extends Json>(
  object: ObjectRef,
  field: string,
  before: Value,
  after: Value,
): Change<Value> {
  return { object, field: fieldNamed(field), before, after };
}

/** Whether two are of one field of one object. */
export function isSameField(
  one: Pick<Change<Json>, 'object' | 'field'>,
  other: Pick<Change<Json>, 'object' | 'field'>,
): boolean {
  return one.field.text === other.field.text && sameObject(one.object, other.object);
}

export function writtenChange({ object, field, before, after }: Change<Json>): WrittenChange {
  return { object, field: field.text, before, after };
}

/** The values that people have set, as they are written. */
export function valuesSetIn(changes: readonly Change[]): readonly ValueSet[] {
  return changes.flatMap(({ field, after, own }) =>
    own === undefined ? [] : [{ field: field.text, value: String(after) }],
  );
}

/** A value that somebody set with `/rca set`. */
export interface ValueSet {
  readonly field: string;
  readonly value: string;
}
