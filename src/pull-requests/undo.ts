import { folded, item, list, type Block } from '../model/block.ts';
import { wordingOf } from '../model/change-wording.ts';
import type { Proposal } from '../model/proposal.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import { orderedChanges } from './site.ts';

/** What else helps, and what to do if this is wrong, before the merge and after it. */
export function undoSection(proposal: Proposal): readonly Block[] {
  const { from, what } = wordingOf(orderedChanges(proposal)[0]!);
  const back = from === null ? prose`That takes the ${what} away again.` : prose`That brings back ${from}.`;
  const advice = proposal.incidents[0]!.finding.advice.map((text) => item(sentence(text)));
  return folded('Before and after you merge', [
    ...list([
      ...advice,
      item(ownText('Wrong? Close it. It stays closed until evidence of a different kind appears.')),
      item(
        prose`Merged, and wrong? \`git revert <commit>\` (with \`-m 1\` for a merge commit), or press Revert below. ${back}`,
      ),
    ]),
  ]);
}
