import { quote } from '../../facts/observations.ts';
import { DEFAULT_SCHEDULER, isAtWork, schedulerNameOf, schedulerSigns } from '../../facts/schedulers.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeTime, MINUTE } from '../../kubernetes/durations.ts';
import { parseTime, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose } from '../../untrusted/prose.ts';
import { plain, type Obstacle } from './obstacle.ts';
import { templateField } from './selection.ts';

/** A scheduler with many pods before this one. */
const BACKLOG = 10 * MINUTE;

/** Of a pod that no scheduler has looked at: the one that it names is not there, or kube-scheduler does not work. */
export function schedulerObstacle(workload: WorkloadFacts, pod: ClusterObject): Obstacle {
  const { cluster } = workload;
  const name = schedulerNameOf(pod);
  if (name !== DEFAULT_SCHEDULER) {
    const served = cluster
      .list('Pod')
      .some((other) => schedulerNameOf(other) === name && podSpecOf(other)?.nodeName);
    return plain(
      'other-scheduler',
      served
        ? prose`Check the pods of the scheduler ${name}, which served others before: kubectl get pods -A, kubectl get leases -A`
        : prose`Install a scheduler that serves the name ${name}, or take schedulerName out for kube-scheduler.`,
      {
        patience: 0,
        says: served
          ? prose`it names the scheduler ${name}, which has not looked at it`
          : prose`it names the scheduler ${name}, and no pod on record was ever given a node by one of that name`,
        evidence: [quote('object', pod, null, `schedulerName: ${name}`)],
        blames: templateField(workload, 'schedulerName'),
      },
    );
  }
  const signs = schedulerSigns(cluster);
  const { node, pods, lastScheduled, evidence } = signs;
  if (isAtWork(signs, parseTime(pod.metadata.creationTimestamp) ?? cluster.now))
    return plain(
      'scheduler-silent',
      prose`See how many pods wait before it, and whether kube-scheduler keeps up: kubectl get pods -A --field-selector status.phase=Pending`,
      {
        patience: BACKLOG,
        says: prose`kube-scheduler has not looked at it, and gave another pod a node at ${describeTime(lastScheduled!)}`,
        evidence,
      },
    );
  const culprit = node === null ? null : { kind: 'Node', namespace: null, name: node };
  return plain(
    'scheduler-silent',
    pods.length > 0 || node === null
      ? prose`Check kube-scheduler: kubectl get pods -n kube-system -l component=kube-scheduler`
      : prose`Check kube-scheduler on ${node}: systemctl status kube-scheduler, or kubectl get pods -n kube-system -l component=kube-scheduler`,
    {
      patience: 0,
      says:
        lastScheduled === null
          ? prose`kube-scheduler has not looked at it`
          : prose`kube-scheduler has not looked at it; it last gave a pod a node at ${describeTime(lastScheduled)}`,
      evidence,
      ...(culprit ? { culprit, explainedBy: [culprit] } : {}),
    },
  );
}
