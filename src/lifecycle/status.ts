import type { Ending } from '../model/ending.ts';
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
  /** `count` more than before; with `total`, as many in all. */
  | { readonly kind: 'incidents'; readonly count: number; readonly total?: number }
  | { readonly kind: 'rebuilt'; readonly commit: string; readonly because: RebuildReason }
  | { readonly kind: 'handed-off'; readonly head: string }
  | { readonly kind: 'handed-back' }
  /** `because`: left out where it is not known. `times`: how often it had come back; left out for never. */
  | { readonly kind: 'quiet'; readonly because?: Ending; readonly times?: number }
  | { readonly kind: 'back'; readonly times?: number }
  | { readonly kind: 'merging'; readonly head: string }
  | { readonly kind: 'merging-off'; readonly why: string }
  | { readonly kind: 'refused'; readonly head: string; readonly why: string }
  /** A person had let this head merge, and the branch was rebuilt. */
  | { readonly kind: 'consent-over'; readonly head: string }
  /** GitHub refused a call for it, in these words. */
  | { readonly kind: 'blocked'; readonly why: string }
  | { readonly kind: 'already-so' }
  | { readonly kind: 'other-value' }
  | { readonly kind: 'removed' };

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
  if (event.kind === 'quiet' || event.kind === 'back') return swung(status, event, at);
  // A fault that spreads has one line, with the number of now.
  const others = status.entries.filter(({ kind }) => kind !== 'incidents' || kind !== event.kind);
  return { ...status, entries: [...others, { ...event, at }].slice(-MOST_ENTRIES) };
}

/** A failure that comes and goes has one line, which counts. */
function swung(
  status: Status,
  event: Extract<Event, { readonly kind: 'quiet' | 'back' }>,
  at: number,
): Status {
  const swings = status.entries.filter(({ kind }) => kind === 'quiet' || kind === 'back');
  const before = Math.max(0, ...swings.map((entry) => ('times' in entry ? (entry.times ?? 0) : 0)));
  const times = before + (event.kind === 'back' ? 1 : 0);
  const entry: Entry = { ...event, ...(times > 0 && { times }), at };
  const others = status.entries.filter((one) => !swings.includes(one));
  return { ...status, entries: [...others, entry].slice(-MOST_ENTRIES) };
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
  const said = (one: Event): string => JSON.stringify({ ...one, at: undefined, times: undefined });
  return said(entry) === said(event);
}

/** The newest event of these kinds. */
export function lastOf(
  { entries }: Pick<Status, 'entries'>,
  kinds: readonly Event['kind'][],
): Entry | undefined {
  return entries.findLast(({ kind }) => kinds.includes(kind));
}

/** The status comment of one pull request, during one run. */
export interface KeptStatus {
  readonly status: Status;
  /** Id of the comment; null while there is none. */
  readonly comment: number | null;
  /** Says what happened, unless that is what the comment says already; with what is done about merging, where that changed. */
  say(event: Event, merging?: Merging | null): Promise<void>;
  sayAll(events: readonly Event[], merging?: Merging | null): Promise<void>;
  become(status: Status): Promise<void>;
}
