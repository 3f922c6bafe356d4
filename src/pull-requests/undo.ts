import { inline } from '../untrusted/markdown.ts';
import { prose } from '../untrusted/prose.ts';
import type { Proposal } from '../model/proposal.ts';
import { bulleted, sentence, type Room } from './room.ts';
import { orderedChanges } from './site.ts';
import { wordingOf } from '../model/change-wording.ts';

/** What to do if this is wrong, before the merge and after it. */
export function undoSection(proposal: Proposal, room: Pick<Room, 'entries'>): string {
  const { from, what } = wordingOf(orderedChanges(proposal)[0]!);
  const back = from === null ? prose`That takes the ${what} away again.` : prose`That brings back ${from}.`;
  const { advice } = proposal.incidents[0]!.finding;
  return [
    '### If this is wrong',
    [
      '- Before the merge: close it. It stays closed unless evidence of a different kind appears.',
      `- After the merge: \`git revert <commit>\` (with \`-m 1\` for a merge commit), or press Revert below. ${inline(back)}`,
    ].join('\n'),
    advice.length === 0 ? '' : `What else helps:\n\n${bulleted(advice.map(sentence), room)}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
