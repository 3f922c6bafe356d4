import { pullRequestBody } from './body.ts';
import { branchName } from './branch.ts';
import { commitMessage } from './commit-message.ts';
import type { Proposal, PullRequestText } from '../model/proposal.ts';
import { pullRequestTitle } from './title.ts';

/** Everything that is written for a proposal: the same proposal gives the same text, byte for byte. */
export function pullRequestText(proposal: Proposal): PullRequestText {
  return {
    branch: branchName(proposal),
    base: proposal.base,
    title: pullRequestTitle(proposal),
    body: pullRequestBody(proposal),
    draft: proposal.decision.draft || proposal.decision.action === 'escalate',
    commitMessage: commitMessage(proposal),
  };
}
