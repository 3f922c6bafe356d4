import { maskValue } from './mask.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Masks the strings in a value, each judged by its key; in `{name, value}` pairs, as environment
 * variables are, by the name.
 */
export function maskJson<T extends Json>(name: string, value: T): T {
  return masked(name, value) as T;
}

function masked(name: string, value: Json): Json {
  if (typeof value === 'string') return maskValue(name, value);
  if (isList(value)) return value.map((item) => masked(name, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const pair = key === 'value' && typeof value['name'] === 'string' ? value['name'] : key;
      return [key, masked(pair, item)];
    }),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
