import { NOTHING_SPENT, type Budget, type Spent } from '../github/limits.ts';
import type { Store } from '../store/store.ts';

/** What all replicas have spent of what GitHub allows one token, kept in the store. @param owner the number of an installation, or `app` */
export function sharedBudget(store: Pick<Store, 'transaction'>, owner: string): Budget {
  const key = `budget ${owner}`;
  return {
    change: (change) =>
      store.transaction(async ({ cursors }) => {
        const text = await cursors.get(key);
        const known = text === null ? NOTHING_SPENT : (JSON.parse(text) as Spent);
        const next = change(known);
        if (next !== null) await cursors.set(key, JSON.stringify(next));
        return next ?? known;
      }),
  };
}
