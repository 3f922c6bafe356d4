import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { conditionsIn, quoteCondition, quoteEvent, warningsOf } from './observations.ts';
import { isBeingDeleted, type WorkloadFacts } from './subjects.ts';

/** A controller that has fewer pods than it wants, because the API server refuses them. Times are milliseconds since the epoch. */
export interface CreateFailure {
  /** The ReplicaSet, StatefulSet, DaemonSet or Job that makes the pods. */
  readonly maker: ClusterObject;
  /** What the API server said, without the pod's name: `exceeded quota: …`. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly occurrences: number;
}

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

function lacksPods(cluster: ClusterState, maker: ClusterObject): boolean {
  const status = recordAt(maker, 'status');
  const isDaemon = maker.kind === 'DaemonSet';
  const wanted = isDaemon ? status['desiredNumberScheduled'] : recordAt(maker, 'spec')['replicas'];
  const made = isDaemon ? status['currentNumberScheduled'] : status['replicas'];
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
  const event = warningsOf(cluster, maker, LATELY).find(({ reason }) => reason === 'FailedCreate');
  if (event) return fromEvent(maker, event);
  const condition = conditionsIn(maker).find(
    ({ type, status, reason }) => type === 'ReplicaFailure' && status === 'True' && reason === 'FailedCreate',
  );
  if (!condition || maker.kind === 'Deployment') return null;
  const since = parseTime(condition.lastTransitionTime) ?? cluster.now;
  return {
    maker,
    message: withoutPod(condition.message ?? ''),
    evidence: [quoteCondition(maker, condition)],
    firstSeen: since,
    lastSeen: cluster.now,
    occurrences: 1,
  };
}

function fromEvent(maker: ClusterObject, event: ClusterEvent): CreateFailure {
  const { message, firstSeen, lastSeen, count } = event;
  return {
    maker,
    message: withoutPod(message),
    evidence: [quoteEvent(maker, event)],
    firstSeen,
    lastSeen,
    occurrences: count,
  };
}

/**
 * The API server's own words: of `(combined from similar events): Error creating: pods "web-x7k2p" is forbidden: exceeded quota: …`
 * the part from `exceeded` on.
 */
function withoutPod(message: string): string {
  return message
    .replace(/^\(combined from similar events\): /, '')
    .replace(/^(?:Error creating: |create (?:Pod|Claim) .{1,600}? failed error: )/, '')
    .replace(/^[a-z]+ "[^"]{1,253}" is (?:forbidden|invalid): /, '');
}
