import { isRecord } from '../kubernetes/objects.ts';
import type { Event, Status } from './status.ts';
import type { Verification } from './verification.ts';

/*
 * Reading back what a status comment carries. People can edit comments, so every part is checked before it is believed: a part of
 * another shape makes the whole unreadable.
 */

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const time: Check = (value) =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 8.64e15;
const flag: Check = (value) => typeof value === 'boolean';
const sha: Check = (value) => typeof value === 'string' && /^[0-9a-f]{7,64}$/.test(value);

function oneOf(...values: readonly string[]): Check {
  return (value) => values.includes(value as string);
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

function orLeftOut(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/** A record with these fields; others are let through. */
function record(fields: Readonly<Record<string, Check>>): Check {
  return (value) => isRecord(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
}

const ending = oneOf('recovered', 'scaled-to-zero', 'deleted', 'namespace-deleted');

const EVENTS: { readonly [Kind in Event['kind']]: Check } = {
  evidence: record({ evidence: listOf(text) }),
  incidents: record({ count: time, total: orLeftOut(time) }),
  rebuilt: record({ commit: sha, because: oneOf('edit-changed', 'base-changed', 'base-moved', 'asked') }),
  'handed-off': record({ head: sha }),
  'handed-back': record({}),
  quiet: record({ because: orLeftOut(ending), times: orLeftOut(time) }),
  back: record({ times: orLeftOut(time) }),
  merging: record({ head: sha }),
  'merging-off': record({ why: text }),
  blocked: record({ why: text }),
  'consent-over': record({ head: sha }),
  refused: record({ head: sha, why: text }),
  'already-so': record({}),
  'other-value': record({}),
  removed: record({}),
};

const entry: Check = (value) =>
  isRecord(value) &&
  time(value['at']) &&
  typeof value['kind'] === 'string' &&
  Object.hasOwn(EVENTS, value['kind']) &&
  EVENTS[value['kind'] as Event['kind']](value);

const object = record({ apiVersion: text, kind: text, namespace: orNull(text), name: text });
const sighting = record({ object, summary: text });
const revert: Check = (value) => record({ number: time })(value) || record({ declined: text })(value);

const PHASES: { readonly [Phase in Verification['phase']]: Check } = {
  waiting: record({ failing: listOf(object), isLate: flag }),
  watching: record({
    failing: listOf(object),
    appliedAt: time,
    quietSince: orNull(time),
    quiet: orLeftOut(time),
    isStopped: orLeftOut(flag),
  }),
  resolved: record({ appliedAt: time, quietSince: time, at: time }),
  'still-failing': record({ appliedAt: time, at: time, seen: listOf(sighting) }),
  worse: record({ appliedAt: time, at: time, seen: listOf(sighting), revert: orNull(revert) }),
  'not-applied': record({ at: time }),
  overtaken: record({ at: time }),
  gone: record({ appliedAt: time, at: time, because: ending }),
};

const verification: Check = (value) =>
  isRecord(value) &&
  typeof value['phase'] === 'string' &&
  Object.hasOwn(PHASES, value['phase']) &&
  PHASES[value['phase'] as Verification['phase']](value);

const status = record({
  entries: listOf(entry),
  merging: orNull(record({ state: oneOf('asked', 'on', 'off', 'refused'), head: sha })),
  verification: orNull(verification),
});

/** The status that a comment carries; null where it is none. */
export function readStatus(value: unknown): Status | null {
  return status(value) ? (value as Status) : null;
}
