import { freezeAt } from '../decisions/freeze.ts';
import { hasPassed } from '../github/required-checks.ts';
import type { Proposal } from '../model/proposal.ts';
import { ownText, plainText, prose, untrusted, type Prose } from '../untrusted/prose.ts';
import { isAsProven } from './branches.ts';
import type { Kept } from './outcome.ts';
import { askReviewers } from './open.ts';
import type { Own } from './own.ts';
import { planMerge } from './plan-merge.ts';
import type { Run } from './run.ts';
import { isMerging, type Merging, type KeptStatus } from './status.ts';

/**
 * Lets GitHub merge what may be merged without a person. GitHub decides what it waits for; where it has nothing to wait for,
 * the very commit that is proven is merged, once a required check has passed on it. Null when there is nothing to tell.
 */
export async function autoMerge(
  run: Run,
  own: Own,
  proposal: Proposal,
  status: KeptStatus,
): Promise<Kept | null> {
  const { host, config, now } = run;
  const { pull, marker } = own;
  const { merging } = status.status;
  const wants = proposal.decision.action === 'auto-fix';
  // Nothing was asked for and nothing was begun: most pull requests need no further question.
  if (!wants && !isMerging(status.status)) return null;
  const requiredChecks = wants ? await host.requiredChecks(pull.base) : [];
  // GitHub ends auto-merge when the pull request enters the merge queue.
  const queue = isOurMerge(status) && !pull.autoMerge ? await host.queueState(pull.number) : 'no-queue';
  const plan = planMerge({
    action: proposal.decision.action,
    proof: proposal.located.proof.status,
    isDraft: pull.draft,
    isOn: pull.autoMerge || queue === 'queued',
    leftQueue: queue === 'not-queued',
    head: pull.head,
    ourHead: marker?.head ?? null,
    base: {
      written: marker?.proven ?? null,
      proven: proposal.commit,
      now: wants ? await host.branchHead(pull.base) : null,
    },
    requiredChecks,
    requiredApprovals: wants ? await host.requiredApprovals(pull.base) : 0,
    freeze: freezeAt(config.freeze, now),
    underWay: [...run.underWay].find((number) => number !== pull.number) ?? null,
    merging,
  });
  switch (plan.do) {
    case 'nothing':
      return (pull.autoMerge || queue === 'queued') && merging?.state === 'on' ? merges() : null;
    case 'wait':
      return { kind: 'waiting', why: prose`${ownText('it may auto-merge later:')} ${plan.why}` };
    case 'switch-off':
      await callOff(run, own, status, plan.why);
      return null;
    case 'switch-on':
      return switchOn(run, own, proposal, status, requiredChecks);
  }
}

function isOurMerge({ status: { merging } }: KeptStatus): boolean {
  return merging?.state === 'on';
}

/** Takes back what Faultline switched on; what a person did about it stays. */
export async function callOff(run: Run, { pull }: Own, status: KeptStatus, why: Prose): Promise<void> {
  if (!isMerging(status.status)) return;
  const isQueued = !pull.autoMerge && (await run.host.queueState(pull.number)) === 'queued';
  if (pull.autoMerge || isQueued) await run.host.disableAutoMerge(pull.number);
  run.underWay.delete(pull.number);
  const text = plainText(why);
  const merging: Merging = { state: 'off', head: pull.head };
  await status.say({ kind: 'merging-off', why: text }, merging);
  await run.store.audit.append(
    'merge',
    { repository: run.host.repository, number: pull.number, switchedOff: text },
    run.now,
  );
}

/** The intention is written down first, so that what is on is known to be ours whatever happens in between. */
async function switchOn(
  run: Run,
  own: Own,
  proposal: Proposal,
  status: KeptStatus,
  requiredChecks: readonly string[],
): Promise<Kept | null> {
  const { host, store, now } = run;
  const { number, head } = own.pull;
  if (!(await isAsProven(host, number, proposal, head))) {
    const why = ownText('its branch brings more than what was proven');
    await callOff(run, own, status, why);
    return { kind: 'waiting', why };
  }
  await status.say({ kind: 'merging', head }, { state: 'asked', head });
  run.underWay.add(number);
  const answer = await host.enableAutoMerge(number, head);
  if (answer === 'enabled') {
    await status.become({ ...status.status, merging: { state: 'on', head } });
    await store.audit.append('merge', { repository: host.repository, number, switchedOn: head }, now);
    return merges();
  }
  if (answer !== 'clean') return refused(run, own, proposal, status, answer.refused);
  const checks = await host.checks(head);
  if (!hasPassed(requiredChecks, checks))
    return { kind: 'merging', why: ownText('it merges once a required check has passed') };
  const merged = await host.merge(number, head);
  if (merged === 'moved-on') return { kind: 'waiting', why: ownText('its branch has moved on') };
  if ('refused' in merged) return refused(run, own, proposal, status, merged.refused);
  await store.audit.append(
    'merge',
    { repository: host.repository, number, head, merged: merged.merged },
    now,
  );
  return { kind: 'merged', why: ownText('it was auto-merged') };
}

/** The visible way back to a review. */
async function refused(
  run: Run,
  { pull: { number, head } }: Own,
  proposal: Proposal,
  status: KeptStatus,
  reason: string,
): Promise<Kept> {
  const why = plainText(untrusted(reason));
  await askReviewers(run, number, proposal);
  await status.say({ kind: 'refused', head, why }, { state: 'refused', head });
  run.underWay.delete(number);
  await run.store.audit.append(
    'merge',
    { repository: run.host.repository, number, head, refused: why },
    run.now,
  );
  return { kind: 'updated', why: prose`a person has to merge it: ${why}` };
}

function merges(): Kept {
  return { kind: 'merging', why: ownText('it auto-merges once the required checks pass') };
}
