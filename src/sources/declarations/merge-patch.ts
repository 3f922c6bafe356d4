import { isRecord, type Json } from '../../kubernetes/objects.ts';

/** RFC 7386: mappings are united, `null` takes a key away, and everything else is replaced. */
export function mergePatched(
  target: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, Json>>,
): Readonly<Record<string, unknown>> {
  const result = new Map<string, unknown>(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    const before = result.get(key);
    if (value === null) result.delete(key);
    else if (isRecord(value))
      result.set(key, mergePatched(isRecord(before) ? before : {}, value as Readonly<Record<string, Json>>));
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}
