import { sameValue } from '../kubernetes/compare.ts';
import { fieldOf, type Field } from '../kubernetes/field.ts';
import { parseFieldPath } from '../kubernetes/field-path.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import type { Match } from '../sources/find.ts';
import { declined } from './declined.ts';
import type { Declined } from './located.ts';

/** A field that is asked for. `before` is what the caller believes it to be now; left out, nothing is checked. */
export interface FieldRequest {
  readonly field: string;
  readonly before?: Scalar;
  readonly after: Scalar;
}

/** A field as the root renders it now, and the value it should have. */
export interface Wish {
  readonly field: Field;
  readonly after: Scalar;
}

/** The fields as the root renders them now. Declines what is already so, has drifted, or cannot be a scalar. */
export function wishesFor(match: Match, fields: readonly FieldRequest[]): readonly Wish[] | Declined {
  const { object } = match.rendered;
  const wishes: Wish[] = [];
  for (const { field, before, after } of fields) {
    const found = fieldOf(object, field);
    if (!found)
      return declined(
        'field-not-found',
        `${field} names a list item that ${object.kind} ${object.metadata.name} does not render`,
      );
    if (found.value !== undefined && typeof found.value === 'object' && found.value !== null) {
      return declined(
        'unsupported-value',
        `${field} is a mapping or a list; only single values are replaced`,
      );
    }
    const value = found.value as Scalar | undefined;
    if (isUnfilled(match, value)) {
      return declined(
        'unsupported-value',
        `${found.text} renders as ${String(value)}, and what the variable says is not in this repository`,
      );
    }
    // Whoever compares with the cluster means the amount; whoever types a value means the text.
    const path = parseFieldPath(found.text);
    const same =
      before === undefined ? sameText : (a: Scalar, b: Scalar) => sameText(a, b) || sameValue(path, b, a);
    if (value !== undefined && same(value, after)) {
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
    wishes.push({ field: found, after });
  }
  return wishes;
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
