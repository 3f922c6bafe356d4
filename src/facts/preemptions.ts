import { isWithin } from './observations.ts';
import { recordAt, sameObject, type ObjectRef } from '../kubernetes/objects.ts';
import { HOUR } from '../kubernetes/durations.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { WorkloadFacts } from './subjects.ts';

/** A pod of a workload that the scheduler removed for another one. */
export interface Preemption {
  readonly victim: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly node: string | null;
  /** The pod that took the place; null where it is not on record. */
  readonly preemptor: ClusterObject | null;
  readonly evidence: Evidence;
}

/**
 * The last preemption of a workload's pods within an hour. The victim is gone by then: its event is left, and its name begins with that of the
 * ReplicaSet (or other maker) that made it.
 * Source: pkg/scheduler/framework/preemption of k8s.io/kubernetes: `Preempted by pod <uid> on node <node>`, before 1.27 `Preempted by
 * <namespace>/<name> on node <node>` and `Preempted by a pod on node <node>`; for groups of pods `Preempted by pod <uid>` with the reason Preempt.
 */
export function lastPreemption({ cluster, ref, makers, pods }: WorkloadFacts): Preemption | null {
  const found = cluster
    .list('Event', ref.namespace)
    .filter(({ reason }) => reason === 'Preempted' || reason === 'Preempt')
    .filter((event) => {
      const { kind, name } = recordAt(event['involvedObject'] ?? event['regarding']);
      return (
        kind === 'Pod' &&
        typeof name === 'string' &&
        (pods.some(({ metadata }) => metadata.name === name) ||
          makers.some((maker) => isMadeBy(name, maker.metadata.name, ref, maker)))
      );
    })
    .map((event) => ({ event, at: timeOf(event) }))
    .filter(({ at }) => isWithin(cluster, at, HOUR))
    .toSorted((a, b) => b.at - a.at)[0];
  return found ? readPreemption(cluster, found.event, found.at) : null;
}

/** `ferry-6c9-x7k2p` of ReplicaSet ferry-6c9, `ferry-0` of StatefulSet ferry; a Deployment makes no pods itself. */
function isMadeBy(
  pod: string,
  maker: string,
  ref: ObjectRef,
  { apiVersion, kind, metadata }: ClusterObject,
): boolean {
  const isTop = sameObject(ref, {
    apiVersion,
    kind,
    namespace: metadata.namespace ?? null,
    name: metadata.name,
  });
  if (isTop && (kind === 'Deployment' || kind === 'Rollout' || kind === 'CronJob')) return false;
  return pod.startsWith(`${maker}-`) && !pod.slice(maker.length + 1).includes('-');
}

function readPreemption(cluster: ClusterState, event: ClusterObject, at: number): Preemption {
  const message = String(event['message'] ?? event['note'] ?? '');
  const involved = recordAt(event['involvedObject'] ?? event['regarding']);
  const victim = String(involved['name']);
  const related = recordAt(event, 'related');
  const [, by = ''] = /Preempted by (?:pod )?(\S+)/.exec(message) ?? [];
  const [, node = null] = / on node (\S+)/.exec(message) ?? [];
  const [namespace, name] = by.split('/');
  const named =
    name !== undefined && namespace !== undefined ? cluster.get('Pod', namespace, name) : cluster.byUid(by);
  const told =
    typeof related['name'] === 'string' && typeof related['namespace'] === 'string'
      ? cluster.get('Pod', related['namespace'], related['name'])
      : undefined;
  const about = { kind: 'Pod', namespace: event.metadata.namespace ?? null, name: victim };
  return {
    victim,
    at,
    node,
    preemptor: named ?? told ?? null,
    evidence: quoted('event', about, at, `Preempted: ${message}`),
  };
}

function timeOf(event: ClusterObject): number {
  return (
    parseTime(event['lastTimestamp']) ??
    parseTime(event['eventTime']) ??
    parseTime(event.metadata.creationTimestamp) ??
    Number.NEGATIVE_INFINITY
  );
}
