import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { overAt } from '../model/quiet-time.ts';
import type { Gone, IncidentRecord, RecordedDecision, Scan, SeenIncident } from './records.ts';

/** What was away for a shorter time never recovered: a container between two starts shows nothing. */
const BLINK = MINUTE;
/** The longest that a going waits to be told. */
const LONGEST_UNTOLD = 6 * HOUR;

export interface Seen {
  readonly kind: 'opened' | 'goes-on';
  readonly record: IncidentRecord;
  /** It was told as gone. */
  readonly isBack: boolean;
  /** What went before it began anew, and was never told. */
  readonly gone: Gone | null;
}

export interface Unseen {
  readonly record: IncidentRecord;
  /** What is to be told now; null where nothing is. */
  readonly gone: Gone | null;
}

/**
 * An incident that a scan sees, after what was known of it. While it goes on, and while it comes back before its quiet time is over, it is
 * one: its times only widen, and what was counted once stays counted although its objects may be gone. After that, and on an object that
 * was made anew, it begins again.
 */
export function afterSeen(scan: Scan, known: IncidentRecord | null, seen: SeenIncident): Seen {
  const { cluster, at, repositories = [] } = scan;
  const open = { ...seen, cluster, notSeenSince: null, ending: null, goneToldAt: null };
  if (known === null || isOver(known, at) || isOfAnother(known, seen))
    return {
      kind: 'opened',
      record: { ...open, returned: 0, returnedAt: null },
      isBack: false,
      gone: known && untold(known),
    };
  const isBack = known.notSeenSince !== null && at - known.notSeenSince >= BLINK;
  return {
    kind: 'goes-on',
    isBack: known.goneToldAt !== null,
    gone: null,
    record: {
      ...open,
      uid: seen.uid ?? known.uid,
      decision: standing(known.decision, seen.decision, repositories),
      firstSeen: Math.min(known.firstSeen, seen.firstSeen),
      lastSeen: Math.max(known.lastSeen, seen.lastSeen),
      occurrences: Math.max(known.occurrences, seen.occurrences),
      returned: known.returned + (isBack ? 1 : 0),
      returnedAt: isBack ? at : known.returnedAt,
    },
  };
}

/**
 * An incident that a scan does not see; the same record where that says nothing new. Why it ended may become clearer until it is over. A
 * container that fails, runs and fails again goes and comes back all day: a going is told once it has lasted a minute, after each return
 * twice as long as before, up to six hours, and at once where it is over for good.
 */
export function afterUnseen(scan: Scan, known: IncidentRecord): Unseen {
  const next = withEnding(scan, known);
  const gone = isToTell(next, scan.at) ? untold(next) : null;
  return { record: gone === null ? next : { ...next, goneToldAt: scan.at }, gone };
}

function withEnding(scan: Scan, known: IncidentRecord): IncidentRecord {
  if (known.notSeenSince !== null && isOver(known, scan.at)) return known;
  const ending = scan.endingOf(known);
  if (ending === null || (known.notSeenSince !== null && known.ending === ending)) return known;
  return { ...known, notSeenSince: known.notSeenSince ?? scan.at, ending };
}

function isToTell({ notSeenSince, ending, returned }: IncidentRecord, at: number): boolean {
  if (notSeenSince === null) return false;
  const wait = Math.min(LONGEST_UNTOLD, BLINK * 2 ** Math.min(returned, 10));
  return ending !== 'recovered' || at - notSeenSince >= wait;
}

function untold({ fingerprint, notSeenSince, ending, goneToldAt }: IncidentRecord): Gone | null {
  if (notSeenSince === null || goneToldAt !== null) return null;
  return { fingerprint, since: notSeenSince, ending: ending ?? 'recovered' };
}

function isOver(incident: IncidentRecord, now: number): boolean {
  const at = overAt(incident);
  return at !== null && at <= now;
}

function isOfAnother(known: IncidentRecord, { uid }: SeenIncident): boolean {
  return known.uid !== null && uid !== null && known.uid !== uid;
}

/** A repository that can do nothing about an incident does not take back what another one decided, which is still served. */
function standing(
  known: RecordedDecision | null,
  seen: RecordedDecision | null,
  repositories: readonly string[],
): RecordedDecision | null {
  if (seen === null) return known;
  const by = known?.repository;
  const isOthers = by !== undefined && by !== seen.repository && repositories.includes(by);
  return isOthers && known!.action !== 'decline' && seen.action === 'decline' ? known : seen;
}
