import { isRecord, type KubernetesObject } from '../kubernetes/objects.ts';
import { conditionsOf, parseTime, type Condition } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { shortenedLines } from '../untrusted/shorten.ts';

/** Warnings that come with healthy pods: too many nameservers on the node. */
const NOISE = new Set(['DNSConfigForming', 'CheckLimitsForResolvConf']);

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
        type === 'Warning' && !NOISE.has(reason) && isWithin(cluster, lastSeen, within),
    )
    .toReversed();
  return recent.filter(
    (event, index) => recent.findIndex(({ message }) => message === event.message) === index,
  );
}

/** Whether something happened in the time before now, both in milliseconds; what is still to come did too. */
export function isWithin(cluster: Pick<ClusterState, 'reached'>, at: number, time: number): boolean {
  return !cluster.reached(at + time + 1);
}

/** Whether something with this timestamp is so old, in milliseconds. What has no time is. */
export function isOlder(cluster: ClusterState, time: unknown, age: number): boolean {
  const at = parseTime(time);
  return at === null || cluster.reached(at + age);
}

/** How long ago, in milliseconds; infinite for what has no time. To compare it with a span, ask `isOlder`. */
export function ageOf(cluster: ClusterState, time: unknown): number {
  const at = parseTime(time);
  return at === null ? Number.POSITIVE_INFINITY : cluster.now - at;
}

/** An object's conditions, with what is not text left out: custom resources may have anything there. */
export function conditionsIn(object: KubernetesObject): readonly Condition[] {
  return conditionsOf(object).map((condition) => {
    const texts = Object.entries(condition).filter(([, value]) => typeof value === 'string');
    return { type: '', status: '', ...Object.fromEntries(texts) };
  });
}

/** Quotes an observation of an object, long lines shortened. `at` in milliseconds since the epoch. */
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
  return quote(
    'event',
    object,
    event.lastSeen,
    `${event.reason}: ${event.message}${times}${expired({ isRemembered: event.isRemembered })}`,
  );
}

/** What a quote of an event adds when only an earlier scan saw it; empty for others. */
export function expired({ isRemembered }: { readonly isRemembered: true | undefined }): string {
  return isRemembered === true ? ' (as Faultline saw it then; the event has expired since)' : '';
}

export function quoteCondition(object: KubernetesObject, condition: Condition): Evidence {
  const { type, status, reason, message, lastTransitionTime } = condition;
  return quote(
    'object',
    object,
    parseTime(lastTransitionTime),
    `${type}=${status} ${reason ?? ''}: ${message ?? ''}`,
  );
}

/** Quotes fields of an object (or of a part of it) that say something: `container web: ports: […]`. */
export function quoteFields(
  object: KubernetesObject,
  part: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  prefix = '',
): readonly Evidence[] {
  return fields
    .map((field) => [field, withoutDefaults(part[field])] as const)
    .filter(([, value]) => !isEmpty(value))
    .map(([field, value]) => quote('object', object, null, `${prefix}${field}: ${JSON.stringify(value)}`));
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

/** Tolerations that admission adds to every pod say nothing. */
function withoutDefaults(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.filter(
    (item) => !isRecord(item) || !/^node\.kubernetes\.io\/(not-ready|unreachable)$/.test(String(item['key'])),
  );
}
