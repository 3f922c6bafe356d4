import { folded, item, list, paragraph, type Block } from '../model/block.ts';
import type { Action, Decision } from '../model/decision.ts';
import { confidenceOf } from '../model/finding.ts';
import type { Proposal } from '../model/proposal.ts';
import { plainText, prose, type Prose } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import { isDraft } from './before-merging.ts';

const ACTIONS: Readonly<Record<Action, string>> = {
  monitor: 'Watched only.',
  propose: 'Proposed.',
  'auto-fix': 'Auto-merge once the required checks pass.',
  escalate: 'A person must decide.',
  decline: 'No edit.',
};

/** What happens, why, and by which line of the policy. */
export function decisionLine(decision: Decision): Block {
  return paragraph(prose`${sentence(decision.reason)}${policyOf(decision)}`, ACTIONS[decision.action]);
}

/** Named where the reason has not named it. */
function policyOf({ reason, policy }: Decision): Prose {
  const [source = policy] = policy.split(' (');
  return plainText(reason).includes(source) ? prose`` : prose` Policy: ${policy}.`;
}

/** What merges without a person is said in the open. */
export function autoMergeSection({ decision }: Pick<Proposal, 'decision'>): readonly Block[] {
  return decision.action === 'auto-fix' ? [decisionLine(decision)] : [];
}

/** How sure the cause is, as the factors whose product it is, and what the policy made of it. */
export function decisionSection({ decision, incidents }: Proposal): readonly Block[] {
  const { confidence } = incidents[0]!.finding;
  const factors = confidence.map(({ factor, reason }) =>
    item(sentence(reason), { lead: prose`${factor.toFixed(2)}` }),
  );
  const isSaid = decision.action === 'auto-fix' || isDraft({ decision });
  return folded(`Confidence ${confidenceOf(confidence).toFixed(2)}${isSaid ? '' : ', decision'}`, [
    ...list(factors),
    ...(isSaid ? [] : [decisionLine(decision)]),
  ]);
}
