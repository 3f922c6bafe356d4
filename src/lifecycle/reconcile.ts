import { DAY, HOUR } from '../kubernetes/durations.ts';
import { HostError } from '../github/host-error.ts';
import { branchName } from '../pull-requests/branch.ts';
import type { Proposal } from '../model/proposal.ts';
import { utc } from '../kubernetes/times.ts';
import { pullRequestTitle } from '../pull-requests/title.ts';
import { ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { settleAbsent } from './absent.ts';
import { closedBy } from './closed-by.ts';
import { isForeseen, kindsOf } from './description.ts';
import { StatusKeeper } from './keep-status.ts';
import { noteTakenBack } from './judged.ts';
import { keepOpen, fingerprintsOf } from './keep.ts';
import { callOff } from './merge.ts';
import { openProposal, titleOf, writesToOpen } from './open.ts';
import type { Outcome, OutcomeKind } from './outcome.ts';
import { ownAmong, ownFor, type Own } from './own.ts';
import { planProposal, type Counts } from './plan-proposal.ts';
import { forgetWaiting, recordEnd, recordEnded, recordWaiting } from './record.ts';
import { forgetRefusal, isRefusal, noteRefusal, refusedFor } from './refusals.ts';
import { reportEscalations } from './reports.ts';
import type { LifecycleInput, Run } from './run.ts';
import { silenced } from './silence.ts';
import { isMerging } from './status.ts';
import { isOver, type Verification } from './verification.ts';
import { VERIFIED_FOR, verifyMerged } from './verify-merged.ts';

/**
 * Brings GitHub in line with one scan of a cluster (docs/lifecycle.md). GitHub alone tells what was done before: a run may end after
 * every step, and the next run continues from there.
 *
 * 1. Merged: has it helped? Until that is known, no other change auto-merges.
 * 2. Every proposal: opened, brought up to date, or left to people.
 * 3. Open, but asked for by nothing: closed when git renders another value.
 * 4. Escalations without an edit: an issue, if the configuration wants reports.
 *
 * What GitHub refuses for one of them is an outcome of its own and stops no other.
 */
export async function reconcile(input: LifecycleInput): Promise<readonly Outcome[]> {
  const own = await ownAmong(await input.host.ownPullRequests(), input);
  const run: Run = { ...input, own: [...own], underWay: new Set(), statuses: new Map() };
  const outcomes: Outcome[] = [];
  for (const merged of own.filter((one) => isToVerify(run, one)))
    outcomes.push(await attempt(merged, null, () => verified(run, merged)));
  for (const ended of own.filter(({ pull }) => pull.state !== 'open')) await recordEnd(run, ended);
  for (const { pull, reverts } of own)
    if (reverts !== null && pull.state === 'merged') await noteTakenBack(run, reverts, pull.number);

  const proposals = proposalsOf(run);
  const isAsked = (one: Own): boolean => proposals.some(({ key }) => ownFor(key, [one]).length > 0);
  for (const open of own.filter(({ pull, reverts }) => pull.state === 'open' && reverts === null))
    if (!isAsked(open)) outcomes.push(await attempt(open, null, () => settled(run, open)));
  await noteUnderWay(run, proposals);
  for (const proposal of proposals)
    outcomes.push(await attempt(null, proposal, () => proposed(run, proposal)));
  outcomes.push(...(await reports(run)));
  await forgetWaiting(run);
  return outcomes;
}

function isToVerify({ now, report }: Run, { pull, reverts, marker }: Own): boolean {
  if (pull.state !== 'merged' || reverts !== null || marker?.watch === undefined) return false;
  return marker.clusters?.[0] === report.cluster && now - (pull.mergedAt ?? now) < VERIFIED_FOR;
}

/** One for each key: the incidents of one cause share it. */
function proposalsOf({ report }: Run): readonly Proposal[] {
  const proposals = report.results.map(({ proposal }) => proposal).filter((one) => one !== null);
  return [...new Map(proposals.map((proposal) => [proposal.key, proposal])).values()];
}

/** Notes which changes are about to auto-merge, before any other may. */
async function noteUnderWay(run: Run, proposals: readonly Proposal[]): Promise<void> {
  for (const one of run.own.filter(({ pull }) => pull.state === 'open')) {
    const wants = proposals.some(
      ({ key, decision }) => decision.action === 'auto-fix' && ownFor(key, [one]).length > 0,
    );
    if (one.pull.autoMerge || (wants && isMerging((await StatusKeeper.of(run, one)).status)))
      run.underWay.add(one.pull.number);
  }
}

const AFTER_MERGE: Readonly<Record<Verification['phase'], OutcomeKind>> = {
  waiting: 'verifying',
  watching: 'verifying',
  resolved: 'resolved',
  'still-failing': 'still-failing',
  worse: 'worse',
  'not-applied': 'not-applied',
  overtaken: 'overtaken',
  gone: 'gone',
};

async function verified(run: Run, own: Own): Promise<Outcome> {
  const known = await run.store.verifications.get(run.host.repository, own.pull.number);
  const isSettled = known !== null && known.outcome !== 'pending' && known.outcome !== 'worse';
  if (isSettled) return outcomeOf(own, null, known.outcome, titleOf(own.pull));
  const { verification, wasAutoMerged, decidedAt } = await verifyMerged(run, own);
  if (wasAutoMerged && !isOver(verification)) run.underWay.add(own.pull.number);
  const outcome = outcomeOf(own, null, AFTER_MERGE[verification.phase], titleOf(own.pull));
  return decidedAt === null ? outcome : { ...outcome, decidedAt };
}

async function settled(run: Run, own: Own): Promise<Outcome> {
  const { kind, why } = await settleAbsent(run, own);
  return outcomeOf(own, null, kind, why);
}

async function proposed(run: Run, proposal: Proposal): Promise<Outcome> {
  const branch = branchName(proposal);
  const silencedBy = await silenced(run, proposal.incidents);
  const planNow = () =>
    planProposal({
      branch,
      kinds: kindsOf(proposal),
      own: ownFor(proposal.key, run.own),
      limits: run.config.limits,
      perDay: isForeseen(proposal) ? run.config.proactive.perDay : null,
      counts: countsOf(run),
      silencedBy,
      opensNothing: run.opensNothing ?? null,
      now: run.now,
    });
  let plan = planNow();
  // One that ended long ago is not listed: its branch tells.
  while (plan.do === 'open' && (await findEarlier(run, plan.branch))) plan = planNow();
  const own = ownFor(proposal.key, run.own);
  switch (plan.do) {
    case 'respect':
      return respected(run, proposal, own[0]!, plan.why);
    case 'wait':
      if (own.length === 0)
        await recordWaiting(run, branch, pullRequestTitle(proposal), proposal, plainText(plan.why));
      for (const one of own.filter(({ pull }) => pull.autoMerge))
        await callOff(run, one, await StatusKeeper.of(run, one), plan.why);
      return outcomeOf(own[0] ?? null, proposal, 'waiting', plan.why);
    case 'keep':
      return unlessRefused(run, proposal, plan.own.pull.branch, plan.own, async () => {
        const { kind, why } = await keepOpen(run, plan.own, proposal);
        return outcomeOf(plan.own, proposal, kind, why);
      });
    case 'open': {
      const pause = run.host.timeUntilWrites(writesToOpen(run));
      if (pause > 0) return postponed(run, proposal, plan.branch, pause);
      return unlessRefused(run, proposal, plan.branch, null, async () => {
        const opened = await openProposal(run, proposal, plan.branch, plan.earlier);
        return opened.kind === 'opened'
          ? outcomeOf(opened.own, proposal, 'opened', titleOf(opened.own.pull))
          : outcomeOf(null, proposal, 'waiting', opened.why);
      });
    }
  }
}

const POSTPONED = ownText('others are opened first, as fast as GitHub allows');

/** Nothing waits within a run: the caller has other things to do until GitHub takes more. */
async function postponed(run: Run, proposal: Proposal, branch: string, pause: number): Promise<Outcome> {
  await recordWaiting(run, branch, pullRequestTitle(proposal), proposal, plainText(POSTPONED));
  return { ...outcomeOf(null, proposal, 'waiting', POSTPONED), mayBeIn: pause };
}

/** What GitHub refused is left for a while, and its words are shown to people. */
async function unlessRefused(
  run: Run,
  proposal: Proposal,
  branch: string,
  own: Own | null,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const told = async (why: Prose): Promise<void> => {
    if (own === null) await recordWaiting(run, branch, pullRequestTitle(proposal), proposal, plainText(why));
  };
  const held = await refusedFor(run, branch, proposal);
  // What may merge is watched, whatever was refused.
  if (held !== null && own?.pull.autoMerge !== true) {
    await told(held);
    return outcomeOf(own, proposal, 'waiting', held);
  }
  try {
    const outcome = await work();
    await forgetRefusal(run.store, run.host.repository, branch);
    return outcome;
  } catch (error) {
    if (!(error instanceof HostError) || !isRefusal(error)) throw error;
    const why = await noteRefusal(run, branch, proposal, error);
    await told(why);
    if (own !== null) await sayRefused(run, own, error);
    return outcomeOf(own, proposal, 'failed', why);
  }
}

async function sayRefused(run: Run, own: Own, { said, message }: HostError): Promise<void> {
  const why = plainText(prose`${(said ?? message).replace(/\s+/g, ' ').trim()}`);
  try {
    await (await StatusKeeper.of(run, own)).say({ kind: 'blocked', why });
  } catch (error) {
    // Commenting may be refused as well.
    if (!(error instanceof HostError)) throw error;
  }
}

/** A person decided. Who it was is told where it is known. */
async function respected(run: Run, proposal: Proposal, own: Own, reason: Prose): Promise<Outcome> {
  const by = own.pull.state === 'closed' ? await closedBy(run, own) : null;
  const { closedAt } = own.pull;
  const why =
    by === null || closedAt === null
      ? reason
      : prose`${by} closed it on ${utc(closedAt)}, and there is no evidence of a different kind`;
  await recordEnded(run, own, proposal, plainText(why));
  if (own.pull.state === 'merged') await noteTakenBack(run, own.pull.number, null);
  return outcomeOf(own, proposal, 'respected', why);
}

/** Whether there are pull requests of a branch that this run did not know of. It does now. */
async function findEarlier(run: Run, branch: string): Promise<boolean> {
  const known = new Set(run.own.map(({ pull }) => pull.number));
  const pulls = await run.host.pullRequestsFrom(branch);
  const found = (await ownAmong(pulls, run)).filter(({ pull }) => !known.has(pull.number));
  run.own.push(...found);
  run.own.sort((one, other) => other.pull.number - one.pull.number);
  return found.length > 0;
}

function countsOf({ own, now }: Run): Counts {
  return {
    open: own.filter(({ pull }) => pull.state === 'open').length,
    inLastHour: own.filter(({ pull }) => now - pull.createdAt < HOUR).length,
    foreseenInLastDay: own.filter(
      ({ pull, marker }) => marker?.foreseen === true && now - pull.createdAt < DAY,
    ).length,
  };
}

async function reports(run: Run): Promise<readonly Outcome[]> {
  try {
    return await reportEscalations(run, run.report.results);
  } catch (error) {
    return [failed(null, null, error)];
  }
}

async function attempt(
  own: Own | null,
  proposal: Proposal | null,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    return failed(own, proposal, error);
  }
}

/** Anything but GitHub's answer is a mistake of ours, and goes up. */
function failed(own: Own | null, proposal: Proposal | null, error: unknown): Outcome {
  if (!(error instanceof HostError)) throw error;
  return outcomeOf(own, proposal, 'failed', prose`${error.message}`);
}

function outcomeOf(own: Own | null, proposal: Proposal | null, kind: OutcomeKind, why: Prose): Outcome {
  return {
    kind,
    why,
    key: proposal?.key ?? own?.marker?.key ?? null,
    fingerprints: proposal ? fingerprintsOf(proposal, own) : (own?.marker?.fingerprints ?? []),
    number: own?.pull.number ?? null,
  };
}
