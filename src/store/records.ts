import type { WrittenChange } from '../model/change.ts';
import type { Action } from '../model/decision.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { RuleId } from '../model/finding.ts';
import type { Ending } from '../model/ending.ts';
import type { Remembered } from '../model/remembered.ts';

/*
 * The records of the store. Times are milliseconds since the epoch, texts are masked on their way in, and `repository` is `acme/infra`.
 */

/** What a scan says about one incident. */
export interface SeenIncident {
  readonly fingerprint: string;
  readonly object: ObjectRef;
  /** Of the object; null where it is not known. */
  readonly uid: string | null;
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
  /** Why it is not seen; null while it is. */
  readonly ending: Ending | null;
  /** How often it came back after it was gone for a while, and when it did last. Once it has stayed away for its quiet time it begins anew. */
  readonly returned: number;
  readonly returnedAt: number | null;
  /** When the audit log was told that it is gone; null while it is seen, and while its going may be a blink. */
  readonly goneToldAt: number | null;
}

/** A decision as text: its reason is what `plainText` makes of it. */
export interface RecordedDecision {
  readonly action: Action;
  readonly reason: string;
  readonly draft: boolean;
  /** Which line of the policy applied. */
  readonly policy: string;
  /** The repository that it was made for; left out by earlier versions. */
  readonly repository?: string;
  /** Why it opens no pull request, as `abstained` has it; null where it opens one, left out by earlier versions. */
  readonly code?: string | null;
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
  /** All that the cluster is diagnosed for. Left out: only those that decided here. */
  readonly repositories?: readonly string[];
  /** Why this scan does not see an incident; null where it could not have seen it: something could not be read. */
  endingOf(incident: IncidentRecord): Ending | null;
}

/** Fingerprints. */
export interface ScanOutcome {
  /** Never seen before, forgotten since, over for long, or of an object that was made anew. */
  readonly opened: readonly string[];
  /** Gone, and for long enough to be worth a record. Those that begin anew in this scan may be among them. */
  readonly gone: readonly Gone[];
  /** Seen again after they were told as gone, before they had stayed away for their quiet time. */
  readonly returned: readonly string[];
  /** Those that were opened, and those whose decision is another one than before. */
  readonly decided: readonly string[];
}

export interface Gone {
  readonly fingerprint: string;
  /** The first scan that should have seen it and did not. */
  readonly since: number;
  readonly ending: Ending;
}

export interface Snooze {
  readonly fingerprint: string;
  readonly until: number;
  /** Login. */
  readonly by: string;
  readonly reason: string | null;
  readonly at: number;
}

export interface Ignore {
  readonly fingerprint: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** What was known then. */
  readonly evidenceKinds: readonly EvidenceKind[];
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

/**
 * `resolved`: quiet all the time. `still-failing`: the incident went on after the change was applied. `worse`: something that
 * was healthy fails. `not-applied`: nothing applied the change in time. `overtaken`: something else changed the value. `gone`: what it was
 * made for was deleted.
 */
export type Outcome =
  'pending' | 'resolved' | 'still-failing' | 'worse' | 'not-applied' | 'overtaken' | 'gone';

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

/**
 * A comment, by its id (and the number of the command in it); a delivery, by `X-GitHub-Delivery`; a merged pull request that was taken
 * back, as `acme/infra#12`.
 */
export type HandledKind = 'comment' | 'delivery' | 'taken-back';

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

export interface ClusterScan {
  readonly repository: string;
  readonly cluster: string;
  /** When it was last scanned, in part at least; null before the first time. */
  readonly scannedAt: number | null;
  /** Why the last attempt did not see it, or not all of it; null when it saw everything. */
  readonly problem: string | null;
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

/** What scans of a cluster showed and it may have dropped since. */
export interface RememberedRecord {
  readonly cluster: string;
  readonly id: string;
  readonly at: number;
  readonly content: Remembered;
}
