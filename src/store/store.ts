import type { ReceivedAlert } from '../model/received-alert.ts';
import type { Remembered } from '../model/remembered.ts';
import type { AuditLog } from './audit.ts';
import type { Judgements, Outbox, Stories, Threads } from './telling.ts';
import type {
  ClusterScan,
  CommandRecord,
  EvidenceKind,
  HandledKind,
  Ignore,
  IncidentRecord,
  ProposalRecord,
  ProposalState,
  Scan,
  ScanOutcome,
  Snooze,
  UnansweredComment,
  VerificationRecord,
} from './records.ts';

/*
 * What Faultline remembers between runs. GitHub is the truth about branches, pull requests and comments: a lost file costs
 * history and never leads to a second pull request.
 *
 * What a call wrote is on the disk when its promise resolves. Times are milliseconds since the epoch and always passed in. Texts are masked on their way in. `repository` is `acme/infra`.
 */

export interface Store {
  readonly incidents: Incidents;
  readonly snoozes: Snoozes;
  readonly ignores: Ignores;
  readonly proposals: Proposals;
  readonly verifications: Verifications;
  readonly handled: Handled;
  readonly cursors: Cursors;
  readonly commands: Commands;
  readonly markers: Markers;
  readonly scans: Scans;
  readonly unanswered: Unanswered;
  readonly memories: Memories;
  readonly alerts: Alerts;
  readonly stories: Stories;
  readonly outbox: Outbox;
  readonly threads: Threads;
  readonly judgements: Judgements;
  readonly audit: AuditLog;

  /**
   * Runs all of `work` or, when it throws, nothing of it; only then is it on the disk. `work` uses the store that it is handed, one
   * call after the other, and waits for nothing else: all other calls wait for it. A transaction of that store is a part of this
   * one, which goes on when the part fails.
   */
  transaction<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** The same for work that only reads: it sees all at one moment, and waits for no other process. */
  moment<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** Forgets what was over before this time, except for the audit log, which has {@link AuditLog.retire}. Answers with how many records that were. */
  forgetBefore(time: number): Promise<number>;
  /** What is remembered of a repository belongs to another name from now on; the audit log stays as it was written. */
  renameRepository(from: string, to: string): Promise<void>;
}

export interface OpenStore extends Store {
  /** Gives the file free for another process, once the calls before it have ended. Nothing else may be called afterwards. */
  close(): Promise<void>;
}

/** Incidents of all clusters, by fingerprint. */
export interface Incidents {
  /**
   * Notes in one transaction what a scan saw. One of the same cluster that was not seen gets `notSeenSince`, if the scan would have
   * seen it.
   */
  recordScan(scan: Scan): Promise<ScanOutcome>;
  get(fingerprint: string): Promise<IncidentRecord | null>;
  /** The one seen last first. */
  list(): Promise<readonly IncidentRecord[]>;
}

/** Snoozed incidents: nothing is opened for them until a time. One snooze for a fingerprint; the last wins. */
export interface Snoozes {
  set(snooze: Snooze): Promise<void>;
  /** The one that is on at this time. */
  active(fingerprint: string, now: number): Promise<Snooze | null>;
  list(now: number): Promise<readonly Snooze[]>;
  end(fingerprint: string): Promise<void>;
}

/** Ignored incidents: nothing is opened for them until there is evidence of another kind. One for a fingerprint; the last wins. */
export interface Ignores {
  set(ignore: Ignore): Promise<void>;
  get(fingerprint: string): Promise<Ignore | null>;
  /** The one that is on; null as well when there is evidence of a kind that it did not know. */
  active(fingerprint: string, evidenceKinds: readonly EvidenceKind[]): Promise<Ignore | null>;
  list(): Promise<readonly Ignore[]>;
  end(fingerprint: string): Promise<void>;
}

/** What GitHub knew about proposals when it was asked last. One for a repository and branch; a branch is never used for two keys. */
export interface Proposals {
  /** Puts another record in the place of what is known of a branch, in one transaction. Null changes nothing. */
  change(
    repository: string,
    branch: string,
    change: (known: ProposalRecord | null) => ProposalRecord | null,
  ): Promise<void>;
  byBranch(repository: string, branch: string): Promise<ProposalRecord | null>;
  byPullRequest(repository: string, pullRequest: number): Promise<ProposalRecord | null>;
  /** Newest first. */
  byFingerprint(fingerprint: string): Promise<readonly ProposalRecord[]>;
  /** Newest first; of one repository or all, in one of these states or any. */
  list(filter?: ProposalFilter): Promise<readonly ProposalRecord[]>;
  remove(repository: string, branch: string): Promise<void>;
}

export interface ProposalFilter {
  readonly repository?: string;
  readonly states?: readonly ProposalState[];
}

/** Verifications of merged proposals: one for a pull request. */
export interface Verifications {
  /** Inserts or replaces. */
  save(verification: VerificationRecord): Promise<void>;
  get(repository: string, pullRequest: number): Promise<VerificationRecord | null>;
  /** Newest merge first. */
  byFingerprint(fingerprint: string): Promise<readonly VerificationRecord[]>;
}

/** What was handled already: redelivered or polled again, it is nothing new. Note it in the transaction of its effects. */
export interface Handled {
  has(kind: HandledKind, id: string): Promise<boolean>;
  /** False when it was noted already. */
  add(kind: HandledKind, id: string, at: number): Promise<boolean>;
}

/** Short facts by key, such as where polling goes on. */
export interface Cursors {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
}

/**
 * Commands that people gave and that still bind, or may be taken back. For the values that people set, this is the only authority:
 * what a description says about them is a hint.
 */
export interface Commands {
  /** Inserts or replaces the one with this repository and id. */
  save(command: CommandRecord): Promise<void>;
  remove(repository: string, id: string): Promise<void>;
  /** Those of one repository, or of one thread, in the order in which they were written; with those that were taken back. */
  list(repository: string, thread?: number): Promise<readonly CommandRecord[]>;
}

/** The last lines of descriptions as Faultline wrote them: whoever edits one on GitHub changes nothing here. */
export interface Markers {
  /** Notes a line that is about to be written in place of another; null where there is none, or none that is known. */
  note(repository: string, pullRequest: number, line: string, inPlaceOf: string | null): Promise<void>;
  /**
   * The newest line of each, and the one that it takes the place of: that stays when GitHub refused the newest. Those of which no line
   * is known are left out.
   */
  of(repository: string, pullRequests: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>;
}

/** The last scan of each cluster for each repository. */
export interface Scans {
  /** Without a time, that of the scan before is kept. */
  note(scan: ClusterScan): Promise<void>;
  list(repository: string): Promise<readonly ClusterScan[]>;
}

/** Comments that could not be answered yet, without their words: GitHub tells of a comment once, but shows it any time. */
export interface Unanswered {
  add(comment: UnansweredComment): Promise<void>;
  remove(comment: Pick<UnansweredComment, 'repository' | 'kind' | 'id'>): Promise<void>;
  /** Oldest first. */
  list(repository: string): Promise<readonly UnansweredComment[]>;
}

/** What scans of each cluster showed and it may have dropped since. */
export interface Memories {
  /** Inserts or replaces some and forgets others, in one transaction. */
  change(cluster: string, changed: readonly Remembered[], forgotten: readonly string[]): Promise<void>;
  /** Oldest first. */
  of(cluster: string): Promise<readonly Remembered[]>;
}

/** Alerts that sources sent, by cluster, source and id. */
export interface Alerts {
  get(key: AlertKey): Promise<ReceivedAlert | null>;
  /** Inserts or replaces. */
  save(alert: ReceivedAlert): Promise<void>;
  /** Of one cluster or all, the one received first in front. */
  list(cluster?: string): Promise<readonly ReceivedAlert[]>;
  /** Forgets those whose last notification came before this time. */
  forgetBefore(time: number): Promise<void>;
}

export type AlertKey = Pick<ReceivedAlert, 'cluster' | 'source' | 'id'>;
