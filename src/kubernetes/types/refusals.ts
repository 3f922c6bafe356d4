import { isRecord } from '../objects.ts';
import { ANY, type FieldType, isScalarType, refusalOf } from './field-type.ts';

/** Something that the API server would not take of a manifest. */
export interface Rejection {
  /** `value`: it takes another one there. `required`: a field is missing. */
  readonly kind: 'value' | 'required';
  /** To the value, or to the field that is missing. */
  readonly path: readonly (string | number)[];
  /** Continues "it takes …"; empty but for a `value`. */
  readonly expected: string;
}

/** All that the API server would not take of a value of this type. What fields mean together is not looked at. */
export function rejectionsOf(
  type: FieldType,
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly Rejection[] {
  // Null is as if the field were left out.
  if (type.kind === 'any' || value === null || value === undefined) return [];
  if (isScalarType(type) || (type.kind === 'list' ? !Array.isArray(value) : !isRecord(value))) {
    const refusal = isFilledInLater(value) ? null : refusalOf(type, value);
    return refusal ? [{ kind: 'value', path, expected: refusal.expected }] : [];
  }
  if (type.kind === 'list')
    return (value as readonly unknown[]).flatMap((item, index) =>
      rejectionsOf(type.items(), item, [...path, index]),
    );
  const fields = Object.entries(value as Readonly<Record<string, unknown>>);
  if (type.kind === 'map')
    return fields.flatMap(([key, inner]) => rejectionsOf(type.values(), inner, [...path, key]));
  if (type.kind !== 'object') return [];
  const own = value as Readonly<Record<string, unknown>>;
  const missing = (type.required ?? []).filter((key) => own[key] === undefined || own[key] === null);
  return [
    ...missing.map((key): Rejection => ({ kind: 'required', path: [...path, key], expected: '' })),
    ...fields.flatMap(([key, inner]) => rejectionsOf(type.field(key) ?? ANY, inner, [...path, key])),
  ];
}

/** Text that some program after the renderer fills in, or decrypts: `${REPLICAS}`, `$(REPLICAS)`, `<path:…#key>`, `ENC[…]`. */
export function isFilledInLater(value: unknown): boolean {
  return (
    typeof value === 'string' && /\$\{\w+|\$\(\w+\)|\{\{|^<[^<>\s]+>$|^ENC\[|^(?:ref\+|vault:)/.test(value)
  );
}
