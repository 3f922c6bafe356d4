import type { ClusterProblem } from '../cluster/state.ts';
import type { Decision } from '../decisions/decision.ts';
import type { Incident } from '../incidents/incident.ts';
import type { LocateResult } from '../locate/located.ts';
import type { Proposal, PullRequestText } from '../pull-requests/proposal.ts';

/** Everything that one run of `diagnose` found. */
export interface Report {
  readonly cluster: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What could not be read or done, with its place. */
  readonly problems: readonly ClusterProblem[];
  readonly results: readonly IncidentResult[];
}

export interface IncidentResult {
  readonly incident: Incident;
  readonly decision: Decision;
  /** Null when the finding wants no change. */
  readonly located: LocateResult | null;
  readonly proposal: Proposal | null;
  /** Null unless a pull request would be opened. Incidents with one cause share theirs. */
  readonly pullRequest: PullRequestText | null;
  /** The commit that the proof was made on; null in a plain folder. */
  readonly commit: string | null;
}
