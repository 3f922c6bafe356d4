import type { Ignore, IncidentRecord, ProposalRecord, Snooze, VerificationRecord } from '../store/records.ts';
import { byFingerprint } from '../store/by-fingerprint.ts';
import { overAt } from '../model/quiet-time.ts';
import type { Away, Entry, Place } from './dashboard.ts';

/** What the store knows about the incidents of one repository. */
export interface Known {
  /** Those that fail, and those that were seen lately. */
  readonly incidents: readonly IncidentRecord[];
  readonly proposals: readonly ProposalRecord[];
  readonly verifications: readonly VerificationRecord[];
  /** Those that are on now. */
  readonly snoozes: readonly Snooze[];
  readonly ignores: readonly Ignore[];
  /** Numbers of report issues, by fingerprint. */
  readonly reports: ReadonlyMap<string, number>;
  /** Logins of who closed pull requests, where it is known. */
  readonly closedBy: ReadonlyMap<number, string>;
}

/**
 * Each incident with its section, those that failed first in front. A snooze or ignore decides before anything else, and an open pull request
 * before whether the failure is over.
 */
export function entriesOf(known: Known, now: number): readonly Entry[] {
  const about = indexOf(known);
  return known.incidents
    .map((incident): Entry => {
      const { fingerprint, cluster, object, container, rule, cause, summary, firstSeen, decision } = incident;
      const { returned, returnedAt } = incident;
      const away = awayOf(incident);
      return {
        fingerprint,
        cluster,
        object,
        container,
        rule,
        cause,
        summary,
        firstSeen,
        decision,
        returned,
        returnedAt,
        away,
        place: placeOf(incident, about, away && { isOver: away.overAt <= now }),
      };
    })
    .sort((a, b) => a.firstSeen - b.firstSeen || (a.fingerprint < b.fingerprint ? -1 : 1));
}

function awayOf(incident: IncidentRecord): Away | null {
  const { notSeenSince: since, ending } = incident;
  const at = overAt(incident);
  return since === null || at === null ? null : { since, why: ending ?? 'recovered', overAt: at };
}

/** What is known by fingerprint: with ten thousand incidents, looking through all of it for each takes seconds. */
interface Index {
  readonly ignores: ReadonlyMap<string, Ignore>;
  readonly snoozes: ReadonlyMap<string, Snooze>;
  readonly proposals: ReadonlyMap<string, readonly ProposalRecord[]>;
  readonly verifications: ReadonlyMap<string, readonly VerificationRecord[]>;
  readonly reports: Known['reports'];
  readonly closedBy: Known['closedBy'];
}

function indexOf({ ignores, snoozes, proposals, verifications, reports, closedBy }: Known): Index {
  // Of several, the first.
  const one = <T extends { readonly fingerprint: string }>(records: readonly T[]): ReadonlyMap<string, T> =>
    new Map(records.toReversed().map((record) => [record.fingerprint, record]));
  return {
    ignores: one(ignores),
    snoozes: one(snoozes),
    proposals: byFingerprint(proposals),
    verifications: byFingerprint(verifications),
    reports,
    closedBy,
  };
}

function placeOf(
  { fingerprint, decision }: IncidentRecord,
  known: Index,
  away: { readonly isOver: boolean } | null,
): Place {
  const ignore = known.ignores.get(fingerprint);
  if (ignore) return { kind: 'ignored', by: ignore.by, reason: ignore.reason };
  const snooze = known.snoozes.get(fingerprint);
  if (snooze) return { kind: 'snoozed', until: snooze.until, by: snooze.by };
  const proposals = known.proposals.get(fingerprint) ?? [];
  const open = proposals.find(({ state }) => state === 'open');
  if (open && open.pullRequest !== null)
    return { kind: 'proposed', pullRequest: open.pullRequest, isDraft: open.draft, head: open.head };
  const verifications = known.verifications.get(fingerprint) ?? [];
  const merged = verifications.find(({ outcome }) => outcome !== 'resolved');
  const ended = proposals.find(({ state }) => state === 'closed' || state === 'merged');
  const isOver = away !== null && (away.isOver || ended !== undefined);
  if (isOver && merged?.outcome !== 'pending') return { kind: 'over' };
  const waiting = proposals.find(({ state }) => state === 'waiting');
  if (waiting)
    return { kind: 'waiting', why: waiting.waitingFor ?? decision?.reason ?? 'it is being opened' };
  if (merged) return { kind: 'merged', pullRequest: merged.pullRequest, outcome: merged.outcome };
  const isWanted = decision?.action === 'propose' || decision?.action === 'auto-fix' || decision?.draft;
  if (isWanted && ended?.state === 'closed' && ended.pullRequest !== null) {
    const { pullRequest, endedAt: at } = ended;
    return { kind: 'closed', pullRequest, by: known.closedBy.get(pullRequest) ?? null, at };
  }
  if (isWanted && ended?.waitingFor) return { kind: 'waiting', why: ended.waitingFor };
  switch (decision?.action) {
    case 'decline':
      return { kind: 'declined' };
    case 'escalate':
      return { kind: 'escalated', issue: known.reports.get(fingerprint) ?? null };
    case 'propose':
    case 'auto-fix':
      return { kind: 'waiting', why: decision.reason };
    case 'monitor':
    case undefined:
      return { kind: 'monitored' };
  }
}
