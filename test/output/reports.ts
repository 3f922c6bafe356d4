import type { IncidentResult, Report } from '../../src/model/report.ts';
import { pullRequestText } from '../../src/pull-requests/pull-request-text.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { imageProposal, memoryProposal, NOW, PROPOSE } from '../pull-requests/proposals.ts';

export function proposedResult(proposal: Proposal): IncidentResult {
  return {
    incident: proposal.incidents[0]!,
    decision: proposal.decision,
    located: proposal.located,
    proposal,
    pullRequest: pullRequestText(proposal),
    commit: proposal.commit,
  };
}

/** An incident for which two places could be edited. */
export function declinedResult(): IncidentResult {
  return {
    incident: imageProposal().incidents[0]!,
    decision: {
      ...PROPOSE,
      action: 'decline',
      reason: prose`${'two places in apps/cart could control the value'}`,
      policy: 'policy.default',
    },
    located: {
      kind: 'declined',
      code: 'several-sites',
      reason: 'two places in apps/cart could control the value',
      candidates: ['apps/cart/kustomization.yaml:8', 'apps/cart/patch.yaml:9'],
    },
    proposal: null,
    pullRequest: null,
    commit: imageProposal().commit,
  };
}

export function reportOf(results: readonly IncidentResult[], problems: Report['problems'] = []): Report {
  return { cluster: 'prod-eu', now: NOW, problems, results };
}

/** One of each: proposed, a draft, declined; and a file that could not be read. */
export function fullReport(): Report {
  return reportOf(
    [proposedResult(imageProposal()), proposedResult(memoryProposal()), declinedResult()],
    [{ where: 'cluster/broken.yaml:3', message: 'cannot be read as YAML' }],
  );
}
