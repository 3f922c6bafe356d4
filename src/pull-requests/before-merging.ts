import { item, list, paragraph, warning, type Block } from '../model/block.ts';
import type { Proposal } from '../model/proposal.ts';
import { ownText, plainText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import { fileLine } from './site.ts';

/** For escalations: a person has to think before this may be merged. */
export function draftBanner(proposal: Pick<Proposal, 'decision'>): readonly Block[] {
  if (!isDraft(proposal)) return [];
  return [warning(proposal.decision.reason, 'A draft, because a person must decide.')];
}

/** What a reviewer has to know beside the change itself: what was held against it, and where a line is no more than likely. */
export function beforeMergingSection({ decision, incidents, located }: Proposal): readonly Block[] {
  const said = plainText(decision.reason);
  const guards = incidents[0]!.finding.guards
    .map(({ reason }) => reason)
    .filter((reason) => !isDraft({ decision }) || !said.includes(plainText(reason)));
  const likely = located.changes.flatMap(({ site }) =>
    site.likely === undefined
      ? []
      : [prose`${fileLine(site)} is the likely line, not a certain one: ${sentenceOf(site.likely)}`],
  );
  return toCheck([...guards, ...likely]);
}

function toCheck(reasons: readonly Prose[]): readonly Block[] {
  const [first, ...others] = reasons.map((reason) => sentence(reason));
  if (first === undefined) return [];
  if (others.length === 0) return [paragraph(first, 'Before you merge:')];
  return [
    { kind: 'paragraph', line: { lead: ownText('Before you merge:'), text: ownText('') } },
    ...list([first, ...others].map((reason) => item(reason))),
  ];
}

/** Whether the pull request is a draft, which nobody merges before a person has marked it as ready. */
export function isDraft({ decision }: Pick<Proposal, 'decision'>): boolean {
  return decision.draft || decision.action === 'escalate';
}
