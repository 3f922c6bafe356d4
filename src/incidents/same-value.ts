/**
 * Whether a derived value is the one of before. Objects of the cluster are the same only if they are the very same, since rules tell them
 * apart by that; all around them is compared by what it says.
 */
export function isSameValue(before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true;
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return false;
  if (before instanceof Map && after instanceof Map) return isSameMap(before, after);
  if (before instanceof Set && after instanceof Set)
    return before.size === after.size && isSameValue([...before], [...after]);
  if (Array.isArray(before) !== Array.isArray(after) || 'metadata' in before || 'metadata' in after)
    return false;
  const [old, fresh] = [before, after] as readonly Readonly<Record<string, unknown>>[];
  const keys = Object.keys(old!);
  return (
    keys.length === Object.keys(fresh!).length &&
    keys.every((key) => Object.hasOwn(fresh!, key) && isSameValue(old![key], fresh![key]))
  );
}

/** In the same order too. */
function isSameMap(before: ReadonlyMap<unknown, unknown>, after: ReadonlyMap<unknown, unknown>): boolean {
  return before.size === after.size && isSameValue([...before], [...after]);
}
