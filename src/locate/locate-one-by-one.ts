import { keyedLock } from '../concurrency/keyed-lock.ts';
import { AcceptedEdits } from './accepted-edits.ts';
import { locateFound, type FoundFields } from './locate.ts';
import type { LocateResult } from '../model/located.ts';

/**
 * Locates the fields of one diagnosis. What one line could be behind is located one after the other, so that the first workload
 * pays for the search and the others find its edit; everything else goes on side by side. The answers do not depend on what ends
 * first.
 *
 * @param found null where nothing is to be located
 * @param each makes the answer for one of them; `locating` is null where `found` is
 */
export async function locateOneByOne<T>(
  found: readonly (FoundFields | null)[],
  each: (index: number, locating: (() => Promise<LocateResult>) | null) => Promise<T>,
): Promise<readonly T[]> {
  const locked = keyedLock();
  const accepted = new AcceptedEdits(found.flatMap((fields) => fields?.desired ?? []));
  return Promise.all(
    found.map((fields, index) =>
      fields
        ? locked(lineKey(fields), () => each(index, () => locateFound(fields, accepted)))
        : each(index, null),
    ),
  );
}

/** The same for fields that one line could give their value: in one root, with the same value before and after. */
function lineKey({ match, desired }: FoundFields): string {
  return JSON.stringify([match.root.id, desired.map(({ field, after }) => [field.value, after])]);
}
