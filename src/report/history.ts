import type { Entry, IncidentOpened, PullRequestOpened, RecordedSite } from '../store/entries.ts';

/** One incident, from its first record to its end. Times are milliseconds since the epoch. */
export interface PastIncident {
  readonly fingerprint: string;
  readonly cluster: string;
  readonly rule: string;
  readonly cause: string;
  readonly object: IncidentOpened['object'];
  readonly culprit: IncidentOpened['culprit'];
  readonly team: string;
  readonly foreseen: boolean;
  readonly firstSeen: number;
  readonly recordedAt: number;
  /** It began before anything was recorded of its cluster: how long it took to see says nothing. */
  readonly isOlderThanTheLog: boolean;
  /** Since when it was not seen any more; null while it is. */
  goneAt: number | null;
  /** Why no pull request was opened, as decided last; null where one was, or is to be. */
  abstained: string | null;
  readonly proposals: PastProposal[];
  /** The repository and line that were said to be at fault first; null where none was. */
  repository: string | null;
  site: RecordedSite | null;
}

export interface PastProposal {
  readonly repository: string;
  readonly number: number;
  readonly rule: string;
  readonly team: string;
  /** The incident that it is for in the first place. */
  readonly about: PullRequestOpened['incident'];
  readonly openedAt: number;
  end: 'merged' | 'closed by a person' | 'closed by Faultline' | null;
  endedAt: number | null;
  /** When Faultline learned of that. */
  endRecordedAt: number | null;
  edited: boolean;
  reverted: boolean;
  /** What verification said last, and when. */
  outcome: string | null;
  outcomeAt: number | null;
  /** When the failure went away after the merge; null where it is not known. */
  recoveredAt: number | null;
}

export interface History {
  readonly incidents: readonly PastIncident[];
  readonly proposals: readonly PastProposal[];
  /** Findings of checks on pull requests, each once for a pull request. */
  readonly foreseen: readonly { readonly rule: string; readonly team: string; readonly at: number }[];
}

const NO_TEAM = '(none)';

/** What entries of an audit log tell, put together. */
export function historyOf(entries: Iterable<Entry>): History {
  const incidents: PastIncident[] = [];
  const current = new Map<string, PastIncident>();
  const proposals = new Map<string, PastProposal>();
  const foreseen = new Map<string, History['foreseen'][number]>();
  const clusters = new Map<string, number>();
  for (const entry of entries) {
    const { at } = entry;
    switch (entry.kind) {
      case 'incident': {
        const { said } = entry;
        if (!clusters.has(said.cluster)) clusters.set(said.cluster, at);
        if (said.change === 'opened') {
          const incident = begun(said, at, said.firstSeen < clusters.get(said.cluster)!);
          incidents.push(incident);
          current.set(said.fingerprint, incident);
        } else {
          const incident = current.get(said.fingerprint);
          if (incident) incident.goneAt = said.change === 'gone' ? (said.since ?? at) : null;
        }
        break;
      }
      case 'decision': {
        const incident = current.get(entry.said.fingerprint);
        // What is decided after the merge is that git says so already.
        if (incident && incident.proposals.length === 0) incident.abstained = entry.said.code;
        if (incident && entry.said.site && incident.site === null) place(incident, entry.said);
        break;
      }
      case 'pull-request': {
        const { said } = entry;
        const key = `${said.repository}#${said.number}`;
        if ('opened' in said) {
          const proposal = opened(said, at, current.get(said.incident.fingerprint)?.team);
          proposals.set(key, proposal);
          for (const fingerprint of said.fingerprints) {
            const incident = current.get(fingerprint);
            if (!incident) continue;
            if (incident.site === null) place(incident, said);
            incident.proposals.push(proposal);
            incident.abstained = null;
          }
        }
        const proposal = proposals.get(key);
        if (!proposal) break;
        if ('ended' in said) {
          proposal.end =
            said.ended === 'merged'
              ? 'merged'
              : `closed by ${said.closedBy === 'faultline' ? 'Faultline' : 'a person'}`;
          proposal.endedAt = said.endedAt;
          proposal.endRecordedAt = at;
          proposal.edited = said.edited;
        } else if ('takenBack' in said) proposal.reverted = true;
        break;
      }
      case 'verification': {
        const proposal = proposals.get(`${entry.said.repository}#${entry.said.number}`);
        if (!proposal) break;
        const { outcome, times, mergedAt } = entry.said;
        proposal.outcome = outcome;
        proposal.outcomeAt = at;
        if (outcome === 'resolved' && times.recover !== null) proposal.recoveredAt = mergedAt + times.recover;
        break;
      }
      case 'guard': {
        const { repository, number, findings } = entry.said;
        for (const { rule, object } of findings) {
          const key = JSON.stringify([repository, number, rule, object.kind, object.namespace, object.name]);
          if (!foreseen.has(key)) foreseen.set(key, { rule, team: object.namespace ?? NO_TEAM, at });
        }
        break;
      }
      case 'issue':
        break;
    }
  }
  return { incidents, proposals: [...proposals.values()], foreseen: [...foreseen.values()] };
}

function begun(said: IncidentOpened, recordedAt: number, isOlderThanTheLog: boolean): PastIncident {
  const { fingerprint, cluster, rule, cause, object, culprit = object, foreseen, firstSeen } = said;
  return {
    fingerprint,
    cluster,
    rule,
    cause,
    object,
    culprit,
    team: said.team ?? object.namespace ?? NO_TEAM,
    foreseen,
    firstSeen,
    recordedAt,
    isOlderThanTheLog,
    goneAt: null,
    abstained: null,
    proposals: [],
    repository: null,
    site: null,
  };
}

function place(
  incident: PastIncident,
  { repository, site }: { readonly repository: string; readonly site: RecordedSite | null },
): void {
  // Records of earlier versions have no line.
  if (site) Object.assign(incident, { repository, site });
}

function opened(
  { repository, number, incident }: PullRequestOpened,
  openedAt: number,
  team = incident.object.namespace ?? NO_TEAM,
): PastProposal {
  return {
    repository,
    number,
    rule: incident.rule,
    team,
    about: incident,
    openedAt,
    end: null,
    endedAt: null,
    endRecordedAt: null,
    edited: false,
    reverted: false,
    outcome: null,
    outcomeAt: null,
    recoveredAt: null,
  };
}
