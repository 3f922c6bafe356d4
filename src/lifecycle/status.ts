import type { HostComment } from '../github/host.ts';
import type { Marker } from '../pull-requests/marker.ts';
import { readStatus } from './read-status.ts';
import type { Verification } from './verification.ts';

/**
 * What the status comment of a pull request says, as values. The comment carries them in its last line, invisible on GitHub, so
 * that a run which has lost its database goes on where the last one stopped. Times are milliseconds since the epoch.
 */
export interface Status {
  /** What happened since the pull request was opened, the newest last. */
  readonly entries: readonly Entry[];
  /** Merging that Faultline itself asked for; null where it never did. */
  readonly merging: Merging | null;
  /** What became of the merged change; null before the merge. */
  readonly verification: Verification | null;
}

export type Entry = { readonly at: number } & Event;

/** Texts in it are masked, and written through `untrusted` all the same. */
export type Event =
  | { readonly kind: 'evidence'; readonly evidence: readonly string[] }
  | { readonly kind: 'incidents'; readonly count: number }
  | { readonly kind: 'rebuilt'; readonly commit: string; readonly because: RebuildReason }
  | { readonly kind: 'handed-off'; readonly head: string }
  | { readonly kind: 'handed-back' }
  | { readonly kind: 'quiet' }
  | { readonly kind: 'back' }
  | { readonly kind: 'merging'; readonly head: string }
  | { readonly kind: 'merging-off'; readonly why: string }
  | { readonly kind: 'refused'; readonly head: string; readonly why: string }
  /** A person had let this head merge, and the branch was written anew. */
  | { readonly kind: 'consent-over'; readonly head: string }
  /** GitHub refused a call for it, in these words. */
  | { readonly kind: 'blocked'; readonly why: string }
  | { readonly kind: 'already-so' }
  | { readonly kind: 'other-value' };

export type RebuildReason = 'edit-changed' | 'base-changed' | 'base-moved' | 'asked';

/**
 * `asked`: about to be switched on, or waiting for a first check where GitHub has nothing to wait for. `on`: GitHub merges. `off`:
 * taken back, by Faultline or by a person. `refused`: GitHub said no at this head, so a person merges.
 */
export interface Merging {
  readonly state: 'asked' | 'on' | 'off' | 'refused';
  readonly head: string;
}

/** Whether it was Faultline that had it merged, or is having it merged. */
export function isMerging({ merging }: Pick<Status, 'merging'>): boolean {
  return merging?.state === 'on' || merging?.state === 'asked';
}

export const NOTHING_YET: Status = { entries: [], merging: null, verification: null };

/** What is further back than this is in the pull request's own history. */
const MOST_ENTRIES = 12;

/** The status with one more event; the same one when that is what it says already. */
export function withEvent(status: Status, event: Event, at: number): Status {
  const last = status.entries.findLast(({ kind }) => kind === event.kind);
  const isSaid = last !== undefined && sameEvent(last, event) && !isOver(status, last);
  if (isSaid) return status;
  return { ...status, entries: [...status.entries, { ...event, at }].slice(-MOST_ENTRIES) };
}

/** Each of the two ends the other, so that the same may be said again afterwards. */
const ENDED_BY: Readonly<Partial<Record<Event['kind'], readonly Event['kind'][]>>> = {
  quiet: ['back'],
  back: ['quiet'],
  'handed-off': ['handed-back'],
  'handed-back': ['handed-off'],
  merging: ['merging-off', 'refused'],
  'merging-off': ['merging'],
  refused: ['merging'],
};

function isOver({ entries }: Status, entry: Entry): boolean {
  const enders = ENDED_BY[entry.kind] ?? [];
  return entries.slice(entries.indexOf(entry) + 1).some(({ kind }) => enders.includes(kind));
}

function sameEvent(entry: Entry, event: Event): boolean {
  return JSON.stringify({ ...entry, at: 0 }) === JSON.stringify({ ...event, at: 0 });
}

/** The newest event of these kinds. */
export function lastOf(
  { entries }: Pick<Status, 'entries'>,
  kinds: readonly Event['kind'][],
): Entry | undefined {
  return entries.findLast(({ kind }) => kinds.includes(kind));
}

const LINE = /^<!-- faultline:status:1 ([A-Za-z0-9_-]*)(?: audit=\d+:[0-9a-f]+)? -->$/;

export function statusLine(status: Status, audit: Marker['audit'] | null): string {
  const state = Buffer.from(JSON.stringify(status)).toString('base64url');
  return `<!-- faultline:status:1 ${state}${audit ? ` audit=${audit.sequence}:${audit.hash}` : ''} -->`;
}

/** Our status comment among the comments of a pull request: written by us, with the line at its end. The first one, should there be two. */
export function findStatus(
  comments: readonly HostComment[],
  login: string,
): { readonly id: number; readonly body: string; readonly status: Status } | null {
  for (const { id, author, body } of comments) {
    const match = author === login ? LINE.exec(lastLine(body)) : null;
    if (match) return { id, body, status: parseStatus(match[1]!) };
  }
  return null;
}

function lastLine(body: string): string {
  const text = body.trimEnd();
  return text.slice(text.lastIndexOf('\n') + 1).trim();
}

/** What cannot be read is begun anew, since people can edit comments: it stays our comment. */
function parseStatus(encoded: string): Status {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    return readStatus(value) ?? NOTHING_YET;
  } catch (error) {
    if (error instanceof SyntaxError) return NOTHING_YET;
    throw error;
  }
}
