import { MINUTE } from '../kubernetes/durations.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { refOf } from '../kubernetes/objects.ts';
import type { ClusterEvent, ClusterObject, ClusterProblem } from '../model/cluster-state.ts';
import { readEvent, type TimedEvent } from './events.ts';
import { append, compare, refKey } from './object-index.ts';
import { ShardedMap } from './sharded-map.ts';

/** Milliseconds. */
export const TOLERATED_SKEW = 5 * MINUTE;

interface NamedEvent extends TimedEvent {
  /** Of the event itself. */
  readonly name: string;
}

/** Events by what they are about. An event without any time is read as of the end of time, and told as of now. */
export class EventIndex {
  readonly #byObject = new ShardedMap<readonly NamedEvent[]>();
  readonly #read = new Map<string, NamedEvent>();
  /** The last time of the newest event; null: not known any more. */
  #newest: number | null = Number.NEGATIVE_INFINITY;

  /** Events by their own names; null for those that are gone. @returns what they are about, and were */
  put(events: Iterable<readonly [name: string, event: ClusterObject | null]>): Iterable<string> {
    const gone = new Set<NamedEvent>();
    const come = new Map<string, NamedEvent[]>();
    for (const [name, after] of events) {
      const known = this.#read.get(name);
      if (known !== undefined) {
        gone.add(known);
        come.set(keyOf(known), come.get(keyOf(known)) ?? []);
        if (known.event.lastSeen === this.#newest) this.#newest = null;
      }
      this.#read.delete(name);
      if (after === null) continue;
      const read = { name, ...readEvent(after, Number.POSITIVE_INFINITY) };
      this.#read.set(name, read);
      append(come, keyOf(read), read);
      if (this.#newest !== null && Number.isFinite(read.event.lastSeen))
        this.#newest = Math.max(this.#newest, read.event.lastSeen);
    }
    for (const [key, added] of come) {
      const all = [...(this.#byObject.get(key) ?? []), ...added]
        .filter((one) => !gone.has(one))
        .toSorted(inTime);
      if (all.length === 0) this.#byObject.delete(key);
      else this.#byObject.set(key, all);
    }
    return come.keys();
  }

  /** How far the newest event is ahead, in milliseconds; 0 or less when it is not. */
  skew(now: number): number {
    if (this.#newest === null) {
      this.#newest = Number.NEGATIVE_INFINITY;
      for (const { event } of this.#read.values())
        if (Number.isFinite(event.lastSeen)) this.#newest = Math.max(this.#newest, event.lastSeen);
    }
    return this.#newest - now;
  }

  moment(now: number): (object: KubernetesObject) => readonly ClusterEvent[] {
    const get = this.#byObject.moment();
    return (object) => {
      const { uid } = object.metadata;
      const named = get(refKey(refOf(object)));
      if (named === undefined) return [];
      return named
        .filter((event) => uid === undefined || event.uid === null || event.uid === uid)
        .map(({ event }) => notAfter(event, now))
        .sort((a, b) => a.lastSeen - b.lastSeen || a.firstSeen - b.firstSeen);
    };
  }
}

function keyOf({ event }: TimedEvent): string {
  return refKey(event.involved);
}

/** The oldest first; of two at one time, the first by name. */
function inTime(a: NamedEvent, b: NamedEvent): number {
  return (
    order(a.event.lastSeen, b.event.lastSeen) ||
    order(a.event.firstSeen, b.event.firstSeen) ||
    compare(a.name, b.name)
  );
}

function order(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
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
