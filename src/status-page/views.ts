import type { Entry } from '../dashboard/dashboard.ts';
import type { Culprit } from '../model/finding.ts';
import type { IncidentResult } from '../model/report.ts';
import type { Remote } from '../model/remote.ts';
import type { Prose, Untrusted } from '../untrusted/prose.ts';
import type { AuditRecord } from '../store/audit.ts';
import type { CommandRecord, IncidentRecord, ProposalRecord, VerificationRecord } from '../store/records.ts';

/** What the page shows, as values. Times are milliseconds since the epoch. */

/** What all clusters show now, and what became of it. */
export interface Overview {
  readonly now: number;
  /** The worst first: what fails now and has a fix, what else fails now, what will fail, what has stopped. */
  readonly incidents: readonly ShownIncident[];
  readonly clusters: readonly ShownCluster[];
}

/** One incident of the overview. */
export interface ShownIncident extends Entry {
  /** Nothing fails yet. */
  readonly isForeseen: boolean;
  /** Null where this process has not diagnosed it itself. */
  readonly culprit: Culprit | null;
  readonly affected: number;
  /** The repository that can do something about it; null where none was asked. */
  readonly repository: string | null;
  /** Null where it is not known. */
  readonly remote: Remote | null;
  /** The line that decides, linked as it was at the commit that was diagnosed. */
  readonly line: Prose | Untrusted | null;
  /** The newest proposal for it; null where there was none. */
  readonly proposal: { readonly pullRequest: number | null; readonly title: string } | null;
  /** False where the last scan could not tell whether it is still there. */
  readonly isSeen: boolean;
}

export interface ShownCluster {
  readonly name: string;
  /** When it was last scanned, in part at least, by this process or another; null before the first time. */
  readonly scannedAt: number | null;
  /** Why the last attempt did not see it, or not all of it. */
  readonly problem: string | null;
  /** Nothing of it could be read when this process tried last. */
  readonly isAway: boolean;
}

/** All that is known of one incident. */
export interface IncidentDetail {
  readonly now: number;
  readonly incident: ShownIncident;
  /** As this process diagnosed it last; null where it did not. */
  readonly result: IncidentResult | null;
  readonly record: IncidentRecord | null;
  /** Newest first. */
  readonly proposals: readonly ProposalRecord[];
  readonly verifications: readonly VerificationRecord[];
  readonly commands: readonly CommandRecord[];
  /** Of the audit log, oldest first, those that name it. */
  readonly audit: readonly AuditRecord[];
}
