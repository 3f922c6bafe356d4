import type { ClusterProblem } from './cluster-state.ts';
import type { BlamedField } from './blame.ts';
import type { Decision } from './decision.ts';
import type { Incident } from './incident.ts';
import type { LocateResult } from './located.ts';
import type { Proposal, PullRequestText } from './proposal.ts';

/** What `diagnose` found, as values; each writer in this folder makes one kind of text of it. */
export interface Report {
  readonly cluster: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What could not be read or done; the rest of the work went on. */
  readonly problems: readonly ClusterProblem[];
  readonly results: readonly IncidentResult[];
}

export interface IncidentResult {
  readonly incident: Incident;
  readonly decision: Decision;
  /** null when the finding wants no change. */
  readonly located: LocateResult | null;
  /** The lines of the fields that the finding blames. */
  readonly blames?: readonly BlamedField[];
  readonly proposal: Proposal | null;
  /** What would be opened; null unless the decision is to open something. Incidents of one proposal share it. */
  readonly pullRequest: PullRequestText | null;
  /** The commit that was diagnosed; null without one. */
  readonly commit: string | null;
}
