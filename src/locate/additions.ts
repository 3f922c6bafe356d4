import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { Wish } from './candidates.ts';
import type { Replacement } from './replacements.ts';

/** Ways to give fields their values by writing something that is not there yet, the likeliest first. */
export function additionsFor(_revision: Revision, _match: Match, _wishes: readonly Wish[]): Iterable<readonly Replacement[]> {
  return [];
}
