import { heading, list, paragraph, type Block } from '../model/block.ts';
import type { Proposal } from '../model/proposal.ts';
import { linked, plainText, prose, untrusted, type Prose } from '../untrusted/prose.ts';
import { afterFirstSentence, firstSentence, isBlank } from '../untrusted/sentences.ts';
import { whyOf } from './head.ts';
import { endText, ruledOutBlocks } from './container-state.ts';
import { commitLink, siteLink } from './site.ts';
import { whatChanged } from './what-changed.ts';
import { span, utc } from '../kubernetes/times.ts';

/**
 * Why it failed: what changed comes first, then the sentences of the root cause that the first lines have not said; nothing where no
 * more is to be said.
 */
export function rootCauseSection(proposal: Proposal): readonly Block[] {
  const [incident] = proposal.incidents;
  const { finding } = incident!;
  const { rootCause } = finding;
  const isSaid = plainText(whyOf(finding)) === plainText(firstSentence(rootCause));
  const rest = isSaid ? afterFirstSentence(rootCause) : rootCause;
  const end = endText(incident!);
  const told = [
    ...changedBlocks(proposal),
    ...(isBlank(rest) ? [] : [paragraph(rest)]),
    ...(end === null ? [] : [paragraph(end, 'Last end of the container:')]),
    ...ruledOutBlocks(finding),
  ];
  return told.length === 0 ? [] : [heading('Root cause'), ...told];
}

/** What changed since it was last Ready; where that is not known, who brought the value that is replaced. */
function changedBlocks(proposal: Proposal): readonly Block[] {
  const changed = whatChanged(proposal.incidents[0]!, {
    commit: (sha) => commitLink(sha, proposal),
    place: (site) => siteLink(site, proposal, 'file'),
  });
  const intro = introduction(proposal, changed !== null);
  return [
    ...(changed === null
      ? []
      : [
          paragraph(changed.since, 'What changed, compared with the last Ready template:'),
          ...list(changed.items),
        ]),
    ...(intro === null ? [] : [paragraph(intro)]),
  ];
}

/** The commit that brought the value, told without blame: what, by whom, how long before; nothing where the root cause names it. */
function introduction(proposal: Proposal, isTold: boolean): Prose | null {
  const { introducedBy, introducedIn, incidents, remote } = proposal;
  const { firstSeen, introducedBy: brokenBy, rootCause } = incidents[0]!.finding;
  if (introducedBy === null || plainText(rootCause).includes(introducedBy.sha.slice(0, 8))) return null;
  const { commits = [] } = (isTold ? incidents[0]!.changes : null) ?? {};
  if (commits.some(({ commit }) => commit.sha === introducedBy.sha)) return null;
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
