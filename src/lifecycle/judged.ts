import type { Proposal } from '../model/proposal.ts';
import { workloadKey } from '../model/workload-key.ts';
import type { PullRequestEnded, TakenBack } from '../store/entries.ts';
import type { Store } from '../store/store.ts';
import type { ProposalRecord } from '../store/records.ts';
import type { Own } from './own.ts';
import type { Run } from './run.ts';

/** Notes for which workloads and rules a pull request is: how it ends says how much such fixes are worth there. */
export async function noteJudged(
  { judgements }: Pick<Store, 'judgements'>,
  record: Pick<ProposalRecord, 'repository' | 'pullRequest'>,
  { incidents }: Proposal,
  now: number,
): Promise<void> {
  const { repository, pullRequest } = record;
  if (pullRequest === null) return;
  for (const { cluster, finding } of incidents) {
    const workload = workloadKey(cluster, finding.object);
    await judgements.note({ repository, pullRequest, workload, rule: finding.rule }, now);
  }
}

/** Notes that a pull request is over: in the audit log, and where a person closed it, as a judgement. */
export async function noteEnded(
  { audit, judgements }: Pick<Store, 'audit' | 'judgements'>,
  known: ProposalRecord,
  { pull, marker }: Own,
  now: number,
): Promise<void> {
  if (pull.state === 'open') return;
  const { repository } = known;
  const head = marker?.head ?? known.head;
  const isClosed = pull.state === 'closed';
  const closedBy = !isClosed ? null : marker?.closed === undefined ? 'person' : 'faultline';
  const ended: PullRequestEnded = {
    ended: pull.state,
    repository,
    number: pull.number,
    endedAt: pull.mergedAt ?? pull.closedAt ?? now,
    edited: head !== null && pull.head !== head,
    closedBy,
  };
  await audit.append('pull-request', { ...ended }, now);
  if (closedBy === 'person') await judgements.settle(repository, pull.number, 'rejected', now);
}

/**
 * Notes, once, that a merged change was taken back.
 *
 * @param by the pull request that did it; null where git shows the value from before, however it came there
 */
export async function noteTakenBack(
  { store, host, now }: Run,
  number: number,
  by: number | null,
): Promise<void> {
  const { repository } = host;
  await store.transaction(async ({ handled, audit, judgements }) => {
    if (!(await handled.add('taken-back', `${repository}#${number}`, now))) return;
    const said: TakenBack = { takenBack: true, repository, number, by };
    await audit.append('pull-request', { ...said }, now);
    await judgements.settle(repository, number, 'reverted', now);
  });
}
