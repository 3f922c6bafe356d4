import { nearFieldText } from './near-field.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { type FieldPath, parseFieldPath } from '../kubernetes/field-path.ts';
import { appendedField, type Field, fieldOf } from '../kubernetes/field.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import { refusedValue } from '../kubernetes/types/kind-types.ts';
import { declined, type Declined } from '../model/declined.ts';
import { standInsOf } from '../sources/declarations/unknowns.ts';
import type { Match } from '../sources/find.ts';
import type { FieldRequest } from './field-request.ts';
import { type FieldOwner, wantedValue } from './wanted-value.ts';

/** A field as the root renders it now, and the value it should have. */
export interface DesiredField {
  readonly field: Field;
  readonly after: Scalar;
  /** An amount, which a renderer may write as a number or as text. */
  readonly isQuantity?: boolean;
}

/** The fields as the root renders them now. Declines what is already so, has drifted, or cannot be a scalar. */
export function desiredFields(
  match: Match,
  fields: readonly FieldRequest[],
  owner: FieldOwner,
): readonly DesiredField[] | Declined {
  const { object } = match.rendered;
  const desired: DesiredField[] = [];
  for (const request of fields) {
    const { field, before } = request;
    // Whoever only names an item that is missing does not create it.
    const found = fieldOf(object, field) ?? (before === null ? appendedField(object, field) : null);
    if (!found)
      return declined(
        'field-not-found',
        `${field} names a list item that ${object.kind} ${object.metadata.name} does not render${nearFieldText(object, parseFieldPath(field), null)}`,
      );
    if (found.value !== undefined && typeof found.value === 'object' && found.value !== null) {
      return declined(
        'unsupported-value',
        `${field} is a mapping or a list; only single values are replaced`,
      );
    }
    const value = found.value as Scalar | undefined;
    const unknown = unknownIn(match, found);
    if (unknown) return unknown;
    if (isUnfilled(match, value)) {
      return declined(
        'unsupported-value',
        `${found.text} renders as ${String(value)}, and what the variable says is not in this repository`,
      );
    }
    const wanted = wantedValue(owner, found, request);
    if (wanted.kind === 'declined') return wanted;
    const { after, isQuantity } = wanted;
    // The cluster shows a default that no file has: what should go is not there.
    if (value === undefined && after === null) continue;
    // Whoever compares with the cluster means the amount; whoever types a value means the text.
    const path = parseFieldPath(found.text);
    const same =
      before === undefined ? sameText : (a: Scalar, b: Scalar) => sameText(a, b) || sameValue(path, b, a);
    if (value !== undefined && same(value, after) && isTaken(owner, path, value)) {
      return declined(
        'already-so',
        `git already renders ${found.text} as ${String(value)}, so no change in git is needed`,
      );
    }
    if (before !== undefined && !same(value ?? null, before)) {
      return declined(
        'drift',
        `git renders ${found.text} as ${String(value ?? 'nothing')}, the cluster has ${String(before)}`,
      );
    }
    desired.push({ field: found, after, isQuantity });
  }
  return desired.length > 0
    ? desired
    : declined('already-so', `git does not render ${fields[0]!.field}, so no change in git is needed`);
}

/** A number in quotes where the API server takes a number only reads like the number, and is not there yet. */
function isTaken({ types, object }: FieldOwner, path: FieldPath, value: Scalar): boolean {
  return refusedValue(types, object, path, value) === null;
}

/** Why a field has no value here: it is made with something that no file says. */
export function unknownIn({ root }: Match, { text, value }: Field): Declined | null {
  const unknowns = root.declared?.plan.unknowns ?? [];
  const [met] = unknowns.length > 0 ? standInsOf(value ?? null) : [];
  const what = met === undefined ? undefined : unknowns[met];
  if (what === undefined) return null;
  const [, place] = / at (\S+:\d+)$/.exec(what) ?? [];
  const reason = `${text} is made with ${what}, and what it says is not in this repository`;
  return declined('unsupported-value', reason, place === undefined ? [] : [place]);
}

/** Some variables are in Secrets, or in objects of the cluster alone. */
function isUnfilled({ root }: Match, value: Scalar | undefined): boolean {
  const steps = root.declared?.plan.steps ?? [];
  const isOpen = steps.some((step) => step.kind === 'substitute' && !step.complete);
  return isOpen && typeof value === 'string' && /\$\{\w/.test(value);
}

function sameText(a: Scalar, b: Scalar): boolean {
  return a === null || b === null ? a === b : String(a) === String(b);
}
