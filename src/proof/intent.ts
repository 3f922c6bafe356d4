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

/**
 * A list comes and goes as a whole, and so does an item of one. Where that holds nothing but what was to come or go, the value in it is the
 * change.
 */
export function asIntended(change: Change<Json>, intents: readonly Intent[]): Change<Json> {
  for (const intent of intents) {
    const value = sameObject(change.object, intent.object) ? onlyValueOf(change, intent) : undefined;
    if (value === undefined || (intent.after !== null && !isSame(value, intent))) continue;
    const before = intent.after === null ? value : null;
    return { ...change, field: intent.field, before, after: intent.after };
  }
  return change;
}

/** The one value in what came or went as a whole, where that is what the intent is about. */
function onlyValueOf({ before, after, field }: Change<Json>, intent: Intent): Json | undefined {
  const { path } = intent.field;
  const isBelow = path.length > field.path.length;
  if (!isBelow || printFieldPath(path.slice(0, field.path.length)) !== field.text) return undefined;
  const [whole, other] = intent.after === null ? [before, after] : [after, before];
  if (other !== null) return undefined;
  let value: Json | undefined = whole;
  for (const step of path.slice(field.path.length)) {
    if (typeof step === 'string') {
      if (!isRecord(value) || Object.keys(value).length !== 1) return undefined;
      value = value[step] as Json | undefined;
    } else {
      if (!Array.isArray(value) || value.length !== 1) return undefined;
      value = (value as readonly Json[])[0];
    }
  }
  return value === null || isRecord(value) || Array.isArray(value) ? undefined : value;
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
