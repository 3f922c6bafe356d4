import { PAGE } from './context.ts';
import type { Clock } from './limits.ts';

/** As far back as two clocks, and two changes within the same second, may confuse the order. */
const DOUBT = 60_000;

export interface Listed {
  readonly number: number;
  readonly updated_at: string;
}

/**
 * A list that GitHub cannot filter, kept between calls: the first call reads all of it, later ones only what changed since.
 * (There is a filter by creator, but not every GitHub finds an App's login with it.)
 *
 * @param page one page of the list, the last change first, counted from 1
 * @param isWanted only what is wanted is kept, and found by `all`. What was just made can be added: GitHub may list it a little later
 */
export function keptList<T extends Listed>(
  page: (page: number) => Promise<readonly T[]>,
  isWanted: (item: T) => boolean,
  clock: Pick<Clock, 'now'>,
): { all(): Promise<readonly T[]>; add(item: T): void; forget(number: number): void } {
  const wanted = new Map<number, T>();
  const seen = new Map<number, string>();
  let readAt = -Infinity;

  function isOld(item: T | undefined): boolean {
    return (
      item !== undefined &&
      seen.get(item.number) === item.updated_at &&
      Date.parse(item.updated_at) < readAt - DOUBT
    );
  }

  return {
    all: async () => {
      const startedAt = clock.now();
      for (let number = 1; ; number += 1) {
        const items = await page(number);
        const reachedOld = isOld(items.at(-1));
        for (const item of items) {
          seen.set(item.number, item.updated_at);
          if (isWanted(item)) wanted.set(item.number, item);
          else wanted.delete(item.number);
        }
        if (items.length < PAGE || reachedOld) break;
      }
      readAt = startedAt;
      return [...wanted.values()];
    },
    add: (item) => void wanted.set(item.number, item),
    forget: (number) => void wanted.delete(number),
  };
}
