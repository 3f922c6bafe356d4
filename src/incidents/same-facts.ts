/** Whether two values say the same, each of its own moment: `now` of one is `now` of the other. */
export function saysTheSame(before: unknown, then: number, after: unknown, now: number): boolean {
  if (Object.is(before, after) || (before === then && after === now)) return true;
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return false;
  if (Array.isArray(before) !== Array.isArray(after)) return false;
  const [old, fresh] = [before, after] as readonly Readonly<Record<string, unknown>>[];
  const keys = Object.keys(old!);
  return (
    keys.length === Object.keys(fresh!).length &&
    keys.every((key) => Object.hasOwn(fresh!, key) && saysTheSame(old![key], then, fresh![key], now))
  );
}
