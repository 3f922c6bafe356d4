import type { Field } from '../kubernetes/field.ts';
import { parseFieldPath, printFieldPath, type FieldPath } from '../kubernetes/field-path.ts';
import type { KubernetesObject, Scalar } from '../kubernetes/objects.ts';
import { builtInType, TYPES_FROM } from '../kubernetes/types/built-in.ts';
import { isScalarType } from '../kubernetes/types/field-type.ts';
import { refusedValue, typesAt, type KindTypes } from '../kubernetes/types/kind-types.ts';
import { conformed, typedIn } from '../kubernetes/types/typed-text.ts';
import { declined, type Declined } from '../model/declined.ts';
import { guessedValue } from './guessed-value.ts';
import { nearFieldText } from './near-field.ts';
import { refusalText } from './refused.ts';
import type { FieldRequest } from './field-request.ts';

/** A value that the API server takes, as far as that is known. */
export interface WantedValue {
  readonly kind: 'value';
  readonly after: Scalar;
  readonly isQuantity: boolean;
}

/** The object of a field, and what the types of its kind are known from. */
export interface FieldOwner {
  readonly types: KindTypes;
  readonly object: KubernetesObject;
  /** What else the root renders of the kind: the same field there shows how its values are written. */
  readonly peers: readonly KubernetesObject[];
}

/**
 * The value that is asked for, in the type of its field: that of Kubernetes' OpenAPI description or of the kind's CRD, or, where
 * neither is known, what the text most likely is. Declines what the API server would refuse.
 */
export function wantedValue(
  { types, object, peers }: FieldOwner,
  field: Field,
  { after, isText = false }: FieldRequest,
): WantedValue | Declined {
  const path = parseFieldPath(field.text);
  const known = typesAt(types, object, path);
  const isKnownKind = object.apiVersion !== '';
  if (known.length === 0 && field.value === undefined && isKnownKind) return noSuchField(object, path, types);
  if (after === null) return { kind: 'value', after, isQuantity: false };
  const scalars = known.filter(isScalarType);
  const value = !isText
    ? conformed(known, after, field.value)
    : scalars.length > 0
      ? typedIn(scalars, String(after), field.value)
      : guessedValue(object, peers, field, String(after));
  if (value === null)
    return declined(
      'unsupported-value',
      `git has ${typeof field.value === 'boolean' ? 'true or false' : 'a number'} at ${field.text}, and ${JSON.stringify(after)} is none`,
    );
  const refusal = refusedValue(types, object, path, value);
  if (refusal) return declined('unsupported-value', refusalText(object, field.text, refusal));
  return { kind: 'value', after: value, isQuantity: scalars.some((type) => type.kind === 'quantity') };
}

function noSuchField(object: KubernetesObject, path: FieldPath, types: KindTypes): Declined {
  const { apiVersion, kind } = object;
  const where = builtInType(apiVersion, kind) ? `Kubernetes ${TYPES_FROM}` : 'its CustomResourceDefinition';
  const near = nearFieldText(object, path, types);
  return declined(
    'field-not-found',
    `${kind} of ${apiVersion} has no field ${printFieldPath(path)} in ${where}${near}`,
  );
}
