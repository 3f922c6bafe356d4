import type { ReceivedAlert } from '../model/received-alert.ts';
import type { AuditRecord } from './audit.ts';
import type {
  ClusterScan,
  CommandRecord,
  HandledKind,
  Ignore,
  IncidentRecord,
  ProposalRecord,
  RememberedRecord,
  Snooze,
  UnansweredComment,
  VerificationRecord,
} from './records.ts';
import type { Story } from '../model/story.ts';
import type { JudgementRecord, OutboxRecord, ThreadRecord } from './telling.ts';

/** `word`: stored as it is. `text`: masked. `json`: masked, and stored as JSON. `flag`: a boolean, stored as 0 or 1. */
export type ColumnType = 'word' | 'text' | 'json' | 'flag';

/** The records of each table. */
export interface Records {
  readonly incidents: IncidentRecord;
  readonly snoozes: Snooze;
  readonly ignores: Ignore;
  readonly proposals: ProposalRecord;
  readonly verifications: VerificationRecord;
  readonly handled: { readonly kind: HandledKind; readonly id: string; readonly at: number };
  readonly cursors: { readonly key: string; readonly value: string };
  readonly commands: CommandRecord;
  readonly markers: NotedMarker;
  readonly scans: ClusterScan;
  readonly unanswered: UnansweredComment;
  readonly remembered: RememberedRecord;
  readonly alerts: ReceivedAlert;
  readonly stories: { readonly fingerprint: string; readonly at: number; readonly content: Story };
  readonly outbox: OutboxRecord;
  readonly threads: ThreadRecord;
  readonly judgements: JudgementRecord;
}

/** The last line of a description, and the one that it took the place of. */
interface NotedMarker {
  readonly repository: string;
  readonly pullRequest: number;
  readonly line: string;
  readonly before: string | null;
}

export type TableName = keyof Records;

/** The columns of each table: every member of its records. */
export const COLUMNS = {
  incidents: {
    fingerprint: 'word',
    cluster: 'word',
    object: 'json',
    uid: 'word',
    container: 'word',
    rule: 'word',
    cause: 'word',
    summary: 'text',
    firstSeen: 'word',
    lastSeen: 'word',
    occurrences: 'word',
    evidenceKinds: 'json',
    decision: 'json',
    notSeenSince: 'word',
    ending: 'word',
    returned: 'word',
    returnedAt: 'word',
    goneToldAt: 'word',
  },
  snoozes: { fingerprint: 'word', until: 'word', by: 'word', reason: 'text', at: 'word' },
  ignores: { fingerprint: 'word', by: 'word', reason: 'text', at: 'word', evidenceKinds: 'json' },
  proposals: {
    repository: 'word',
    branch: 'word',
    key: 'word',
    base: 'word',
    pullRequest: 'word',
    head: 'word',
    state: 'word',
    waitingFor: 'text',
    title: 'text',
    action: 'word',
    draft: 'flag',
    fingerprints: 'json',
    provenCommit: 'word',
    statusComment: 'word',
    evidenceKinds: 'json',
    changes: 'json',
    approved: 'json',
    createdAt: 'word',
    updatedAt: 'word',
    endedAt: 'word',
  },
  verifications: {
    repository: 'word',
    pullRequest: 'word',
    key: 'word',
    cluster: 'word',
    fingerprints: 'json',
    mergedAt: 'word',
    mergeCommit: 'word',
    appliedAt: 'word',
    quietUntil: 'word',
    baseline: 'json',
    outcome: 'word',
    decidedAt: 'word',
    revertPullRequest: 'word',
    times: 'json',
  },
  handled: { kind: 'word', id: 'word', at: 'word' },
  cursors: { key: 'word', value: 'word' },
  commands: {
    repository: 'word',
    thread: 'word',
    id: 'word',
    writtenAt: 'word',
    by: 'word',
    kind: 'word',
    fingerprints: 'json',
    field: 'word',
    value: 'text',
    replaced: 'json',
    isTakenBack: 'flag',
  },
  markers: { repository: 'word', pullRequest: 'word', line: 'word', before: 'word' },
  scans: { repository: 'word', cluster: 'word', scannedAt: 'word', problem: 'text' },
  unanswered: {
    repository: 'word',
    kind: 'word',
    id: 'word',
    thread: 'word',
    root: 'word',
    author: 'word',
    createdAt: 'word',
  },
  remembered: { cluster: 'word', id: 'word', at: 'word', content: 'json' },
  alerts: {
    cluster: 'word',
    source: 'word',
    id: 'word',
    title: 'text',
    summary: 'text',
    names: 'json',
    state: 'word',
    about: 'json',
    why: 'text',
    startsAt: 'word',
    receivedAt: 'word',
    lastAt: 'word',
    resolvedAt: 'word',
  },
  stories: { fingerprint: 'word', at: 'word', content: 'json' },
  outbox: {
    id: 'word',
    route: 'word',
    incident: 'word',
    outcome: 'word',
    at: 'word',
    dueAt: 'word',
    attempts: 'word',
    state: 'word',
    held: 'flag',
    problem: 'text',
    endedAt: 'word',
  },
  threads: { route: 'word', incident: 'word', channel: 'word', message: 'word', at: 'word' },
  judgements: {
    repository: 'word',
    pullRequest: 'word',
    workload: 'word',
    rule: 'word',
    verdict: 'word',
    at: 'word',
  },
} as const satisfies { readonly [T in TableName]: Readonly<Record<keyof Records[T], ColumnType>> };

/** The columns that tell the records of a table apart. */
export const KEYS = {
  incidents: ['fingerprint'],
  snoozes: ['fingerprint'],
  ignores: ['fingerprint'],
  proposals: ['repository', 'branch'],
  verifications: ['repository', 'pullRequest'],
  handled: ['kind', 'id'],
  cursors: ['key'],
  commands: ['repository', 'id'],
  markers: ['repository', 'pullRequest'],
  scans: ['repository', 'cluster'],
  unanswered: ['repository', 'kind', 'id'],
  remembered: ['cluster', 'id'],
  alerts: ['cluster', 'source', 'id'],
  stories: ['fingerprint'],
  outbox: ['id'],
  threads: ['route', 'incident'],
  judgements: ['repository', 'pullRequest', 'workload', 'rule'],
} as const satisfies { readonly [T in TableName]: readonly (keyof Records[T])[] };

/** A record as its columns hold it. */
export type Row<T extends TableName> = {
  readonly [C in keyof Records[T]]: InColumn<
    Records[T][C],
    (typeof COLUMNS)[T][C & keyof (typeof COLUMNS)[T]]
  >;
};

type InColumn<Value, Type> = Type extends 'json'
  ? string | (null extends Value ? null : never)
  : Type extends 'flag'
    ? 0 | 1
    : Value;

/** All tables as queries see them. */
export type Schema = { readonly [T in TableName]: Row<T> } & {
  readonly audit: AuditRecord;
  /** Where heads of the audit log were written down. */
  readonly anchors: { readonly place: string; readonly sequence: number; readonly hash: string };
};
