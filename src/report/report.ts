import { describeRef } from '../kubernetes/objects.ts';
import type { Entry } from '../store/entries.ts';
import { historyOf, type PastIncident, type PastProposal } from './history.ts';
import { isWithin, type Period } from './period.ts';
import { spreadOf, type Spread } from './spread.ts';
import { wilson, type Share } from './wilson.ts';

/** What Faultline was worth in a period. docs/report.md says how each figure is worked out; times are milliseconds. */
export interface WorthReport {
  readonly since: number | null;
  readonly until: number | null;
  readonly total: Figures;
  /** By rule and team, those with the most incidents in front. */
  readonly groups: readonly (Figures & { readonly rule: string; readonly team: string })[];
  /** Workloads with more than one incident, those with the most in front. */
  readonly offenders: readonly Offender[];
  /** Incidents without a pull request, by why. */
  readonly abstentions: readonly { readonly reason: string; readonly incidents: number }[];
}

export interface Figures {
  readonly incidents: number;
  /** Those of them that were still to come. */
  readonly foreseen: number;
  /** What checks on pull requests foresaw. */
  readonly foreseenByGuard: number;
  readonly detect: Spread;
  readonly propose: Spread;
  readonly merge: Spread;
  /** Of incidents with a merged proposal, and of those without any proposal. */
  readonly recover: { readonly withFix: Spread; readonly without: Spread };
  readonly proposals: {
    readonly opened: number;
    readonly open: number;
    readonly merged: number;
    readonly edited: number;
    readonly closedByPeople: number;
    readonly closedByFaultline: number;
    readonly reverted: number;
    readonly held: number;
    readonly failed: number;
  };
  /** Merged and not reverted, of those that people decided about. */
  readonly precision: Share;
}

export interface Offender {
  readonly cluster: string;
  readonly object: string;
  readonly incidents: number;
  readonly rules: readonly string[];
}

/** @param entries of the whole log, in order: an incident of the period may have begun before it, or ended after it */
export function reportOf(entries: Iterable<Entry>, period: Period = {}): WorthReport {
  const history = historyOf(entries);
  const isIn = (at: number): boolean => isWithin(period, at);
  const incidents = history.incidents.filter(({ recordedAt }) => isIn(recordedAt));
  const proposals = history.proposals.filter(({ openedAt }) => isIn(openedAt));
  const foreseen = history.foreseen.filter(({ at }) => isIn(at));
  const figuresFor = (rule: string, team: string): Figures => {
    const ofGroup = (one: { readonly rule: string; readonly team: string }): boolean =>
      one.rule === rule && one.team === team;
    return figures(incidents.filter(ofGroup), proposals.filter(ofGroup), foreseen.filter(ofGroup).length);
  };
  const groups = new Map(
    [...incidents, ...proposals, ...foreseen].map(({ rule, team }) => [
      JSON.stringify([rule, team]),
      { rule, team },
    ]),
  );
  return {
    since: period.since ?? null,
    until: period.until ?? null,
    total: figures(incidents, proposals, foreseen.length),
    groups: [...groups.values()]
      .map(({ rule, team }) => ({ rule, team, ...figuresFor(rule, team) }))
      .sort((a, b) => b.incidents - a.incidents || compare(a.rule, b.rule) || compare(a.team, b.team)),
    offenders: offendersIn(incidents),
    abstentions: abstentionsIn(incidents),
  };
}

function figures(
  incidents: readonly PastIncident[],
  proposals: readonly PastProposal[],
  foreseenByGuard: number,
): Figures {
  const ended = (end: PastProposal['end']): readonly PastProposal[] =>
    proposals.filter((one) => one.end === end);
  const merged = ended('merged');
  const closedByPeople = ended('closed by a person').length;
  const reverted = merged.filter((one) => one.reverted).length;
  return {
    incidents: incidents.length,
    foreseen: incidents.filter((one) => one.foreseen).length,
    foreseenByGuard,
    detect: spreadOf(
      incidents
        .filter(({ isOlderThanTheLog, foreseen }) => !isOlderThanTheLog && !foreseen)
        .map(({ firstSeen, recordedAt }) => since(firstSeen, recordedAt)),
    ),
    propose: spreadOf(
      incidents.flatMap(({ recordedAt, proposals: [first] }) =>
        first ? [since(recordedAt, first.openedAt)] : [],
      ),
    ),
    merge: spreadOf(merged.map(({ openedAt, endedAt }) => since(openedAt, endedAt!))),
    recover: {
      withFix: spreadOf(incidents.flatMap(recoveredWithFix)),
      without: spreadOf(incidents.filter((one) => one.proposals.length === 0).flatMap(recoveredAlone)),
    },
    proposals: {
      opened: proposals.length,
      open: ended(null).length,
      merged: merged.length,
      edited: merged.filter(({ edited }) => edited).length,
      closedByPeople,
      closedByFaultline: ended('closed by Faultline').length,
      reverted,
      held: merged.filter(({ outcome, reverted: wasReverted }) => outcome === 'resolved' && !wasReverted)
        .length,
      failed: merged.filter(({ outcome }) => outcome === 'still-failing' || outcome === 'worse').length,
    },
    precision: wilson(merged.length - reverted, merged.length + closedByPeople),
  };
}

function recoveredWithFix({ proposals, firstSeen, goneAt, foreseen }: PastIncident): readonly number[] {
  const merged = proposals.find(({ end }) => end === 'merged');
  if (!merged || foreseen) return [];
  const at = merged.recoveredAt ?? (merged.outcome === 'resolved' ? goneAt : null);
  return at === null ? [] : [since(firstSeen, at)];
}

function recoveredAlone({ firstSeen, goneAt, foreseen }: PastIncident): readonly number[] {
  return goneAt === null || foreseen ? [] : [since(firstSeen, goneAt)];
}

function offendersIn(incidents: readonly PastIncident[]): readonly Offender[] {
  const byWorkload = Map.groupBy(incidents, ({ cluster, object }) =>
    JSON.stringify([cluster, describeRef(object)]),
  );
  return [...byWorkload.values()]
    .filter((some) => some.length > 1)
    .map((some) => ({
      cluster: some[0]!.cluster,
      object: describeRef(some[0]!.object),
      incidents: some.length,
      rules: [...new Set(some.map(({ rule }) => rule))].toSorted(),
    }))
    .sort((a, b) => b.incidents - a.incidents || compare(a.object, b.object));
}

function abstentionsIn(incidents: readonly PastIncident[]): WorthReport['abstentions'] {
  const byReason = Map.groupBy(
    incidents.filter(({ abstained }) => abstained !== null),
    ({ abstained }) => abstained!,
  );
  return [...byReason]
    .map(([reason, some]) => ({ reason, incidents: some.length }))
    .sort((a, b) => b.incidents - a.incidents || compare(a.reason, b.reason));
}

/** Clocks of a cluster and of this machine differ by a little. */
function since(from: number, to: number): number {
  return Math.max(0, to - from);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
