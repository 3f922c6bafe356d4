import { fenced, inline, link } from '../untrusted/markdown.ts';
import { prose, untrusted } from '../untrusted/prose.ts';
import type { Proposal } from '../model/proposal.ts';
import { cutLines, type Room } from './room.ts';
import { commitLink } from './site.ts';
import { count, span, utc } from './times.ts';

/** The source diff, and who wrote the line last. */
export function changeSection(proposal: Proposal, room: Room): string {
  const { text, left } = cutLines(proposal.located.diff, room.diff);
  const parts = [
    '### Change',
    fenced(untrusted(text), 'diff'),
    left > 0 ? `The diff has ${count(left, 'more line')}; the commit shows all of it.` : '',
    introduction(proposal),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The commit that introduced the fault, told without blame: what, by whom, how long before. */
function introduction(proposal: Proposal): string {
  const { introducedBy, introducedIn, incidents, remote } = proposal;
  if (introducedBy === null) return '';
  const { firstSeen, introducedBy: brokenBy } = incidents[0]!.finding;
  const earlier = firstSeen - introducedBy.at;
  const distance = earlier >= 0 ? prose`, ${span(earlier)} before the first failure` : prose``;
  const through =
    introducedIn === null || remote === null
      ? ''
      : ` in ${link(untrusted(`pull request ${introducedIn}`), `${remote.url}/pull/${introducedIn}`)}`;
  // The number is said already.
  const subject = introducedBy.subject.replace(` (#${introducedIn})`, '');
  return `${brokenBy ? 'It broke with' : 'The line came with'} ${commitLink(introducedBy.sha, proposal)}${through} ${inline(
    prose`${subject} by ${introducedBy.author}, ${utc(introducedBy.at)}${distance}.`,
  )}`;
}
