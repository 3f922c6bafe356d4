import type { Scalar } from '../objects.ts';
import { isScalarType, refusalOf, type FieldType, type ScalarType } from './field-type.ts';

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * What a typed text is as a value of a type; null where it cannot be one. The digits of a port or a count are a number, a
 * quantity is written as it was before.
 *
 * @param before what stands there now
 */
export function valueOfText(type: ScalarType, text: string, before: unknown): Scalar | null {
  switch (type.kind) {
    case 'string':
      return text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null;
    case 'integer':
      return INTEGER.test(text) ? exactly(text) : null;
    case 'number':
      return exactly(text);
    case 'int-or-string':
      return INTEGER.test(text) ? (exactly(text) ?? text) : text;
    case 'quantity':
      return typeof before === 'number' ? (exactly(text) ?? text) : text;
  }
}

/** A number only where it says the same as the text: `1.10` and 20 digits are none. */
export function exactly(text: string): number | null {
  return NUMBER.test(text) && String(Number(text)) === text ? Number(text) : null;
}

/** A typed text in the first of the types that takes it; as text, which they refuse, where none does. */
export function typedIn(types: readonly ScalarType[], text: string, before: unknown): Scalar {
  const values = types.flatMap((type) => valueOfText(type, text, before) ?? []);
  return values.find((value) => isTaken(types, value)) ?? values[0] ?? text;
}

/** A value as it is, if one of the types takes it, else in the type that its field has. */
export function conformed(types: readonly FieldType[], value: Scalar, before: unknown): Scalar {
  if (value === null || isTaken(types, value)) return value;
  const typed = typedIn(types.filter(isScalarType), String(value), before);
  return isTaken(types, typed) ? typed : value;
}

function isTaken(types: readonly FieldType[], value: Scalar): boolean {
  return types.some((type) => refusalOf(type, value) === null);
}
