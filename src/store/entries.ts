import { isRecord, type ObjectRef } from '../kubernetes/objects.ts';
import type { Action } from '../model/decision.ts';
import type { Ending } from '../model/ending.ts';
import type { AuditRecord } from './audit.ts';
import type { Outcome, StageTimes } from './records.ts';

/*
 * Records of the audit log that others read: whoever tells people what happened, and whoever counts what it was worth. Times in them are
 * milliseconds since the epoch. Records of earlier versions lack members and are passed over.
 */

type Named = Pick<ObjectRef, 'kind' | 'namespace' | 'name'>;

/** A place in git, as records name it. */
export interface RecordedSite {
  readonly file: string;
  readonly line: number;
}

export interface IncidentOpened {
  readonly change: 'opened';
  readonly fingerprint: string;
  readonly cluster: string;
  readonly rule: string;
  readonly cause: string;
  readonly object: Named;
  readonly culprit: Named;
  /** Who owns the object, by its labels or those of its namespace; null where none say it. */
  readonly team: string | null;
  /** It is still to come. */
  readonly foreseen: boolean;
  readonly firstSeen: number;
  /** One sentence, as `markedText` writes it. */
  readonly summary: string;
}

/**
 * An incident that was not seen any more, or that was seen again after that, before its quiet time was over. Short goings are passed over: the
 * longer the more often it came back.
 */
export interface IncidentChanged {
  readonly change: 'gone' | 'returned';
  readonly fingerprint: string;
  readonly cluster: string;
  readonly ending: Ending | null;
  /** Of what is gone: the first scan that did not see it. Left out by earlier versions, which recorded that scan itself. */
  readonly since?: number;
}

export interface DecisionMade {
  readonly fingerprint: string;
  readonly cluster: string;
  readonly action: Action;
  readonly reason: string;
  /** Why it opens no pull request, from a closed set; null where it opens one. */
  readonly code: string | null;
  readonly policy: string;
  readonly repository: string;
  readonly site: RecordedSite | null;
}

export interface PullRequestOpened {
  readonly opened: true;
  readonly repository: string;
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly fingerprints: readonly string[];
  readonly site: RecordedSite;
  /** Of the incident that it is for in the first place. */
  readonly incident: Omit<IncidentOpened, 'change' | 'team'>;
}

export interface PullRequestEnded {
  readonly ended: 'merged' | 'closed';
  readonly repository: string;
  readonly number: number;
  /** When it was merged or closed. */
  readonly endedAt: number;
  /** Whether somebody else had pushed to its branch. */
  readonly edited: boolean;
  /** Who closed it; for a merge, null. */
  readonly closedBy: 'person' | 'faultline' | null;
}

/** A merged change that was reverted. */
export interface TakenBack {
  readonly takenBack: true;
  readonly repository: string;
  readonly number: number;
  /** The pull request that did it; null where git shows the value from before, however it came there. */
  readonly by: number | null;
}

export interface Verified {
  readonly repository: string;
  readonly number: number;
  readonly outcome: Outcome;
  readonly times: StageTimes;
  readonly mergedAt: number;
}

export interface IssueOpened {
  readonly repository: string;
  readonly number: number;
  /** Its page; left out by earlier versions. */
  readonly url?: string;
  readonly title: string;
  readonly fingerprint: string;
  readonly cause: string;
}

/** What a check on somebody's pull request foresaw: one entry for a head of it. */
export interface GuardForesaw {
  readonly repository: string;
  readonly number: number;
  readonly head: string;
  readonly findings: readonly { readonly rule: string; readonly cause: string; readonly object: Named }[];
}

export type Entry = { readonly sequence: number; readonly at: number } & (
  | { readonly kind: 'incident'; readonly said: IncidentOpened | IncidentChanged }
  | { readonly kind: 'decision'; readonly said: DecisionMade }
  | { readonly kind: 'pull-request'; readonly said: PullRequestOpened | PullRequestEnded | TakenBack }
  | { readonly kind: 'verification'; readonly said: Verified }
  | { readonly kind: 'issue'; readonly said: IssueOpened }
  | { readonly kind: 'guard'; readonly said: GuardForesaw }
);

/** By kind: which members tell that a record says what is read. One list is enough. */
const SAYS: Readonly<Record<Entry['kind'], readonly (readonly string[])[]>> = {
  incident: [
    ['change', 'fingerprint', 'cluster', 'rule', 'object', 'firstSeen'],
    ['change', 'fingerprint', 'cluster', 'ending'],
  ],
  decision: [['fingerprint', 'cluster', 'action']],
  'pull-request': [
    ['opened', 'repository', 'number', 'fingerprints', 'incident'],
    ['ended', 'repository', 'number', 'endedAt'],
    ['takenBack', 'repository', 'number'],
  ],
  verification: [['repository', 'number', 'outcome', 'times']],
  issue: [['repository', 'number', 'fingerprint']],
  guard: [['repository', 'number', 'findings']],
};

/** What a record says to those who read it; null for all other records. */
export function entryOf({ sequence, at, kind, payload }: AuditRecord): Entry | null {
  if (!Object.hasOwn(SAYS, kind)) return null;
  const said: unknown = JSON.parse(payload);
  if (!isRecord(said)) return null;
  const isRead = SAYS[kind as Entry['kind']].some((members) => members.every((member) => member in said));
  return isRead ? ({ sequence, at, kind, said } as unknown as Entry) : null;
}

/** All entries of a log, in order. */
export async function* entriesIn(records: AsyncIterable<AuditRecord>): AsyncIterable<Entry> {
  for await (const record of records) {
    const entry = entryOf(record);
    if (entry !== null) yield entry;
  }
}

/** The same as a list. @returns null where there are more than `most` */
export function readEntries(records: AsyncIterable<AuditRecord>): Promise<readonly Entry[]>;
export function readEntries(
  records: AsyncIterable<AuditRecord>,
  most: number,
): Promise<readonly Entry[] | null>;
export async function readEntries(
  records: AsyncIterable<AuditRecord>,
  most = Infinity,
): Promise<readonly Entry[] | null> {
  const all: Entry[] = [];
  for await (const entry of entriesIn(records)) {
    if (all.length === most) return null;
    all.push(entry);
  }
  return all;
}
