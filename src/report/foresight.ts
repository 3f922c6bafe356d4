import { DAY } from '../kubernetes/durations.ts';
import type { Entry } from '../store/entries.ts';
import { historyOf, type PastIncident } from './history.ts';
import type { Replay, ReplayedFinding, ReplayedMerge } from './replay-file.ts';

/** How long after a change an incident may still be of it, in milliseconds. */
export const WITHIN = 14 * DAY;

/** What a replay of merges would have said, beside what went wrong: for a team that decides whether the guard may stop a merge. */
export interface ForesightReport {
  readonly changes: number;
  readonly findings: number;
  /** Findings that an incident followed. */
  readonly foreseen: readonly (Warned & { readonly incident: PastIncident })[];
  /** Incidents whose line a change of the range brought, which the replay says nothing of. */
  readonly missed: readonly { readonly merge: ReplayedMerge; readonly incident: PastIncident }[];
  /** Findings after which the log has no incident. Nobody may have noticed, or reported, a failure. */
  readonly noIncidentKnown: readonly Warned[];
  /** Findings of times that the log does not cover, or not yet. */
  readonly notKnown: readonly Warned[];
  /** Incidents that no change of the range is known to have brought. */
  readonly elsewhere: number;
}

export interface Warned {
  readonly merge: ReplayedMerge;
  readonly finding: ReplayedFinding;
}

export interface ForesightInput {
  readonly replay: Replay;
  readonly incidents: readonly PastIncident[];
  /** When the log begins and ends: before and after, no incident says nothing. Null for an empty log. */
  readonly log: { readonly begins: number; readonly ends: number } | null;
  /** The change that brought the line of an incident, by its fingerprint; left out where none of the range did. */
  readonly broughtBy: ReadonlyMap<string, string>;
}

/** Incidents of a log that a change may have brought, and when the log begins and ends. */
export function incidentsIn(entries: readonly Entry[]): Pick<ForesightInput, 'incidents' | 'log'> {
  const [first, last] = [entries[0], entries.at(-1)];
  return {
    incidents: historyOf(entries).incidents,
    log: first && last ? { begins: first.at, ends: last.at } : null,
  };
}

export function foresightReport({ replay, incidents, log, broughtBy }: ForesightInput): ForesightReport {
  const foreseen: ForesightReport['foreseen'][number][] = [];
  const noIncidentKnown: Warned[] = [];
  const notKnown: Warned[] = [];
  const told = new Set<PastIncident>();
  for (const merge of replay.changes)
    for (const finding of merge.findings) {
      const incident = incidents.find((one) => isOf(one, merge, finding));
      if (incident) {
        told.add(incident);
        foreseen.push({ merge, finding, incident });
      } else {
        const isCovered = log !== null && log.begins <= merge.at && merge.at + WITHIN <= log.ends;
        (isCovered ? noIncidentKnown : notKnown).push({ merge, finding });
      }
    }
  const byCommit = new Map(replay.changes.map((merge) => [merge.commit, merge]));
  const missed = incidents.flatMap((incident) => {
    const merge = byCommit.get(broughtBy.get(incident.fingerprint) ?? '');
    return merge && !told.has(incident) && isSoonAfter(incident, merge) ? [{ merge, incident }] : [];
  });
  return {
    changes: replay.changes.length,
    findings: replay.changes.reduce((sum, { findings }) => sum + findings.length, 0),
    foreseen,
    missed,
    noIncidentKnown,
    notKnown,
    elsewhere: incidents.length - told.size - missed.length,
  };
}

/** The same object, failing as was said or at the very line. */
function isOf(incident: PastIncident, merge: ReplayedMerge, finding: ReplayedFinding): boolean {
  if (!isSoonAfter(incident, merge)) return false;
  const { site } = incident;
  const isThere = site !== null && site.file === finding.site?.file && site.line === finding.site.line;
  return isThere || (incident.rule === finding.rule && isAbout(incident, finding));
}

function isAbout({ object, culprit }: PastIncident, { object: said }: ReplayedFinding): boolean {
  return [object, culprit].some(
    (one) =>
      said !== null &&
      one.kind === said.kind &&
      one.name === said.name &&
      (said.namespace === null || one.namespace === said.namespace),
  );
}

function isSoonAfter({ recordedAt }: PastIncident, { at }: ReplayedMerge): boolean {
  return recordedAt >= at && recordedAt <= at + WITHIN;
}
