import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt } from '../kubernetes/objects.ts';
import { parseTime, type Condition } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { conditionsIn, quoteCondition, quoteEvent, warningsOf } from './observations.ts';
import { isBeingDeleted, type WorkloadFacts } from './subjects.ts';

/** A controller that has fewer pods than it wants, because the API server refuses them. Times are milliseconds since the epoch. */
export interface CreateFailure {
  /** The ReplicaSet, StatefulSet, DaemonSet or Job that makes the pods; the Deployment or CronJob that makes ReplicaSets or Jobs. */
  readonly maker: ClusterObject;
  /** What was refused, in the plural: `pods`, `claims`, `Jobs`, `ReplicaSets`. */
  readonly refused: Refused;
  /** What the API server said, without the pod's name: `exceeded quota: …`. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
}

export type Refused = 'pods' | 'claims' | 'Jobs' | 'ReplicaSets';

/** Controllers try again every 17 minutes at the latest; an older refusal is over. */
const LATELY = 30 * MINUTE;

/** Refused pods (and claims of a StatefulSet) of a workload that lacks some, the latest first. */
export function createFailuresOf({ cluster, object, makers }: WorkloadFacts): readonly CreateFailure[] {
  if (isBeingDeleted(object)) return [];
  return makers
    .filter((maker) => !isBeingDeleted(maker) && lacksPods(cluster, maker))
    .flatMap((maker) => failureOf(cluster, maker) ?? [])
    .toSorted((a, b) => b.lastSeen - a.lastSeen);
}

/** A Deployment that cannot make its new ReplicaSet still has the pods of the old one. */
const MADE: Readonly<Record<string, string>> = { Deployment: 'updatedReplicas' };

function lacksPods(cluster: ClusterState, maker: ClusterObject): boolean {
  const status = recordAt(maker, 'status');
  const isDaemon = maker.kind === 'DaemonSet';
  const wanted = isDaemon ? status['desiredNumberScheduled'] : recordAt(maker, 'spec')['replicas'];
  const made = isDaemon ? status['currentNumberScheduled'] : status[MADE[maker.kind] ?? 'replicas'];
  if (typeof wanted === 'number' && typeof made === 'number') return made < wanted;
  if (wanted === 0) return false;
  const isOwn = (pod: ClusterObject) =>
    pod.metadata.ownerReferences?.some(
      ({ kind, name }) => kind === maker.kind && name === maker.metadata.name,
    );
  const owned = cluster.list('Pod', maker.metadata.namespace ?? null).filter(isOwn);
  return owned.length < (typeof wanted === 'number' ? wanted : 1);
}

function failureOf(cluster: ClusterState, maker: ClusterObject): CreateFailure | null {
  const event = warningsOf(cluster, maker, LATELY).find(({ reason }) => REASONS.has(reason));
  if (event) return madeSince(cluster, maker, event.lastSeen) ? null : fromEvent(maker, event);
  const condition = conditionsIn(maker).find(tellsOfRefusal);
  if (!condition || (maker.kind === 'Deployment' && condition.reason !== 'ReplicaSetCreateError'))
    return null;
  const since = parseTime(condition.lastTransitionTime) ?? cluster.now;
  const message = condition.message ?? '';
  return {
    maker,
    refused: refusedIn(message),
    message: withoutName(message),
    evidence: [quoteCondition(maker, condition)],
    firstSeen: since,
    lastSeen: cluster.now,
    occurrences: 1,
  };
}

/** A ReplicaSet, StatefulSet, DaemonSet, Job and CronJob say FailedCreate, a Deployment says ReplicaSetCreateError. */
const REASONS = new Set(['FailedCreate', 'ReplicaSetCreateError']);

function tellsOfRefusal({ type, status, reason }: Condition): boolean {
  return type === 'ReplicaFailure'
    ? status === 'True' && reason === 'FailedCreate'
    : type === 'Progressing' && status === 'False' && reason === 'ReplicaSetCreateError';
}

/** A CronJob has made a Job after the one that was refused. */
function madeSince(cluster: ClusterState, maker: ClusterObject, at: number): boolean {
  return (
    maker.kind === 'CronJob' &&
    cluster.eventsOf(maker).some(({ reason, lastSeen }) => reason === 'SuccessfulCreate' && lastSeen > at)
  );
}

function fromEvent(maker: ClusterObject, event: ClusterEvent): CreateFailure {
  const { message, firstSeen, lastSeen, count } = event;
  return {
    maker,
    refused: refusedIn(message),
    message: withoutName(message),
    evidence: [quoteEvent(maker, event)],
    firstSeen,
    lastSeen,
    occurrences: count,
  };
}

function refusedIn(message: string): Refused {
  if (/\bcreate Claim |persistentvolumeclaims "/.test(message)) return 'claims';
  if (message.startsWith('Error creating job: ')) return 'Jobs';
  return /create new replica set |replicasets\.apps "/.test(message) ? 'ReplicaSets' : 'pods';
}

/**
 * The API server's own words: of `(combined from similar events): Error creating: pods "web-x7k2p" is forbidden: exceeded quota: …`
 * the part from `exceeded` on.
 */
function withoutName(message: string): string {
  return message
    .replace(/^\(combined from similar events\): /, '')
    .replace(
      /^(?:Error creating(?: job)?: |create (?:Pod|Claim) .{1,600}? failed error: |Failed to create new replica set "[^"]{1,253}": )/,
      '',
    )
    .replace(/^[a-z.]+ "[^"]{0,253}" is (?:forbidden|invalid): /i, '');
}
