import { heading, paragraph, type Block } from '../model/block.ts';
import type { ChangedBefore } from '../model/changed-before.ts';
import type { Incident } from '../model/incident.ts';
import type { Proposal } from '../model/proposal.ts';
import { linked, plainText, prose, untrusted, type Prose } from '../untrusted/prose.ts';
import { afterFirstSentence, firstSentence, isBlank } from '../untrusted/sentences.ts';
import { whyOf } from './head.ts';
import { endUnsaid } from './incident-lines.ts';
import { commitLink, siteLink } from './site.ts';
import { changedList, whatChanged } from './what-changed.ts';
import { span, utc } from '../kubernetes/times.ts';

/**
 * Why it failed: what changed comes first, then the sentences of the root cause that the first lines have not said; nothing where no
 * more is to be said.
 */
export function rootCauseSection(proposal: Proposal): readonly Block[] {
  const [incident] = proposal.incidents;
  const { finding } = incident!;
  const { rootCause } = finding;
  const rest = withoutSaid(rootCause, `${plainText(finding.summary)} ${plainText(whyOf(finding))}`);
  const end = endUnsaid(incident!);
  const told = [
    ...changedBlocks(proposal),
    ...(isBlank(rest) ? [] : [paragraph(rest)]),
    ...(end === null ? [] : [paragraph(end, 'Last end of the container:')]),
  ];
  return told.length === 0 ? [] : [heading('Root cause'), ...told];
}

/** A text without the sentences at its start that the first lines have. */
function withoutSaid(text: Prose, said: string): Prose {
  let rest = text;
  while (!isBlank(rest) && said.includes(plainText(firstSentence(rest)).replace(/[.\s]+$/, '')))
    rest = afterFirstSentence(rest);
  return rest;
}

/** What changed since it was last Ready; where that is not known, who brought the value that is replaced. */
function changedBlocks(proposal: Proposal): readonly Block[] {
  const changed = whatChanged(unsaid(proposal), {
    commit: (sha) => commitLink(sha, proposal),
    place: (site) => siteLink(site, proposal, 'file'),
  });
  const intro = introduction(proposal);
  return [...(changed === null ? [] : changedList(changed)), ...(intro === null ? [] : [paragraph(intro)])];
}

/** Without commits that the root cause names and that did no more than what is taken back. */
function unsaid({ incidents, located }: Proposal): Pick<Incident, 'changes' | 'finding'> {
  const { changes, finding } = incidents[0]!;
  const isSaid = ({ commit, changes: fields }: ChangedBefore): boolean =>
    plainText(finding.rootCause).includes(commit.sha.slice(0, 8)) &&
    fields.every(({ field }) => located.changes.some((change) => change.field.text === field.text));
  return {
    finding,
    changes: changes && { ...changes, commits: changes.commits.filter((one) => !isSaid(one)) },
  };
}

/** The commit that brought the value, told without blame: what, by whom, how long before; nothing where the root cause names it. */
function introduction(proposal: Proposal): Prose | null {
  const { introducedBy, introducedIn, incidents, remote } = proposal;
  const { firstSeen, introducedBy: brokenBy, rootCause } = incidents[0]!.finding;
  if (introducedBy === null || plainText(rootCause).includes(introducedBy.sha.slice(0, 8))) return null;
  const { commits = [] } = incidents[0]!.changes ?? {};
  if (commits.some(({ commit, changes }) => commit.sha === introducedBy.sha && changes.length > 0))
    return null;
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
