import { MINUTE } from '../kubernetes/durations.ts';
import { overAt } from '../model/quiet-time.ts';
import type { IncidentRecord, RecordedDecision, Scan, SeenIncident } from './records.ts';

/** What was away for a shorter time never recovered: a container between two starts shows nothing. */
const BLINK = MINUTE;

export interface Seen {
  readonly kind: 'opened' | 'returned' | 'goes-on';
  readonly record: IncidentRecord;
}

/**
 * An incident that a scan sees, after what was known of it. While it goes on, and while it comes back before its quiet time is over, it is
 * one: its times only widen, and what was counted once stays counted although its objects may be gone. After that, and on an object that
 * was made anew, it begins again.
 */
export function afterSeen(scan: Scan, known: IncidentRecord | null, seen: SeenIncident): Seen {
  const { cluster, at, repositories = [] } = scan;
  const open = { ...seen, cluster, notSeenSince: null, ending: null };
  if (known === null || isOver(known, at) || isOfAnother(known, seen))
    return { kind: 'opened', record: { ...open, returned: 0, returnedAt: null } };
  const isBack = known.notSeenSince !== null && at - known.notSeenSince >= BLINK;
  return {
    kind: isBack ? 'returned' : 'goes-on',
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

/** An incident that a scan does not see; the same record where that says nothing new. Why it ended may become clearer until it is over. */
export function afterUnseen(scan: Scan, known: IncidentRecord): IncidentRecord {
  if (known.notSeenSince !== null && isOver(known, scan.at)) return known;
  const ending = scan.endingOf(known);
  if (ending === null || (known.notSeenSince !== null && known.ending === ending)) return known;
  return { ...known, notSeenSince: known.notSeenSince ?? scan.at, ending };
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
