import { CODEOWNERS_PATHS } from '../github/codeowners.ts';
import type { PullRequest } from '../github/host.ts';
import { commitMessage } from '../pull-requests/commit-message.ts';
import { printMarker, type Marker } from '../pull-requests/marker.ts';
import type { Proposal } from '../model/proposal.ts';
import { ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { knownHead, writeBranch } from './branches.ts';
import { describe } from './description.ts';
import type { Own } from './own.ts';
import { auditOf, recordProposal } from './record.ts';
import { reviewersFor } from './reviewers.ts';
import { anchorOf, noteAnchor, noteMarker, type Run } from './run.ts';
import { openedOf } from './opened.ts';

export type Opened =
  { readonly kind: 'opened'; readonly own: Own } | { readonly kind: 'waiting'; readonly why: Prose };

/** Where the configuration wants labels: this one, and one that names the rule. */
const LABEL = 'faultline';

/**
 * From a proposal to its pull request: commit, branch, pull request, and where they are wanted reviewers and labels. Each step leaves
 * GitHub in a state from which the next run goes on; the labels come last, so a pull request without them is one that was not finished.
 */
export async function openProposal(
  run: Run,
  proposal: Proposal,
  branch: string,
  earlier: Pick<Marker, 'kinds'> | null,
): Promise<Opened> {
  const { host, now } = run;
  const current = await knownHead(run, branch);
  const written = await writeBranch(run, branch, commitMessage(proposal), proposal, current);
  if (written.kind === 'others')
    return { kind: 'waiting', why: prose`somebody else has commits on the branch ${branch}` };
  if (written.kind === 'moved-on')
    return { kind: 'waiting', why: prose`the branch ${branch} changed while it was written` };
  const audit = await anchorOf(run);
  const { title, body, marker } = describe({
    proposal,
    head: written.head,
    earlier,
    now,
    audit,
    hasBoxes: run.hasBoxes === true,
  });
  const pull = await host.openPullRequest({
    title,
    body,
    branch,
    base: proposal.base,
    draft: isDraft(proposal),
  });
  if (pull === 'exists')
    return { kind: 'waiting', why: prose`there is a pull request of somebody else on the branch ${branch}` };
  await noteAnchor(run, pull.number, audit);
  const line = printMarker(marker);
  const digits = proposal.key.slice(0, 8);
  const own: Own = { pull, marker, digits, reverts: null, line, isEdited: false };
  await noteMarker(run, { pull, line: null }, line);
  run.own.unshift(own);
  await run.store.audit.append(
    'pull-request',
    { ...auditOf(proposal, marker), ...openedOf(host.repository, pull, proposal) },
    now,
  );
  await recordProposal(run, own, proposal, null);
  await finishOpening(run, pull, proposal);
  return { kind: 'opened', own };
}

/** Reviewers and labels, as the configuration wants. A change that auto-merges asks nobody, until it cannot. */
export async function finishOpening(run: Run, pull: PullRequest, proposal: Proposal): Promise<void> {
  const wants = run.config.pullRequests;
  if (wants.reviewers && proposal.decision.action !== 'auto-fix')
    await askReviewers(run, pull.number, proposal);
  if (hasLabels(run)) await run.host.addLabels(pull.number, labelsFor(proposal));
}

export function isUnfinished(run: Run, { labels }: Pick<PullRequest, 'labels'>): boolean {
  return hasLabels(run) && !labels.includes(LABEL);
}

/** How many writes one pull request takes: tree, commit, branch and pull request, reviewers and labels. */
export function writesToOpen(run: Run): number {
  return 4 + Number(run.config.pullRequests.reviewers) + Number(hasLabels(run));
}

/** Where reviewers are asked, the labels tell that they were. */
export function hasLabels({ config: { pullRequests } }: Run): boolean {
  return pullRequests.labels || pullRequests.reviewers;
}

function labelsFor({ incidents }: Proposal): readonly string[] {
  return [LABEL, `${LABEL}: ${incidents[0]!.finding.rule}`];
}

function isDraft({ decision }: Proposal): boolean {
  return decision.draft || decision.action === 'escalate';
}

export async function askReviewers(run: Run, number: number, proposal: Proposal): Promise<void> {
  const { host } = run;
  const author = proposal.introducedBy ? await host.loginOf(proposal.introducedBy.sha) : null;
  const owners = await run.repository.firstFile(proposal.base, CODEOWNERS_PATHS);
  const { logins, teams } = reviewersFor(proposal, owners, author, host.login);
  if (logins.length + teams.length > 0) await host.requestReviewers(number, logins, teams);
}

/** `fix(cart): …` as the sentence of an outcome. */
export function titleOf(pull: Pick<PullRequest, 'title'>): Prose {
  const title = prose`${pull.title}`;
  return plainText(title) === '' ? ownText('a pull request') : title;
}
