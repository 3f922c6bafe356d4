import { fieldOf, type Field } from '../kubernetes/field.ts';
import { refOf, sameObject, type Scalar } from '../kubernetes/objects.ts';
import { editedFiles } from '../proof/edited-files.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { Replacement } from './replacements.ts';

/**
 * True when the field renders otherwise with the edit: the line holds its value. Null when the root does not render with
 * it, or not the object, which shows nothing.
 */
export async function controls(
  revision: Revision,
  match: Match,
  field: Field,
  { edits }: Pick<Replacement, 'edits'>,
): Promise<boolean | null> {
  const files = editedFiles(revision, edits);
  if (!files) return null;
  const edited = revision.with(files);
  const root = await edited.here(match.root);
  const rendering = root && (await edited.render(root));
  if (rendering?.kind !== 'rendered') return null;
  const object = refOf(match.rendered.object);
  const rendered = rendering.objects.find((one) => sameObject(refOf(one.object), object));
  return rendered ? !Object.is(fieldOf(rendered.object, field.text)?.value, field.value) : null;
}

/** A value of the same type that is another one, of an amount another amount. */
export function otherThan(value: Scalar): Scalar {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  const text = value ?? '';
  return /\d/.test(text) ? text.replace(/\d/, (digit) => String((Number(digit) % 9) + 1)) : `${text}x`;
}
