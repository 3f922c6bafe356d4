import type { Json } from '../kubernetes/objects.ts';

/**
 * A value as JSON in the one form that equal values share: members sorted by their names' UTF-16 units, no spaces, numbers as
 * ECMAScript writes them (the form of RFC 8785, https://www.rfc-editor.org/rfc/rfc8785). `toJSON` is honoured, undefined
 * members are left out.
 *
 * @throws {TypeError} for what JSON cannot carry: NaN, infinities, functions, bigints
 */
export function canonicalJson(value: unknown): string {
  return written(asJson(value));
}

/** @throws {TypeError} as {@link canonicalJson} */
export function asJson(value: unknown): Json {
  const text = JSON.stringify(value, (_key, item: unknown) => {
    const isNoNumber = typeof item === 'number' && !Number.isFinite(item);
    if (isNoNumber || typeof item === 'function' || typeof item === 'symbol')
      throw new TypeError(`JSON cannot carry ${String(item)}`);
    return item;
  });
  if (text === undefined) throw new TypeError('JSON cannot carry undefined');
  return JSON.parse(text) as Json;
}

function written(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(written).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${written(item)}`).join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
