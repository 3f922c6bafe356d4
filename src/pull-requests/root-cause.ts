import { heading, paragraph, type Block } from '../model/block.ts';
import type { Proposal } from '../model/proposal.ts';
import { linked, plainText, prose, untrusted, type Prose } from '../untrusted/prose.ts';
import { afterFirstSentence, firstSentence, isBlank } from '../untrusted/sentences.ts';
import { whyOf } from './head.ts';
import { commitLink } from './site.ts';
import { span, utc } from '../kubernetes/times.ts';

/**
 * Why it failed: what changed comes first, then the sentences of the root cause that the first lines have not said; nothing where no
 * more is to be said.
 */
export function rootCauseSection(proposal: Proposal): readonly Block[] {
  const { finding } = proposal.incidents[0]!;
  const { rootCause } = finding;
  const isSaid = plainText(whyOf(finding)) === plainText(firstSentence(rootCause));
  const rest = isSaid ? afterFirstSentence(rootCause) : rootCause;
  const told = [introduction(proposal), isBlank(rest) ? null : rest].filter((text) => text !== null);
  return told.length === 0 ? [] : [heading('Root cause'), ...told.map((text) => paragraph(text))];
}

/** The commit that brought the value, told without blame: what, by whom, how long before; nothing where the root cause names it. */
function introduction(proposal: Proposal): Prose | null {
  const { introducedBy, introducedIn, incidents, remote } = proposal;
  const { firstSeen, introducedBy: brokenBy, rootCause } = incidents[0]!.finding;
  if (introducedBy === null || plainText(rootCause).includes(introducedBy.sha.slice(0, 8))) return null;
  const { sha, at, author } = introducedBy;
  const number =
    introducedIn === null || remote === null
      ? prose``
      : prose` (${linked(`pull request ${introducedIn}`, `${remote.url}/pull/${introducedIn}`)})`;
  const commit = prose`${commitLink(sha, proposal)}${number}`;
  const when =
    firstSeen >= at ? prose`${utc(at)}, ${span(firstSeen - at)} before the first failure` : prose`${utc(at)}`;
  // The number is said already.
  const subject = untrusted(introducedBy.subject.replace(` (#${introducedIn})`, ''));
  return brokenBy
    ? prose`It broke with ${commit} by ${author} on ${when}: ${subject}`
    : prose`The value came with ${commit} by ${author} on ${when}: ${subject}`;
}
