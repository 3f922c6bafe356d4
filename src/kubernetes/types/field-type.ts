import type { FieldPath } from '../field-path.ts';
import { isRecord, type Scalar } from '../objects.ts';

/** What the API server asks of a value beyond its type; `expected` continues "it takes …". */
export interface Rule {
  readonly expected: string;
  readonly accepts: (value: Scalar) => boolean;
}

/** A single value. `int-or-string` is a number or a name or percentage, `quantity` such as 512Mi may be written as either. */
export interface ScalarType {
  readonly kind: 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string' | 'quantity';
  readonly rules: readonly Rule[];
}

export interface ListType {
  readonly kind: 'list';
  readonly items: () => FieldType;
}

/** A mapping whose keys are free, such as labels. */
export interface MapType {
  readonly kind: 'map';
  readonly values: () => FieldType;
}

export interface ObjectType {
  readonly kind: 'object';
  /** Fields that are not among these are kept only where it is `open`. */
  readonly field: (name: string) => FieldType | null;
  /** Of its fields, as far as they are known. */
  readonly names: readonly string[];
  readonly open: boolean;
  /** Fields without which the API server refuses it. */
  readonly required?: readonly string[];
  /** Why the API server refuses values of several fields together; null where it does not. */
  readonly conflict?: (value: Readonly<Record<string, unknown>>) => Conflict | null;
}

/** Values that each have the right type and cannot stand side by side. */
export interface Conflict {
  /** The fields below the object, the first one is the one that is refused. */
  readonly fields: readonly (readonly string[])[];
  /** Continues "it takes …". */
  readonly expected: string;
}

/** What may stand at a place in an object. `any`: the API server keeps whatever stands there. */
export type FieldType = ScalarType | ListType | MapType | ObjectType | { readonly kind: 'any' };

export const ANY: FieldType = { kind: 'any' };

/** The type at a path below a type; null where the type has no such field. */
export function typeAt(type: FieldType, path: FieldPath): FieldType | null {
  let here: FieldType | null = type;
  for (const step of path) {
    if (here === null || here.kind === 'any') return here;
    if (typeof step === 'string' && here.kind === 'map') here = here.values();
    else if (typeof step === 'string' && here.kind === 'object')
      here = here.field(step) ?? (here.open ? ANY : null);
    else here = typeof step !== 'string' && here.kind === 'list' ? here.items() : null;
  }
  return here;
}

export function isScalarType(type: FieldType): type is ScalarType {
  return !['list', 'map', 'object', 'any'].includes(type.kind);
}

/** A value that the API server would refuse, and what it takes there. */
export interface Refusal {
  /** Below the value that was judged. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  /** Continues "it takes …". */
  readonly expected: string;
}

/** Why the API server would refuse a value of this type; null where it takes it, or where nothing is known. */
export function refusalOf(type: FieldType, value: unknown): Refusal | null {
  // Null is as if the field were left out.
  if (type.kind === 'any' || value === null || value === undefined) return null;
  const refuse = (expected: string): Refusal => ({ path: [], value, expected });
  switch (type.kind) {
    case 'list':
      if (!Array.isArray(value)) return refuse('a list');
      return firstRefusal(value.map((item: unknown, index) => [index, type.items(), item] as const));
    case 'map':
      if (!isRecord(value)) return refuse('a mapping');
      return firstRefusal(Object.entries(value).map(([key, inner]) => [key, type.values(), inner] as const));
    case 'object': {
      if (!isRecord(value)) return refuse('a mapping');
      const inner = firstRefusal(
        Object.entries(value).map(([key, one]) => [key, type.field(key) ?? ANY, one] as const),
      );
      return inner ?? conflictIn(type, value);
    }
    default: {
      const rule = [TYPES[type.kind], ...type.rules].find((one) => !one.accepts(value as Scalar));
      return rule ? refuse(rule.expected) : null;
    }
  }
}

function firstRefusal(entries: readonly (readonly [string | number, FieldType, unknown])[]): Refusal | null {
  for (const [key, type, value] of entries) {
    const refusal = refusalOf(type, value);
    if (refusal) return { ...refusal, path: [key, ...refusal.path] };
  }
  return null;
}

function conflictIn({ conflict }: ObjectType, value: Readonly<Record<string, unknown>>): Refusal | null {
  const found = conflict?.(value);
  if (!found) return null;
  const path = found.fields[0]!;
  const refused = path.reduce<unknown>((below, key) => (isRecord(below) ? below[key] : undefined), value);
  return { path, value: refused, expected: found.expected };
}

/**
 * How Go reads JSON into the types of the API.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.34.2/staging/src/k8s.io/apimachinery/pkg/util/intstr/intstr.go
 */
const TYPES: Readonly<Record<ScalarType['kind'], Rule>> = {
  string: { expected: 'a string', accepts: (value) => typeof value === 'string' },
  boolean: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  integer: { expected: 'an integer', accepts: (value) => Number.isInteger(value) },
  number: { expected: 'a number', accepts: (value) => typeof value === 'number' },
  'int-or-string': {
    expected: 'an integer or a string',
    accepts: (value) => typeof value === 'string' || Number.isInteger(value),
  },
  quantity: {
    expected: 'a quantity such as 512Mi or 250m',
    accepts: (value) =>
      typeof value === 'number' || (typeof value === 'string' && QUANTITY.test(value) && value.length < 64),
  },
};

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+|n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;
