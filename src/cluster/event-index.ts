import { MINUTE } from '../kubernetes/durations.ts';
import type { ClusterEvent, ClusterObject, ClusterProblem } from '../model/cluster-state.ts';
import { readEvent, type TimedEvent } from './events.ts';
import { append, refKey } from './object-index.ts';

/** Milliseconds. */
export const TOLERATED_SKEW = 5 * MINUTE;

export interface EventIndex {
  readonly byObject: ReadonlyMap<string, readonly TimedEvent[]>;
  /** How far the newest event is ahead of now, in milliseconds; 0 or less when it is not. */
  readonly skew: number;
}

export function indexEvents(objects: readonly ClusterObject[], now: number): EventIndex {
  const byObject = new Map<string, TimedEvent[]>();
  let newest = now;
  for (const object of objects) {
    const timed = readEvent(object, now);
    newest = Math.max(newest, timed.event.lastSeen);
    append(byObject, refKey(timed.event.involved), { uid: timed.uid, event: notAfter(timed.event, now) });
  }
  for (const events of byObject.values()) {
    events.sort((a, b) => a.event.lastSeen - b.event.lastSeen || a.event.firstSeen - b.event.firstSeen);
  }
  return { byObject, skew: newest - now };
}

/** An age is never negative: a clock that runs ahead makes an event new, not of the future. */
function notAfter(event: ClusterEvent, now: number): ClusterEvent {
  if (event.lastSeen <= now) return event;
  return { ...event, firstSeen: Math.min(event.firstSeen, now), lastSeen: now };
}

export function skewProblem(skew: number): ClusterProblem {
  const minutes = Math.round(skew / MINUTE);
  return {
    where: 'events',
    message: `the newest event is ${minutes} minutes ahead of the clock; later times are taken as now`,
  };
}
