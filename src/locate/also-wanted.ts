import { parseImage } from '../kubernetes/images.ts';
import type { Scalar, Json } from '../kubernetes/objects.ts';
import type { Change } from '../model/change.ts';
import type { Beside, Trial } from '../proof/trial.ts';
import type { Match } from '../sources/find.ts';
import type { DesiredField } from './desired-fields.ts';

/** What an incident says of changes beside the intended one. */
export interface AlsoWanted {
  /**
   * True for a change that other incidents, or the very same fault, want too. `here` is true in the root that the object is
   * rendered by.
   */
  readonly change: (beside: Beside, here: boolean) => boolean;
  /** The value is at fault wherever it is written, so that a line of several roots changes for all of them. */
  readonly everywhere: boolean;
}

/**
 * True when nothing changes but the intended fields, or what is wanted as well. An incident says what that is; a chart's test
 * runs what the chart installs, and follows. A person who names one field means its line, with all that the line says in
 * this root (`alsoWanted` is null).
 */
export function isWanted(
  trial: Trial,
  { root: target }: Match,
  desired: readonly DesiredField[],
  alsoWanted: AlsoWanted | null,
): boolean {
  return (
    trial.isMet &&
    trial.unreached === null &&
    trial.beside.every((beside) => {
      const { root, change, isTest, isRefused } = beside;
      if (change.field.text === '') return false;
      const here = root === target.id;
      if (alsoWanted === null) return here && (isTest || (!isRefused && isSameValue(beside, desired)));
      return isTest || alsoWanted.change(beside, here);
    })
  );
}

/** One line says it: what was the same before is the same after. */
function isSameValue({ change }: Beside, desired: readonly DesiredField[]): boolean {
  return desired.some(
    ({ field, after }) =>
      (isSame(change.before, (field.value ?? null) as Scalar) && isSame(change.after, after)) ||
      repeatsTag(change, field.value, after),
  );
}

/** A variable or a key of a ConfigMap that has the tag of the image as its value, or that the tag is copied from. */
export function repeatsTag({ before, after }: Change<Json>, was: unknown, now: unknown): boolean {
  const [old, wanted] = [was, now].map((one) => (typeof one === 'string' ? parseImage(one) : null));
  return !!old && !!wanted && old.tag !== null && old.tag === before && wanted.tag === after;
}

/** A number in one field may be a text in another. */
function isSame(one: unknown, other: Scalar): boolean {
  return typeof one !== 'object' && one !== null && other !== null
    ? String(one) === String(other)
    : Object.is(one, other);
}
