import { leafName, fieldNamed } from '../kubernetes/field-path.ts';
import type { Json } from '../kubernetes/objects.ts';
import { withoutHidden } from '../untrusted/hidden.ts';
import { maskJson } from '../untrusted/mask-json.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';

/** Text as it may be stored: masked, and without what nobody would see. */
export function maskedText(text: string): string {
  return plainText(untrusted(text));
}

/**
 * A value as it may be stored. Each string is judged by its key; `before` and `after` of a change by the name
 * of its `field`.
 */
export function maskedJson(value: Json): Json {
  return changesMasked(maskJson('', visible(value)));
}

function changesMasked(value: Json): Json {
  if (isList(value)) return value.map(changesMasked);
  if (typeof value !== 'object' || value === null) return value;
  const { field } = value;
  const name = typeof field === 'string' ? leafName(fieldNamed(field)) : null;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      name !== null && (key === 'before' || key === 'after')
        ? [key, maskJson(name, item)]
        : [key, changesMasked(item)],
    ),
  );
}

function visible(value: Json): Json {
  if (typeof value === 'string') return withoutHidden(value);
  if (isList(value)) return value.map(visible);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [withoutHidden(key), visible(item)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
