import { DAY } from '../kubernetes/durations.ts';
import { recordAt } from '../kubernetes/objects.ts';
import { isReady, parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { conditionsIn, warningsOf } from './observations.ts';
import { isBeingDeleted, type WorkloadFacts } from './subjects.ts';

/** A pod that ended as a whole, by its status. */
export interface EndedPod {
  readonly pod: ClusterObject;
  /** Empty where the status gives none. */
  readonly reason: string;
  readonly message: string;
  /** Milliseconds since the epoch; null where nothing tells. */
  readonly at: number | null;
}

/** Pods of phase Failed whose reason is of this kind, of the last day and the latest first; none where enough others are ready. */
export function endedPods(workload: WorkloadFacts, reasons: RegExp): readonly EndedPod[] {
  return isReplaced(workload) ? [] : podsThatEnded(workload, reasons);
}

/** The same, also where enough others are ready. */
export function podsThatEnded(workload: WorkloadFacts, reasons: RegExp): readonly EndedPod[] {
  const { cluster, object, pods } = workload;
  if (isBeingDeleted(object)) return [];
  return pods
    .flatMap((pod): readonly EndedPod[] => {
      const { phase, reason = '', message = '' } = recordAt(pod, 'status');
      if (phase !== 'Failed' || isBeingDeleted(pod) || !reasons.test(String(reason))) return [];
      return [{ pod, reason: String(reason), message: String(message), at: endOf(workload, pod) }];
    })
    .filter(({ at }) => at === null || !cluster.reached(at + DAY + 1))
    .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
}

function endOf({ cluster }: WorkloadFacts, pod: ClusterObject): number | null {
  return (
    warningsOf(cluster, pod, DAY)[0]?.lastSeen ??
    parseTime(conditionsIn(pod)[0]?.lastTransitionTime) ??
    parseTime(recordAt(pod, 'status')['startTime'])
  );
}

/** Enough pods are ready: what ended has been made good. */
export function isReplaced({ object, pods }: WorkloadFacts): boolean {
  if (object === undefined || object.kind === 'Pod') return false;
  const { desiredNumberScheduled } = recordAt(object, 'status');
  const wanted =
    object.kind === 'DaemonSet' ? desiredNumberScheduled : (recordAt(object, 'spec')['replicas'] ?? 1);
  return typeof wanted === 'number' && pods.filter((pod) => isReady(pod)).length >= wanted;
}
