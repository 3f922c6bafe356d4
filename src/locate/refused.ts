import { printFieldPath, readablePath } from '../kubernetes/field-path.ts';
import { fieldOf } from '../kubernetes/field.ts';
import {
  describeRef,
  refOf,
  sameObject,
  type KubernetesObject,
  type ObjectRef,
  type Json,
} from '../kubernetes/objects.ts';
import type { Refusal } from '../kubernetes/types/field-type.ts';
import { conflictAt, refusedValue, type KindTypes } from '../kubernetes/types/kind-types.ts';
import type { Change } from '../model/change.ts';
import type { Trial } from '../proof/trial.ts';

/** What an edit makes of an object that the API server would not take, in a sentence; null where it takes all that changes. */
export function refusedChange(types: KindTypes, { comparisons }: Trial): string | null {
  for (const { comparison, isUnseen } of comparisons)
    // What an unseen release is installed with is no object that is applied.
    for (const change of isUnseen ? [] : comparison.changes) {
      const refusal = refusalIn(types, change);
      if (refusal) return refusalText(change.object, change.field.text, refusal);
    }
  return null;
}

function refusalIn(types: KindTypes, { object, field, after }: Change<Json>): Refusal | null {
  return refusedValue(types, object, field.path, after);
}

/** Fields that change to what another field of the object does not allow, in a sentence; null where there are none. */
export function conflictingChange(types: KindTypes, { comparisons }: Trial): string | null {
  for (const { comparison, after } of comparisons)
    for (const { object, field } of comparison.changes) {
      const rendered = after.find(
        (one) => one.text.includes(object.name) && sameObject(refOf(one.object), object),
      )?.object;
      const path = rendered && field.text !== '' ? fieldOf(rendered, field.text)?.path : undefined;
      const conflict = rendered && path ? conflictAt(types, rendered, path) : null;
      if (rendered && conflict)
        return refusalText(object, printFieldPath(readablePath(rendered, conflict.path)), {
          ...conflict,
          path: [],
        });
    }
  return null;
}

/** The refusal's own path is below `field`, which is empty for a whole object. */
export function refusalText(
  object: KubernetesObject | ObjectRef,
  field: string,
  { path, value, expected }: Refusal,
): string {
  const ref = 'metadata' in object ? refOf(object as KubernetesObject) : (object as ObjectRef);
  const below = printFieldPath(path);
  const place =
    field === '' ? below : below === '' ? field : `${field}${below.startsWith('[') ? '' : '.'}${below}`;
  const written = typeof value === 'object' ? 'what would stand there' : JSON.stringify(value);
  return `the API server refuses ${written} as ${place} of ${describeRef(ref)}; it takes ${expected}`;
}
