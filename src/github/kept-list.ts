import { PAGE, type Pages } from './context.ts';
import type { Clock } from './limits.ts';

/** As far back as two clocks, and two changes within the same second, may confuse the order. */
const DOUBT = 60_000;
/** Pages that are read to find what changed. When more changed than that, what is ours is searched for again. */
const MOST = 3;

export interface Listed {
  readonly number: number;
  readonly updated_at: string;
}

export interface KeptListParts<T> {
  /** One page of the whole list, the last change first, counted from 1. */
  page(page: number): Promise<readonly T[]>;
  /** Finds what is wanted through GitHub's filters, whatever the length of the list. */
  search(known: ReadonlySet<number>): Promise<Pages<T>>;
  /** Only what is wanted is kept, and found by `all`. */
  isWanted(item: T): boolean;
  readonly clock: Pick<Clock, 'now'>;
}

export interface KeptList<T> {
  /** What is wanted; `isWhole` where nothing of it can be missing. */
  all(): Promise<Pages<T>>;
  /** What was just made, or found by other means: GitHub may list it a little later. */
  add(item: T): void;
  forget(number: number): void;
}

/**
 * What is wanted of a list that may be long, kept between calls. A list of one page is read as it is. Of a longer one the first call
 * searches for what is wanted, and later ones read only what changed since: the number of calls never depends on the list's length.
 */
export function keptList<T extends Listed>({ page, search, isWanted, clock }: KeptListParts<T>): KeptList<T> {
  const wanted = new Map<number, T>();
  const seen = new Map<number, string>();
  let isWhole = false;
  let isKnown = false;
  let readAt = -Infinity;
  /** By GitHub's clock. */
  let newest = -Infinity;

  function isOld(item: T | undefined): boolean {
    if (item === undefined) return true;
    const at = Date.parse(item.updated_at);
    return at < newest - DOUBT || (seen.get(item.number) === item.updated_at && at < readAt - DOUBT);
  }

  function note(item: T): void {
    if (isWanted(item)) wanted.set(item.number, item);
    else wanted.delete(item.number);
  }

  /** What changed, and whether a search has to find the rest. */
  async function readChanges(): Promise<{ items: readonly T[]; read: 'all' | 'changes' | 'too-many' }> {
    const items: T[] = [];
    for (let number = 1; number <= (isKnown ? MOST : 1); number += 1) {
      const found = await page(number);
      items.push(...found);
      if (found.length < PAGE) return { items, read: 'all' };
      if (isKnown && isOld(found.at(-1))) return { items, read: 'changes' };
    }
    return { items, read: 'too-many' };
  }

  return {
    all: async () => {
      const startedAt = clock.now();
      const { items, read } = await readChanges();
      const searched = read === 'too-many' ? await search(new Set(wanted.keys())) : null;
      // Nothing is taken over before all of it is here: what failed on the way is read again.
      if (seen.size > 10 * PAGE) seen.clear();
      for (const item of items) {
        seen.set(item.number, item.updated_at);
        newest = Math.max(newest, Date.parse(item.updated_at));
      }
      for (const item of [...(searched?.items ?? []), ...items]) note(item);
      isWhole = read === 'all' || (searched?.isWhole ?? isWhole);
      isKnown = true;
      readAt = startedAt;
      return { items: [...wanted.values()], isWhole };
    },
    add: (item) => void wanted.set(item.number, item),
    forget: (number) => void wanted.delete(number),
  };
}
