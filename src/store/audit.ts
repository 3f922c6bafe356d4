import { createHash } from 'node:crypto';
import type { Evidence } from '../model/evidence.ts';
import { plainText } from '../untrusted/prose.ts';

/*
 * The audit log: what was seen, decided and done, in records that each carry the hash of the one before. Changing, dropping or
 * moving a record breaks the chain; cutting off its end is seen by an anchor, which is a head that was written down elsewhere:
 * in pull requests' markers and status comments.
 */

/** What a record is about. `checkpoint` is written by {@link AuditLog.retire} alone. */
export type AuditKind =
  | 'start'
  | 'configuration'
  | 'scan'
  | 'signal'
  | 'incident'
  | 'decision'
  | 'proposal'
  | 'commit'
  | 'pull-request'
  | 'comment'
  | 'issue'
  | 'command'
  | 'merge'
  | 'verification'
  /** What a check on somebody's pull request foresaw. */
  | 'guard'
  | 'checkpoint';

/**
 * What a record says: anything that JSON can carry. Evidence goes in as {@link evidenceDigest}, prose as its `plainText`.
 * Strings are masked by their key.
 */
export type AuditPayload = Readonly<Record<string, unknown>>;

export interface AuditRecord {
  /** Counts from 1 without gaps. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: AuditKind;
  /** Canonical JSON. */
  readonly payload: string;
  /** Hash of the record before, 64 hexadecimal digits; {@link NO_RECORD} in the first one. */
  readonly previous: string;
  /** {@link auditHash} of everything above. */
  readonly hash: string;
}

/** What a checkpoint says: the records up to `through` were removed on purpose, and the last of them had this hash. */
export interface CheckpointPayload {
  readonly through: number;
  readonly hash: string;
  /** How many were removed with this checkpoint. */
  readonly removed: number;
  /** They were all older than this; milliseconds since the epoch. */
  readonly before: number;
}

/** Which record was the last one at some time. */
export interface AuditAnchor {
  readonly sequence: number;
  /** The first {@link ANCHOR_DIGITS} of its hash; where it is read, 16 to 64. */
  readonly hash: string;
}

/** What can be read of an audit log, also while another process writes to it. */
export interface AuditReader {
  /** The last record; null while there is none. */
  head(): Promise<AuditAnchor | null>;
  /** In order, read as they are asked for: all of them, or those from a time on. */
  records(since?: number): AsyncIterable<AuditRecord>;
  /** In order, those behind a sequence. */
  recordsAfter(sequence: number): AsyncIterable<AuditRecord>;
  /** Anchors that were written somewhere or read there, the newest of each place. */
  anchors(): Promise<readonly AuditAnchor[]>;
}

export interface AuditLog extends AuditReader {
  append(kind: Exclude<AuditKind, 'checkpoint'>, payload: AuditPayload, at: number): Promise<AuditRecord>;
  /** Notes that `anchor` is written down at `place`: `acme/infra#12`. An older one than the known one is passed over. */
  noteAnchor(place: string, anchor: AuditAnchor): Promise<void>;
  /**
   * Removes the records from before `time`, up to the first that is younger, and leaves a checkpoint that vouches for them.
   * Answers with how many they were.
   */
  retire(time: number, now: number): Promise<number>;
}

/** Stands where the first record of all names the one before it. */
export const NO_RECORD = '0'.repeat(64);

/** SHA-256 over the JSON list of a version, all fields but the hash, and the hash of the record before. 64 hexadecimal digits. */
export function auditHash(record: Omit<AuditRecord, 'hash'>): string {
  const { sequence, at, kind, payload, previous } = record;
  return sha256(JSON.stringify(['faultline-audit-1', sequence, at, kind, payload, previous]));
}

/** So many digits that nobody finds another record with the same ones. */
const ANCHOR_DIGITS = 32;

export function anchorOf({ sequence, hash }: Pick<AuditRecord, 'sequence' | 'hash'>): AuditAnchor {
  return { sequence, hash: hash.slice(0, ANCHOR_DIGITS) };
}

/** `12345:9f…` */
export function anchorText({ sequence, hash }: AuditAnchor): string {
  return `${sequence}:${hash}`;
}

/** The reverse; null for any other text. */
export function parseAnchor(text: string): AuditAnchor | null {
  const match = /^([1-9]\d{0,14}):([0-9a-f]{16,64})$/.exec(text);
  return match && { sequence: Number(match[1]), hash: match[2]! };
}

/** Evidence as it is recorded: where it is from, and a hash of its masked text. */
export function evidenceDigest({ source, ref, at, text }: Evidence): AuditPayload {
  return { source, ref, at, sha256: sha256(plainText(text)) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
