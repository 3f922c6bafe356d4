import { DAY, MINUTE } from '../kubernetes/durations.ts';
import type { Ending } from '../model/ending.ts';
import { sameObject, type ObjectRef } from '../kubernetes/objects.ts';

/**
 * The phases of a merged change:
 *
 *     waiting ──applied──▶ watching ──quiet time──▶ resolved
 *        │                    ├──still seen───────▶ still-failing
 *        │                    ├──healthy object fails▶ worse
 *        │                    └──deleted──────────▶ gone
 *        ├──not in a day────▶ not-applied
 *        └──another value───▶ overtaken
 *
 * A pure function of what was known and what is seen now. Times are milliseconds since the epoch.
 */
export type Verification =
  | {
      readonly phase: 'waiting';
      /** Objects of the proof that failed before the change was applied. */
      readonly failing: readonly ObjectRef[];
      /** True once it takes longer than controllers do. */
      readonly isLate: boolean;
    }
  | {
      readonly phase: 'watching';
      readonly failing: readonly ObjectRef[];
      readonly appliedAt: number;
      /** Since when nothing of it was seen; null while it is, and while it cannot be. */
      readonly quietSince: number | null;
      /** Milliseconds that it must stay quiet, where that is longer than its description says. */
      readonly quiet?: number;
      /** It is scaled to zero or being made anew, so that nothing can be seen of it. */
      readonly isStopped?: true;
    }
  | Verdict;

export type Verdict =
  | {
      readonly phase: 'resolved';
      readonly appliedAt: number;
      readonly quietSince: number;
      readonly at: number;
    }
  | {
      readonly phase: 'still-failing';
      readonly appliedAt: number;
      readonly at: number;
      readonly seen: readonly Sighting[];
    }
  | {
      readonly phase: 'worse';
      readonly appliedAt: number;
      readonly at: number;
      readonly seen: readonly Sighting[];
      /** The pull request that takes the change back; a reason where none could be made; null until either is known. */
      readonly revert: { readonly number: number } | { readonly declined: string } | null;
    }
  /** What the change was made for was deleted after it was applied. */
  | {
      readonly phase: 'gone';
      readonly appliedAt: number;
      readonly at: number;
      readonly because: Ending;
    }
  | { readonly phase: 'not-applied' | 'overtaken'; readonly at: number };

/** A failure, in the words of its finding, masked. */
export interface Sighting {
  readonly object: ObjectRef;
  readonly summary: string;
}

/** What a scan shows of a merged change. */
export interface Observation {
  readonly now: number;
  readonly mergedAt: number;
  /** Milliseconds that it must stay quiet. */
  readonly quiet: number;
  /** Why nothing that the change was made for can fail now; null where that is not known. */
  readonly ending: Ending | null;
  /** Whether a workload of the proof is replacing its pods, within its own deadline. */
  readonly isRollingOut: boolean;
  /** Whether the cluster has what was merged. `other`: neither that nor what was there before. */
  readonly applied: 'yes' | 'no' | 'other' | 'unknown';
  /** Whether the cluster was seen well enough for the absence of a failure to mean something. */
  readonly isReadable: boolean;
  /** Failures that the change was to end, and others of the same objects; those that only pods of an older template show left out. */
  readonly same: readonly Failure[];
  /** Failures of objects in the proof that the change was not made for. */
  readonly others: readonly Failure[];
}

export interface Failure extends Sighting {
  readonly firstSeen: number;
}

const LATE = 15 * MINUTE;
const GIVEN_UP = DAY;
/** A rollout replaces its pods within this time, or takes as long as its deadline allows; what is seen until then may be what is being replaced. */
const ROLLOUT = 10 * MINUTE;

export function isOver(verification: Verification): verification is Verdict {
  return verification.phase !== 'waiting' && verification.phase !== 'watching';
}

/**
 * When time alone takes it further, in milliseconds since the epoch; null where it does not.
 *
 * @param quiet milliseconds that it must stay quiet
 */
export function decidedAt(verification: Verification, mergedAt: number, quiet: number): number | null {
  switch (verification.phase) {
    case 'waiting':
      return mergedAt + (verification.isLate ? GIVEN_UP : LATE);
    case 'watching':
      return verification.quietSince === null
        ? verification.appliedAt + ROLLOUT
        : verification.quietSince + (verification.quiet ?? quiet);
    default:
      return null;
  }
}

/** The next state. What is decided stays decided. */
export function verify(known: Verification | null, seen: Observation): Verification {
  if (known === null) return verify(firstLook(seen), seen);
  switch (known.phase) {
    case 'waiting':
      return whileWaiting(known, seen);
    case 'watching':
      return whileWatching(known, seen);
    default:
      return known;
  }
}

/** The merge may be older than this scan: what began to fail after it says nothing about before. */
function firstLook({ others, mergedAt }: Observation): Extract<Verification, { phase: 'waiting' }> {
  const before = others.filter(({ firstSeen }) => firstSeen < mergedAt);
  return { phase: 'waiting', failing: distinct(before), isLate: false };
}

function whileWaiting(known: Extract<Verification, { phase: 'waiting' }>, seen: Observation): Verification {
  const { now, mergedAt, applied, others } = seen;
  if (applied === 'other') return { phase: 'overtaken', at: now };
  if (applied === 'yes') {
    const watching = { phase: 'watching', failing: known.failing, appliedAt: now, quietSince: null } as const;
    return whileWatching(watching, seen);
  }
  if (now - mergedAt >= GIVEN_UP) return { phase: 'not-applied', at: now };
  // Whatever fails before the change is there does not fail because of it.
  const failing = applied === 'no' ? distinct([...known.failing.map(toFailure), ...others]) : known.failing;
  return { phase: 'waiting', failing, isLate: now - mergedAt >= LATE };
}

function whileWatching(known: Extract<Verification, { phase: 'watching' }>, seen: Observation): Verification {
  const { now, same, others, isReadable, quiet, applied, ending, isRollingOut } = seen;
  const { isStopped: _, ...going } = known;
  const { appliedAt } = known;
  const isLong = now - appliedAt >= ROLLOUT;
  if (ending === 'deleted' || ending === 'namespace-deleted')
    return isLong
      ? { phase: 'gone', appliedAt, at: now, because: ending }
      : { ...going, quietSince: null, isStopped: true };
  if (!isReadable) return known;
  const fresh = others.filter(({ object }) => !known.failing.some((one) => sameObject(one, object)));
  if (fresh.length > 0) return { phase: 'worse', appliedAt, at: now, seen: told(fresh), revert: null };
  // Somebody took it back or set another value: what is seen from here on proves nothing about it.
  if (applied === 'other' || applied === 'no') return { phase: 'overtaken', at: now };
  if (ending === 'scaled-to-zero') return { ...going, quietSince: null, isStopped: true };
  if (same.length > 0) {
    if (isLong && !isRollingOut) return { phase: 'still-failing', appliedAt, at: now, seen: told(same) };
    return { ...going, quietSince: null };
  }
  const quietSince = known.quietSince ?? now;
  return now - quietSince >= quiet
    ? { phase: 'resolved', appliedAt, quietSince, at: now }
    : { ...going, quietSince };
}

function told(failures: readonly Failure[]): readonly Sighting[] {
  return failures.slice(0, 5).map(({ object, summary }) => ({ object, summary }));
}

function toFailure(object: ObjectRef): Failure {
  return { object, summary: '', firstSeen: 0 };
}

function distinct(failures: readonly Failure[]): readonly ObjectRef[] {
  const found: ObjectRef[] = [];
  for (const { object } of failures) if (!found.some((one) => sameObject(one, object))) found.push(object);
  return found;
}
