import { shuffled } from '../random.ts';

/**
 * A list in an order whose every beginning is an even sample: turns are taken between the groups of the first level, within each
 * between those of the second, and so on.
 */
export function evenly<T>(
  list: readonly T[],
  levels: readonly ((item: T) => string)[],
  random: () => number,
): readonly T[] {
  const [groupOf, ...rest] = levels;
  if (groupOf === undefined) return shuffled(list, random);
  const groups = [...Map.groupBy(list, groupOf)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, items]) => evenly(items, rest, random));
  const queues = shuffled(groups, random);
  const longest = Math.max(0, ...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) =>
    queues.flatMap((queue) => (round < queue.length ? [queue[round]!] : [])),
  ).flat();
}
