import { ENDINGS, OUTCOMES } from '../dashboard/notes.ts';
import { count } from '../kubernetes/times.ts';
import { urlPath } from '../untrusted/markdown.ts';
import { markup, link, type Html } from '../untrusted/html.ts';
import { ownText, prose, sentenceOf } from '../untrusted/prose.ts';
import type { AuditRecord } from '../store/audit.ts';
import type { CommandRecord, ProposalRecord, VerificationRecord } from '../store/records.ts';
import type { Tone } from './state.ts';
import { timeOf } from './times.ts';
import type { IncidentDetail } from './views.ts';

/** Something that happened to an incident. */
export interface Moment {
  readonly at: number;
  readonly what: Html;
  readonly tone: Tone;
}

/** What is remembered of an incident, oldest first: commits before it, what scans saw, what was proposed, and what came of it. */
export function momentsOf(detail: IncidentDetail): readonly Moment[] {
  const { record, proposals, verifications, commands, audit } = detail;
  const moments = [
    ...commitsBefore(detail),
    ...(record === null ? [] : seenMoments(record, detail)),
    ...audit.flatMap((one) => auditMoments(one, detail)),
    ...proposals.flatMap((one) => proposalMoments(one, detail)),
    ...verifications.flatMap((one) => verificationMoments(one)),
    ...commands.map(commandMoment),
  ];
  // GitHub tells seconds: what happened in one is told in the order in which it must have happened.
  return moments.toSorted((a, b) => Math.floor(a.at / 1000) - Math.floor(b.at / 1000));
}

export function timelineOf(moments: readonly Moment[]): Html {
  return markup`<ol class="timeline">
    ${moments.map(({ at, what, tone }) => markup`<li class="${tone}">${timeOf(at)}${what}</li> `)}
  </ol>`;
}

function commitsBefore({ result, incident }: IncidentDetail): readonly Moment[] {
  if (result === null) return [];
  const { changes, finding } = result.incident;
  const known = (changes?.commits ?? []).map(({ commit }) => commit);
  const { introducedBy } = finding;
  const isKnown = known.some(({ sha }) => sha === introducedBy?.sha);
  const commits = introducedBy === undefined || isKnown ? known : [introducedBy, ...known];
  return commits.slice(0, 5).map(({ sha, author, subject, at }) => {
    const address = incident.remote === null ? null : `${incident.remote.url}/commit/${urlPath(sha)}`;
    return {
      at,
      what: markup`${link(address, markup`<code>${sha.slice(0, 8)}</code>`)} by ${author}: ${subject}`,
      tone: 'grey',
    };
  });
}

function seenMoments(
  record: NonNullable<IncidentDetail['record']>,
  { result }: IncidentDetail,
): readonly Moment[] {
  const { firstSeen, lastSeen, occurrences, returned, returnedAt, notSeenSince, ending } = record;
  const moments: Moment[] = [
    {
      at: firstSeen,
      what: markup`${result?.incident.finding.foresees === true ? 'First sign' : 'First failure'}`,
      tone: 'red',
    },
  ];
  if (returned > 0 && returnedAt !== null)
    moments.push({ at: returnedAt, what: markup`Came back, for the ${ordinal(returned)} time`, tone: 'red' });
  if (lastSeen > firstSeen)
    moments.push({
      at: lastSeen,
      what: markup`Last sign: ${count(occurrences, 'occurrence')} so far`,
      tone: 'red',
    });
  if (notSeenSince !== null)
    moments.push({
      at: notSeenSince,
      what: markup`${ENDINGS[ending ?? 'recovered']}: no longer seen`,
      tone: 'green',
    });
  return moments;
}

/** What scans and reports noted; proposals and their ends are told from their own records. */
function auditMoments(
  { at, kind, payload }: AuditRecord,
  { incident, record }: IncidentDetail,
): readonly Moment[] {
  const said = JSON.parse(payload) as Readonly<Record<string, unknown>>;
  const { fingerprint, remote } = incident;
  if (kind === 'issue' && typeof said['number'] === 'number') {
    const address = remote === null ? null : `${remote.url}/issues/${said['number']}`;
    return [{ at, what: markup`Reported in ${link(address, `#${said['number']}`)}`, tone: 'blue' }];
  }
  if (kind !== 'incident' || said['fingerprint'] !== fingerprint) return [];
  if (said['change'] === 'opened') return [{ at, what: markup`Recorded by Faultline`, tone: 'grey' }];
  // The last return and the last end are told already, with what is known of them.
  if (said['change'] === 'returned')
    return at === record?.returnedAt ? [] : [{ at, what: markup`Seen again`, tone: 'red' }];
  const since = typeof said['since'] === 'number' ? said['since'] : at;
  return since === record?.notSeenSince ? [] : [{ at: since, what: markup`Not seen any more`, tone: 'grey' }];
}

function ordinal(number: number): string {
  if (number % 100 >= 11 && number % 100 <= 13) return `${number}th`;
  return `${number}${['th', 'st', 'nd', 'rd'][number % 10] ?? 'th'}`;
}

function proposalMoments(proposal: ProposalRecord, { incident }: IncidentDetail): readonly Moment[] {
  const { pullRequest, title, state, createdAt, updatedAt, endedAt, approved, waitingFor, draft } = proposal;
  if (pullRequest === null)
    return [
      {
        at: createdAt,
        what: markup`Waits: ${sentenceOf(waitingFor ?? 'it is being opened')}`,
        tone: 'amber',
      },
    ];
  const isHere = incident.remote !== null && proposal.repository === incident.repository;
  const named = link(isHere ? `${incident.remote!.url}/pull/${pullRequest}` : null, `#${pullRequest}`);
  const moments: Moment[] = [
    { at: createdAt, what: markup`Proposed in ${named}${draft ? ' (draft)' : ''}: ${title}`, tone: 'blue' },
  ];
  if (approved !== null)
    moments.push({ at: updatedAt, what: markup`${named} is approved by ${approved.by}`, tone: 'blue' });
  if (endedAt !== null && state === 'merged')
    moments.push({ at: endedAt, what: markup`${named} was merged`, tone: 'violet' });
  if (endedAt !== null && state === 'closed')
    moments.push({ at: endedAt, what: markup`${named} was closed without a merge`, tone: 'grey' });
  return moments;
}

function verificationMoments(verification: VerificationRecord): readonly Moment[] {
  const { pullRequest, appliedAt, outcome, decidedAt, revertPullRequest } = verification;
  const moments: Moment[] = [];
  if (appliedAt !== null)
    moments.push({
      at: appliedAt,
      what: markup`The cluster has the change of #${pullRequest}`,
      tone: 'violet',
    });
  if (decidedAt !== null)
    moments.push({
      at: decidedAt,
      what: markup`${OUTCOMES[outcome]}${revertPullRequest === null ? null : `; #${revertPullRequest} reverts it`}`,
      tone: outcome === 'resolved' ? 'green' : outcome === 'gone' || outcome === 'overtaken' ? 'grey' : 'red',
    });
  return moments;
}

function commandMoment({ by, kind, field, value, isTakenBack, writtenAt }: CommandRecord): Moment {
  const what =
    kind === 'set'
      ? prose`${by} set ${field ?? 'the value'} to ${value ?? 'what Faultline proposes'}`
      : prose`${by} asked to ${ownText(kind)} it`;
  return { at: writtenAt, what: markup`${what}${isTakenBack ? ' (taken back)' : null}`, tone: 'grey' };
}
