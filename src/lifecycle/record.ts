import { HOUR } from '../kubernetes/durations.ts';
import { plainText } from '../untrusted/prose.ts';
import type { Marker } from '../pull-requests/marker.ts';
import type { Proposal } from '../model/proposal.ts';
import type { ProposalRecord } from '../store/records.ts';
import type { Own } from './own.ts';
import { kindsOf, union } from './description.ts';
import { noteEnded, noteJudged } from './judged.ts';
import type { Run } from './run.ts';
import { writtenChange } from '../model/change.ts';

/** Remembers what GitHub knows about a proposal; what others noted about it stays. */
export function recordProposal(
  run: Run,
  own: Own,
  proposal: Proposal,
  statusComment: number | null,
): Promise<void> {
  const { store, host, now } = run;
  return store.transaction(async (part) => {
    const known = await part.proposals.byBranch(host.repository, own.pull.branch);
    const next = recordOf(run, own, proposal, known, statusComment);
    await part.proposals.change(host.repository, own.pull.branch, () => next);
    if (known?.pullRequest !== next.pullRequest || !isSameList(known.fingerprints, next.fingerprints))
      await noteJudged(part, next, proposal, now);
  });
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

function recordOf(
  { host, now }: Run,
  { pull, marker }: Own,
  proposal: Proposal,
  known: ProposalRecord | null,
  statusComment: number | null = null,
): ProposalRecord {
  return {
    ...detailsOf(proposal),
    repository: host.repository,
    branch: pull.branch,
    pullRequest: pull.number,
    head: marker?.head ?? null,
    state: pull.state,
    waitingFor: null,
    title: pull.title,
    fingerprints: marker?.fingerprints ?? proposal.incidents.map(({ fingerprint }) => fingerprint),
    provenCommit: marker?.proven ?? proposal.commit,
    evidenceKinds: marker?.kinds ?? kindsOf(proposal),
    statusComment: statusComment ?? known?.statusComment ?? null,
    approved: known?.approved ?? null,
    createdAt: pull.createdAt,
    updatedAt: now,
    endedAt: pull.mergedAt ?? pull.closedAt,
  };
}

/** Remembers that a proposal has a pull request that ended, and why there is no other one. */
export function recordEnded(run: Run, own: Own, proposal: Proposal, why: string): Promise<void> {
  const asked = proposal.incidents.map(({ fingerprint }) => fingerprint);
  return run.store.proposals.change(run.host.repository, own.pull.branch, (known) => {
    const fingerprints = union(known?.fingerprints ?? own.marker?.fingerprints, asked);
    const isSame =
      known?.state === own.pull.state &&
      known.waitingFor === why &&
      known.fingerprints.length === fingerprints.length;
    return isSame ? null : { ...recordOf(run, own, proposal, known), waitingFor: why, fingerprints };
  });
}

/** Remembers a proposal that has no pull request yet, and why. */
export function recordWaiting(
  { store, host, now }: Run,
  branch: string,
  title: string,
  proposal: Proposal,
  why: string,
): Promise<void> {
  return store.proposals.change(host.repository, branch, (known) => ({
    ...detailsOf(proposal),
    repository: host.repository,
    branch,
    pullRequest: null,
    head: null,
    state: 'waiting',
    waitingFor: why,
    title,
    fingerprints: proposal.incidents.map(({ fingerprint }) => fingerprint),
    provenCommit: proposal.commit,
    evidenceKinds: kindsOf(proposal),
    statusComment: null,
    approved: known?.approved ?? null,
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
    endedAt: null,
  }));
}

/** Forgets what has not been waiting for an hour: its failure is over, or it waits no more. */
export function forgetWaiting({ store, host, now }: Run): Promise<void> {
  const { repository } = host;
  return store.transaction(async ({ proposals }) => {
    for (const { branch, updatedAt } of await proposals.list({ repository, states: ['waiting'] }))
      if (now - updatedAt > HOUR) await proposals.remove(repository, branch);
  });
}

/** Notes that a pull request is over, once, where anything is remembered of it. */
export function recordEnd({ store, host, now }: Run, own: Own): Promise<void> {
  const { pull } = own;
  const { repository } = host;
  return store.transaction(async (part) => {
    const known = await part.proposals.byBranch(repository, pull.branch);
    if (known === null || known.state === pull.state || known.pullRequest !== pull.number) return;
    const endedAt = pull.mergedAt ?? pull.closedAt ?? now;
    await part.proposals.change(repository, pull.branch, () => ({
      ...known,
      state: pull.state,
      waitingFor: null,
      updatedAt: now,
      endedAt,
    }));
    await noteEnded(part, known, own, now);
  });
}

function detailsOf({
  key,
  base,
  decision,
  located,
}: Proposal): Pick<ProposalRecord, 'key' | 'base' | 'action' | 'draft' | 'changes'> {
  return {
    key,
    base,
    action: decision.action,
    draft: decision.draft,
    changes: located.changes.map(writtenChange),
  };
}

/** What the audit log says of a proposal. */
export function auditOf(
  { key, commit, base, incidents, decision, located }: Proposal,
  marker: Marker,
): Readonly<Record<string, unknown>> {
  return {
    key,
    base,
    proven: commit,
    head: marker.head,
    fingerprints: incidents.map(({ fingerprint }) => fingerprint),
    action: decision.action,
    reason: plainText(decision.reason),
    policy: decision.policy,
    proof: located.proof.status,
    edit: marker.edit,
  };
}
