/** Requests to one API server at a time. */
export const SIDE_BY_SIDE = 4;

/** Maps with so many at a time; results keep the order of the items. */
export async function inTurns<T, R>(
  items: readonly T[],
  width: number,
  run: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await run(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
