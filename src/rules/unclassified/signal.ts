import type { ClusterEvent, ClusterState } from '../../model/cluster-state.ts';
import type { KubernetesObject, ObjectRef } from '../../kubernetes/objects.ts';
import { conditionsOf, parseTime, type Condition } from '../../kubernetes/workloads.ts';
import type { Prose } from '../../untrusted/prose.ts';
import { shortenedLines } from '../../untrusted/shorten.ts';
import type { Cause } from './causes.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Verdict } from '../../model/finding.ts';

/** One thing that is visibly wrong. */
export interface Signal {
  readonly cause: Cause;
  /** What the incident is about: the topmost owner. */
  readonly owner: ObjectRef;
  readonly container: string | null;
  /** The object that shows it. */
  readonly on: KubernetesObject;
  /** A clause without a full stop: `container app waits with CrashLoopBackOff`. */
  readonly says: Prose;
  readonly evidence: readonly Evidence[];
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
  readonly verdict: Extract<Verdict, 'monitor' | 'decline'>;
}

/** A signal with the usual defaults: seen since the object was made, declined, once. */
export function signal(
  cluster: ClusterState,
  given: Pick<Signal, 'cause' | 'owner' | 'on' | 'says'> & Partial<Signal>,
): Signal {
  return {
    container: null,
    evidence: [],
    firstSeen: parseTime(given.on.metadata.creationTimestamp) ?? cluster.now,
    lastSeen: cluster.now,
    occurrences: 1,
    verdict: 'decline',
    ...given,
  };
}

export function quote(
  source: Evidence['source'],
  object: KubernetesObject,
  at: number | null,
  text: string,
): Evidence {
  return quoted(source, object, at, shortenedLines(text.replace(/:\s*$/, '')));
}

export function quoteEvent(object: KubernetesObject, event: ClusterEvent): Evidence {
  const times = event.count > 1 ? ` (${event.count} times)` : '';
  return quote('event', object, event.lastSeen, `${event.reason}: ${event.message}${times}`);
}

/** Warnings about an object in the time before now (milliseconds), latest first, each text once. */
export function warningsOf(
  cluster: ClusterState,
  object: KubernetesObject,
  within: number,
): readonly ClusterEvent[] {
  const recent = cluster
    .eventsOf(object)
    .filter(
      ({ type, reason, lastSeen }) =>
        type === 'Warning' && !NOISE.has(reason) && lastSeen >= cluster.now - within,
    )
    .toReversed();
  return recent.filter(
    (event, index) => recent.findIndex(({ message }) => message === event.message) === index,
  );
}

/** Warnings that come with healthy pods: too many nameservers on the node. */
const NOISE = new Set(['DNSConfigForming', 'CheckLimitsForResolvConf']);

/** How long ago, in milliseconds; infinite for what has no time. */
export function ageOf(cluster: ClusterState, time: unknown): number {
  const at = parseTime(time);
  return at === null ? Number.POSITIVE_INFINITY : cluster.now - at;
}

/** An object's conditions, with what is no text left out: custom resources may have anything there. */
export function conditionsIn(object: KubernetesObject): readonly Condition[] {
  return conditionsOf(object).map((condition) => {
    const texts = Object.entries(condition).filter(([, value]) => typeof value === 'string');
    return { type: '', status: '', ...Object.fromEntries(texts) };
  });
}
