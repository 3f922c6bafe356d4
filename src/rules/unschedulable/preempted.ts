import { lastPreemption } from '../../facts/preemptions.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeTime } from '../../kubernetes/durations.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { plain, type Obstacle } from './obstacle.ts';
import { templateField } from './selection.ts';

/** Where the pod stands in for one that the scheduler removed: by whom, and by which priority. Null where none was. */
export function preemptedObstacle(workload: WorkloadFacts, pod: ClusterObject): Obstacle | null {
  const preemption = lastPreemption(workload);
  if (!preemption) return null;
  const { victim, at, node, preemptor, evidence } = preemption;
  const owner = preemptor && workload.cluster.ownerOf(preemptor).ref;
  const by = preemptor
    ? prose`${describeRef(refOf(preemptor))}${priorityText(preemptor)}`
    : prose`a pod of higher priority that is not on record`;
  const named = `priorityClassName`;
  return plain(
    'preempted',
    owner
      ? prose`Give ${describeRef(workload.ref)} a PriorityClass that is not below that of ${describeRef(owner)}, or add a node for both.`
      : prose`Give ${describeRef(workload.ref)} a higher PriorityClass, or add a node: kubectl get priorityclasses`,
    {
      patience: 0,
      says: prose`the scheduler removed its pod ${victim}${node === null ? prose`` : prose` from ${node}`} at ${describeTime(at)} in favour of ${by}, and nothing else has room for the one in its place${priorityText(pod)}`,
      evidence: [evidence],
      blames: podSpecPath(workload.ref.kind) === null ? [] : templateField(workload, named),
      ...(owner ? { culprit: owner } : {}),
    },
  );
}

function priorityText(pod: ClusterObject): Prose {
  const { priority, priorityClassName } = podSpecOf(pod) ?? {};
  if (typeof priority !== 'number') return prose``;
  return typeof priorityClassName === 'string'
    ? prose` (priority ${priority}, ${priorityClassName})`
    : prose` (priority ${priority})`;
}
