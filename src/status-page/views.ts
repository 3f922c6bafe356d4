import type { ConfigError } from '../config/checked-yaml.ts';
import type { Entry } from '../dashboard/dashboard.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import type { GitHubLimit } from '../model/github-limit.ts';
import type { Culprit } from '../model/finding.ts';
import type { IncidentResult } from '../model/report.ts';
import type { Remote } from '../model/remote.ts';
import type { Prose, Untrusted } from '../untrusted/prose.ts';
import type { AuditRecord } from '../store/audit.ts';
import type {
  ClusterScan,
  CommandRecord,
  IncidentRecord,
  ProposalRecord,
  RecordedDecision,
  VerificationRecord,
} from '../store/records.ts';
import type { WorthReport } from '../report/report.ts';

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
  /** One sentence on what broke. */
  readonly told: Prose;
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

/** One cluster with its health. */
export interface ClusterDetail extends ShownCluster {
  /** How it is read: `context prod-eu`, `a recording`. */
  readonly source: string;
  /** Those that deploy to it; null for all. */
  readonly repositories: readonly string[] | null;
  /** False for a recording. */
  readonly isWatched: boolean;
  /** Of Kubernetes; null where it is not known. */
  readonly version: string | null;
  /** Objects that are watched, and milliseconds since the server said anything of the kind that is silent longest; null where it is not watched. */
  readonly objects: number | null;
  readonly lag: number | null;
  /** Kinds that are not simply watched: forbidden, missing, polled, failing. */
  readonly kinds: readonly ShownKind[];
  /** What could not be read when it was read last. */
  readonly problems: readonly ClusterProblem[];
  /** Incidents that fail now. */
  readonly failing: number;
}

export interface ShownKind {
  /** `deployments.apps` */
  readonly resource: string;
  /** Null: everywhere. */
  readonly namespace: string | null;
  readonly status: 'listing' | 'polling' | 'forbidden' | 'missing' | 'failing';
}

export interface ClustersView {
  readonly now: number;
  readonly clusters: readonly ClusterDetail[];
}

/** One repository that the App is installed in. */
export interface RepositoryDetail {
  readonly name: string;
  readonly branch: string;
  readonly remote: Remote | null;
  /** The commit that was diagnosed last by this process; null before. */
  readonly commit: string | null;
  /** Why nothing is asked or written for now; null where something is. */
  readonly paused: string | null;
  readonly notices: readonly string[];
  readonly scans: readonly ClusterScan[];
  readonly configErrors: readonly ConfigError[];
  /** Pull requests that are open, and proposals that wait. */
  readonly open: number;
  readonly waiting: number;
}

export interface RepositoriesView {
  readonly now: number;
  readonly repositories: readonly RepositoryDetail[];
  readonly limits: readonly GitHubLimit[];
}

/** What was decided about an incident last, and why. */
export interface ShownDecision {
  readonly fingerprint: string;
  readonly cluster: string;
  readonly object: ObjectRef;
  readonly rule: string;
  readonly cause: string;
  readonly decision: RecordedDecision;
  readonly lastSeen: number;
  /** Whether it fails, or is still to come. */
  readonly isNow: boolean;
}

export interface DecisionsView {
  readonly now: number;
  /** The one seen last first. */
  readonly decisions: readonly ShownDecision[];
}

/** A setting, its value as text, and where that comes from. */
export interface ShownSetting {
  readonly name: string;
  readonly value: string;
  /** `.github/faultline.yml:4`, `built-in default` */
  readonly origin: string;
}

export interface ConfigurationView {
  readonly now: number;
  readonly repositories: readonly {
    readonly name: string;
    readonly settings: readonly ShownSetting[];
    readonly errors: readonly ConfigError[];
  }[];
  /** Those of the process. */
  readonly service: readonly ShownSetting[];
}

export interface WorthView {
  readonly now: number;
  /** Null where the audit log is longer than is read for a page. */
  readonly report: WorthReport | null;
}
