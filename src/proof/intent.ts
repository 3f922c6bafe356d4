import { fieldOf } from '../kubernetes/field.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import {
  isRecord,
  type Json,
  type ObjectRef,
  refOf,
  sameObject,
  type Scalar,
} from '../kubernetes/objects.ts';
import type { Change } from '../model/change.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import { printFieldPath, type FieldName } from '../kubernetes/field-path.ts';

/** A field of one rendered object that should come out with another value. */
export interface Intent {
  readonly object: ObjectRef;
  readonly field: FieldName;
  /** null: the field is to be gone. */
  readonly after: Scalar;
  /** An amount, which a renderer may write as a number or as text. */
  readonly isQuantity?: boolean;
}

export function lastStep({ text }: FieldName): string {
  return /[^.[\]]*\]?$/.exec(text)![0];
}

export function fulfils(change: Change<Json>, intent: Intent, results: readonly RenderedObject[]): boolean {
  return (
    sameObject(change.object, intent.object) &&
    change.field.text === intent.field.text &&
    (isSame(change.after, intent) || isGeneratedName(change.after, intent.after, results)) &&
    (intent.after !== null || !isWrittenNull(intent, results))
  );
}

/** A key with the value `null` is not gone: the API server reads it as an empty text. */
function isWrittenNull({ object, field }: Intent, results: readonly RenderedObject[]): boolean {
  return results.some(
    (one) => sameObject(refOf(one.object), object) && fieldOf(one.object, field.text)?.value === null,
  );
}

/** A list that was not there comes as a whole. Where its one item is what was wanted, the item is the change. */
export function asIntended(change: Change<Json>, intents: readonly Intent[]): Change<Json> {
  const intent = intents.find((one) => sameObject(change.object, one.object) && isListWithIt(change, one));
  return intent ? { ...change, field: intent.field, after: intent.after } : change;
}

function isListWithIt({ before, after, field }: Change<Json>, intent: Intent): boolean {
  const { path } = intent.field;
  const list = path.length > field.path.length && printFieldPath(path.slice(0, field.path.length));
  if (before !== null || list !== field.text || !Array.isArray(after) || after.length !== 1) return false;
  const [item, key, ...deeper] = path.slice(field.path.length);
  const [value] = after as readonly Json[];
  if (item === 0 && key === undefined) return isSame(value!, intent);
  return (
    typeof key === 'string' &&
    deeper.length === 0 &&
    isRecord(value) &&
    Object.keys(value).length === 1 &&
    isSame(value[key] as Json, intent)
  );
}

/** `1` and `"1"` are the same amount of memory, and different ports. */
export function isSame(rendered: Json, { after, isQuantity = false }: Intent): boolean {
  return (
    Object.is(rendered, after) ||
    (isQuantity && typeof rendered !== 'object' && String(rendered) === String(after))
  );
}

/** A reference to a generated object renders with the hash that its name has. */
function isGeneratedName(rendered: Json, wanted: Scalar, results: readonly RenderedObject[]): boolean {
  return (
    typeof rendered === 'string' &&
    rendered !== wanted &&
    withoutHash(rendered) === wanted &&
    results.some(({ object }) => object.metadata.name === rendered)
  );
}
