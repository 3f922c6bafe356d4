/** Numbers in [0, 1) that are the same for the same seed (mulberry32, Tommy Ettinger, public domain). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const result = [...list];
  for (let end = result.length - 1; end > 0; end -= 1) {
    const other = Math.floor(random() * (end + 1));
    [result[end], result[other]] = [result[other]!, result[end]!];
  }
  return result;
}

/** Up to `limit` items, taken in turn from each group, so that frequent groups do not crowd out rare ones. */
export function sampled<T>(
  list: readonly T[],
  limit: number,
  groupOf: (item: T) => string,
  random: () => number,
): readonly T[] {
  const groups = new Map<string, T[]>();
  for (const item of shuffled(list, random)) {
    const group = groupOf(item);
    groups.set(group, [...(groups.get(group) ?? []), item]);
  }
  const queues = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, items]) => items);
  const chosen: T[] = [];
  for (let round = 0; chosen.length < Math.min(limit, list.length); round += 1)
    for (const queue of queues) if (round < queue.length && chosen.length < limit) chosen.push(queue[round]!);
  return chosen;
}
