import type { Action } from '../model/decision.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { RuleId } from '../model/finding.ts';
import type { AuditLog } from './audit.ts';
import type { WrittenChange } from '../model/change.ts';

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
  readonly audit: AuditLog;

  /**
   * Runs all of `work` or, when it throws, nothing of it; only then is it on the disk. `work` uses the store that it is handed, one
   * call after the other, and waits for nothing else: all other calls wait for it. A transaction of that store is a part of this
   * one, which goes on when the part fails.
   */
  transaction<T>(work: (store: Store) => Promise<T>): Promise<T>;
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

/** What a scan says about one incident. */
export interface SeenIncident {
  readonly fingerprint: string;
  readonly object: ObjectRef;
  readonly container: string | null;
  readonly rule: RuleId;
  readonly cause: string;
  /** One sentence. */
  readonly summary: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
  readonly evidenceKinds: readonly EvidenceKind[];
  /** Null while none was made. */
  readonly decision: RecordedDecision | null;
}

export interface IncidentRecord extends SeenIncident {
  readonly cluster: string;
  /** The first scan that should have seen it and did not; null while it is seen. */
  readonly notSeenSince: number | null;
}

/** A decision as text: its reason is what `plainText` makes of it. */
export interface RecordedDecision {
  readonly action: Action;
  readonly reason: string;
  readonly draft: boolean;
  /** Which line of the policy applied. */
  readonly policy: string;
}

/**
 * What sort of evidence there was, coarse enough to stay the same from scan to scan: `tag-not-found:event`, the cause and the
 * source. New evidence of a different kind is one that was not there before.
 */
export type EvidenceKind = string;

export interface Scan {
  readonly cluster: string;
  readonly at: number;
  readonly incidents: readonly SeenIncident[];
  /** Whether this scan would have seen the incident if it were still there: not so where something could not be read. */
  covers(incident: IncidentRecord): boolean;
}

/** Fingerprints. */
export interface ScanOutcome {
  /** Never seen before, or forgotten since. */
  readonly opened: readonly string[];
  /** Not seen, for the first time. */
  readonly disappeared: readonly string[];
}

/** Snoozed incidents: nothing is opened for them until a time. One snooze for a fingerprint; the last wins. */
export interface Snoozes {
  set(snooze: Snooze): Promise<void>;
  /** The one that is on at this time. */
  active(fingerprint: string, now: number): Promise<Snooze | null>;
  list(now: number): Promise<readonly Snooze[]>;
  end(fingerprint: string): Promise<void>;
}

export interface Snooze {
  readonly fingerprint: string;
  readonly until: number;
  /** Login. */
  readonly by: string;
  readonly reason: string | null;
  readonly at: number;
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

export interface Ignore {
  readonly fingerprint: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** What was known then. */
  readonly evidenceKinds: readonly EvidenceKind[];
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

/** `waiting`: for a limit, a freeze or another proposal; there may be a branch, but no pull request. */
export type ProposalState = 'waiting' | 'open' | 'merged' | 'closed';

export interface ProposalRecord {
  readonly repository: string;
  readonly branch: string;
  readonly key: string;
  readonly base: string;
  readonly pullRequest: number | null;
  /** Our commit that the branch points to; somebody else pushed where GitHub says another. */
  readonly head: string | null;
  readonly state: ProposalState;
  /** Why it waits; null when it does not. */
  readonly waitingFor: string | null;
  readonly title: string;
  readonly action: Action;
  readonly draft: boolean;
  readonly fingerprints: readonly string[];
  /** The commit of the base that the proof was made on. */
  readonly provenCommit: string;
  /** Null until it was made. */
  readonly statusComment: number | null;
  readonly evidenceKinds: readonly EvidenceKind[];
  /** What the cluster shows once the change is applied. Masked like everything here: compare with masked values. */
  readonly changes: readonly WrittenChange[];
  /**
   * The head that somebody approved of with `/rca approve`, and who; null when nobody did. `waits`: GitHub has nothing to wait for,
   * so Faultline merges once a required check has passed.
   */
  readonly approved: { readonly head: string; readonly by: string; readonly waits?: true } | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When it was merged or closed. */
  readonly endedAt: number | null;
}

/** Verifications of merged proposals: one for a pull request. */
export interface Verifications {
  /** Inserts or replaces. */
  save(verification: VerificationRecord): Promise<void>;
  get(repository: string, pullRequest: number): Promise<VerificationRecord | null>;
  /** Newest merge first. */
  byFingerprint(fingerprint: string): Promise<readonly VerificationRecord[]>;
}

/**
 * `resolved`: quiet all the time. `still-failing`: the incident went on after the change was applied. `worse`: something that
 * was healthy fails. `not-applied`: nothing applied the change in time. `overtaken`: something else changed the value.
 */
export type Outcome = 'pending' | 'resolved' | 'still-failing' | 'worse' | 'not-applied' | 'overtaken';

export interface VerificationRecord {
  readonly repository: string;
  readonly pullRequest: number;
  readonly key: string;
  readonly cluster: string;
  readonly fingerprints: readonly string[];
  readonly mergedAt: number;
  readonly mergeCommit: string | null;
  /** When the change was seen in the cluster; null until then. */
  readonly appliedAt: number | null;
  /** End of the quiet time; null until the change was applied. */
  readonly quietUntil: number | null;
  /** Objects of the proof that were healthy at the merge. */
  readonly baseline: readonly ObjectRef[];
  readonly outcome: Outcome;
  /** When the outcome was known; null while it is pending. */
  readonly decidedAt: number | null;
  /** The pull request that reverts this one; null without one. */
  readonly revertPullRequest: number | null;
  readonly times: StageTimes;
}

/** Milliseconds each stage took; null where it is not known or not over. */
export interface StageTimes {
  /** From the failure to the scan that saw it. */
  readonly detect: number | null;
  /** From there to the pull request. */
  readonly propose: number | null;
  /** From the pull request to its merge. */
  readonly merge: number | null;
  /** From the merge to the first moment of the quiet time that lasted. */
  readonly recover: number | null;
}

/** What was handled already: redelivered or polled again, it is nothing new. Note it in the transaction of its effects. */
export interface Handled {
  has(kind: HandledKind, id: string): Promise<boolean>;
  /** False when it was noted already. */
  add(kind: HandledKind, id: string, at: number): Promise<boolean>;
}

/** A comment, by its id (and the number of the command in it); a delivery, by `X-GitHub-Delivery`. */
export type HandledKind = 'comment' | 'delivery';

/** Where polling goes on, and what conditional requests need. */
export interface Cursors {
  get(key: string): Promise<Cursor | null>;
  set(key: string, cursor: Cursor): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface Cursor {
  readonly value: string;
  readonly etag: string | null;
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

export interface CommandRecord {
  readonly repository: string;
  /** Number of the issue or pull request that the command was given in. */
  readonly thread: number;
  /** Of the comment and the command in it: `123/0`. */
  readonly id: string;
  /** When it was written, milliseconds since the epoch. */
  readonly writtenAt: number;
  /** Login. */
  readonly by: string;
  readonly kind: 'set' | 'snooze' | 'ignore';
  /** Of the incidents that it is for. */
  readonly fingerprints: readonly string[];
  /** For `set`: the field as the finding writes it, and the value; null for what Faultline proposes. */
  readonly field: string | null;
  readonly value: string | null;
  /** For `snooze` and `ignore`: what was on before, to be put back. */
  readonly replaced: readonly Replaced[];
  readonly isTakenBack: boolean;
}

/** A silence that another one took the place of. */
export interface Replaced {
  readonly snooze: Snooze | null;
  readonly ignore: Ignore | null;
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

export interface ClusterScan {
  readonly repository: string;
  readonly cluster: string;
  /** When it was last scanned, in part at least; null before the first time. */
  readonly scannedAt: number | null;
  /** Why the last attempt did not see it, or not all of it; null when it saw everything. */
  readonly problem: string | null;
}

/** Comments that could not be answered yet, without their words: GitHub tells of a comment once, but shows it any time. */
export interface Unanswered {
  add(comment: UnansweredComment): Promise<void>;
  remove(comment: Pick<UnansweredComment, 'repository' | 'kind' | 'id'>): Promise<void>;
  /** Oldest first. */
  list(repository: string): Promise<readonly UnansweredComment[]>;
}

/** A comment, review or description, by the id that it has among its like. */
export interface UnansweredComment {
  readonly repository: string;
  readonly kind: 'comment' | 'review-comment' | 'review' | 'description';
  readonly id: number;
  /** Number of the issue or pull request. */
  readonly thread: number;
  /** For a review comment: the first comment of its thread. */
  readonly root: number | null;
  /** Login. */
  readonly author: string;
  readonly createdAt: number;
}
