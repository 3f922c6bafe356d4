import { isDeepStrictEqual } from 'node:util';
import { countOf } from '../cluster/events.ts';
import { doublings } from '../incidents/signals.ts';
import { isRecord, type KubernetesObject } from '../kubernetes/objects.ts';
import type { ObjectChange } from '../model/object-change.ts';

/**
 * Whether a change may show something to a rule. Heartbeats of nodes go by all the time, and so do counts of events: those are worth
 * reading when they have doubled.
 */
export function isWorthReading({ before, after }: ObjectChange): boolean {
  if (before === null || after === null) return true;
  const without = after.kind === 'Event' ? withoutCounts : withoutBeats;
  return !isDeepStrictEqual(without(before), without(after));
}

/** What changes of an event that happens again. */
const COUNTS = new Set([
  'metadata',
  'count',
  'firstTimestamp',
  'lastTimestamp',
  'eventTime',
  'series',
  'deprecatedCount',
  'deprecatedFirstTimestamp',
  'deprecatedLastTimestamp',
]);

/** When something was looked at, and not when it changed. */
const BEATS = new Set(['lastHeartbeatTime', 'lastProbeTime']);

function withoutCounts(event: KubernetesObject): unknown {
  return { ...without(event, COUNTS), doublings: doublings(countOf(event)) };
}

function withoutBeats(object: KubernetesObject): unknown {
  const { resourceVersion: _, ...metadata } = object.metadata;
  const status = object['status'];
  const conditions = isRecord(status) ? status['conditions'] : undefined;
  if (!isRecord(status) || !Array.isArray(conditions)) return { ...object, metadata };
  const kept = conditions.map((one: unknown) => (isRecord(one) ? without(one, BEATS) : one));
  return { ...object, metadata, status: { ...status, conditions: kept } };
}

function without(record: object, keys: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.has(key)));
}
