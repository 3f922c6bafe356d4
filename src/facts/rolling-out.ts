import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import { conditionsOf, parseTime } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { controllerRevisionsOf } from './revisions.ts';
import { isBehind } from './rollout.ts';

/** Kubernetes' own: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds */
const DEADLINE = 10 * MINUTE;

/**
 * Until when a workload may take to replace its pods, in milliseconds since the epoch; null where no rollout is under way, and once it has
 * made no progress for its deadline. Each pod that becomes Ready begins the deadline of a Deployment anew (`lastUpdateTime` of its condition
 * Progressing); StatefulSets and DaemonSets have none of their own.
 */
export function rollingOutUntil(cluster: ClusterState, workload: KubernetesObject): number | null {
  const spec = recordAt(workload, 'spec');
  if (workload.metadata.deletionTimestamp !== undefined || spec['paused'] === true) return null;
  if (!isBehind(workload) && isComplete(workload)) return null;
  const begun = progressOf(cluster, workload);
  if (begun === null) return null;
  const seconds = Number(spec['progressDeadlineSeconds']);
  const until = begun + (seconds > 0 ? seconds * 1000 : DEADLINE);
  return cluster.reached(until) ? null : until;
}

/** When the rollout last made progress; null where it has given up, or is none. */
function progressOf(cluster: ClusterState, workload: KubernetesObject): number | null {
  if (workload.kind === 'Deployment' || workload.kind === 'Rollout') {
    const progressing = conditionsOf(workload).find(({ type }) => type === 'Progressing');
    // A rollout that completed once and lost pods since is none.
    if (progressing?.status !== 'True' || progressing.reason === 'NewReplicaSetAvailable')
      return isBehind(workload) ? cluster.now : null;
    return parseTime(progressing.lastUpdateTime ?? progressing.lastTransitionTime);
  }
  if (workload.kind !== 'StatefulSet' && workload.kind !== 'DaemonSet') return null;
  const [newest, before] = controllerRevisionsOf(cluster, workload);
  return newest && before ? parseTime(newest.metadata.creationTimestamp) : null;
}

function isComplete({ kind, ...workload }: KubernetesObject): boolean {
  const status = recordAt(workload, 'status');
  const count = (field: string): number => Number(status[field] ?? 0);
  if (kind === 'DaemonSet') {
    const wanted = count('desiredNumberScheduled');
    return count('updatedNumberScheduled') >= wanted && count('numberAvailable') >= wanted;
  }
  const wanted = Number(recordAt(workload, 'spec')['replicas'] ?? 1);
  const updated = count('updatedReplicas');
  return updated >= wanted && count('replicas') <= updated && count('availableReplicas') >= updated;
}
