import { parseQuantity } from '../../kubernetes/quantities.ts';
import { isRecord } from '../../kubernetes/objects.ts';

/** Where a value is not what its kind has there, and what was expected in its place. */
export interface Mismatch {
  /** From the value that was checked down to the one that is wrong, the deepest segment last. */
  readonly path: (string | number)[];
  readonly found: string;
  readonly expected: string;
}

/**
 * What a value has to look like. Answers null where it does, and then has removed fields that are null: in Kubernetes these
 * are absent. Fields that a shape does not name may be anything.
 */
export type Shape = (value: unknown) => Mismatch | null;

type Fields = Readonly<Record<string, Shape>>;

const GREATEST_INT32 = 2 ** 31 - 1;

export const text = scalar('text', (value) => typeof value === 'string');
export const bool = scalar('true or false', (value) => typeof value === 'boolean');
export const int32 = scalar(
  'a whole number',
  (value) => Number.isInteger(value) && Math.abs(value as number) <= GREATEST_INT32,
);
export const int64 = scalar('a whole number', (value) => Number.isInteger(value));
/** Of things: neither a fraction nor negative. */
export const count = scalar(
  'a whole number, 0 or more',
  (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= GREATEST_INT32,
);
export const quantity = scalar('a quantity such as 512Mi', (value) => parseQuantity(value) !== null);
export const numberOrText = scalar(
  'a number or text',
  (value) => typeof value === 'string' || Number.isFinite(value),
);
export const time = scalar('a time such as 2026-01-31T12:00:00Z', isTime);
/** What nothing reads, or what is read with care wherever it is. */
export const anything: Shape = () => null;

/** `Date.parse` alone takes nearly everything with a number in it. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

function isTime(value: unknown): boolean {
  return typeof value === 'string' && RFC_3339.test(value) && !Number.isNaN(Date.parse(value));
}

function scalar(expected: string, fits: (value: unknown) => boolean): Shape {
  return (value) => (fits(value) ? null : { path: [], found: describe(value), expected });
}

/** Every item of the shape; null is none. */
export function list(of: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return wrong(value, 'a list');
    for (let index = 0; index < value.length; index++) {
      const mismatch = of(value[index]);
      if (mismatch !== null) return below(index, mismatch);
    }
    return null;
  };
}

/** A mapping from any names to values of one shape. */
export function map(of: Shape): Shape {
  return (value) => {
    if (!isRecord(value)) return wrong(value, 'a mapping');
    for (const key of Object.keys(value)) {
      if (value[key] === null) delete (value as Record<string, unknown>)[key];
      else {
        const mismatch = of(value[key]);
        if (mismatch !== null) return below(key, mismatch);
      }
    }
    return null;
  };
}

/** A mapping in which null says something: the keys of a Secret whose values were left out. */
export function mapOfNullable(of: Shape): Shape {
  return (value) => {
    if (!isRecord(value)) return wrong(value, 'a mapping');
    for (const key of Object.keys(value)) {
      const mismatch = value[key] === null ? null : of(value[key]);
      if (mismatch !== null) return below(key, mismatch);
    }
    return null;
  };
}

/** A mapping with these fields, all of them optional but those named in `required`. */
export function record(fields: Fields, required: readonly string[] = []): Shape {
  const entries = Object.entries(fields);
  return (value) => {
    if (!isRecord(value)) return wrong(value, 'a mapping');
    for (const [name, shape] of entries) {
      const field = value[name];
      if (field === undefined) continue;
      if (field === null) {
        delete (value as Record<string, unknown>)[name];
        continue;
      }
      const mismatch = shape(field);
      if (mismatch !== null) return below(name, mismatch);
    }
    for (const name of required) {
      if (value[name] === undefined)
        return { path: [name], found: 'missing', expected: expectedOf(fields[name]) };
    }
    return null;
  };
}

function expectedOf(shape: Shape | undefined): string {
  return shape?.(undefined)?.expected ?? 'a value';
}

function wrong(value: unknown, expected: string): Mismatch {
  return { path: [], found: describe(value), expected };
}

function below(segment: string | number, mismatch: Mismatch): Mismatch {
  mismatch.path.unshift(segment);
  return mismatch;
}

/** The kind of a value, never the value: it may be a secret. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'undefined':
      return 'missing';
    default:
      return 'a mapping';
  }
}
