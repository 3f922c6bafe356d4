import type { Clause, Unscheduled } from '../../facts/scheduling.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { matchesNodeAffinity, matchesNodeSelector } from '../../kubernetes/node-selection.ts';
import { podSpecOf, type PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose } from '../../untrusted/prose.ts';
import { isAutoscaled } from '../../witnesses/capacity.ts';
import { besideObstacle } from './beside.ts';
import { plain, type Obstacle } from './obstacle.ts';
import { preemptedObstacle } from './preempted.ts';
import { resourceObstacle } from './resources.ts';
import { schedulerObstacle } from './schedulers.ts';
import { selectionObstacle } from './selection.ts';
import { cordonObstacle, isControlPlane, taintObstacle } from './taints.ts';
import { volumeObstacle } from './volumes.ts';

/** All nodes, where all are on record and no autoscaler adds any; else null. */
export function allNodes({ cluster }: WorkloadFacts): readonly ClusterObject[] | null {
  const nodes = cluster.list('Node');
  return nodes.length === 0 || !cluster.isRecorded('Node', null) || isAutoscaled(cluster, nodes)
    ? null
    : nodes;
}

/** The nodes that a pod is for: those that it selects, without the control plane. Null where not all nodes are known. */
export function meantNodes(workload: WorkloadFacts, spec: PodSpec): readonly ClusterObject[] | null {
  return (
    allNodes(workload)?.filter(
      (node) =>
        matchesNodeSelector(node, spec) && matchesNodeAffinity(node, spec) && !isControlPlane(node, spec),
    ) ?? null
  );
}

export function obstacleOf(workload: WorkloadFacts, pending: Unscheduled): Obstacle {
  const { pod, clauses, isGated, isUnseen } = pending;
  if (isUnseen) return schedulerObstacle(workload, pod);
  if (isGated)
    return plain(
      'scheduling-gated',
      prose`Ask the controller that set the gate why it holds the pod: kubectl get pod ${pod.metadata.name} -n ${pod.metadata.namespace ?? ''} -o jsonpath='{.spec.schedulingGates}'`,
    );
  const spec = podSpecOf(pod) ?? {};
  const meant = meantNodes(workload, spec);
  const has = (pattern: RegExp): boolean => clauses.some(({ text }) => pattern.test(text));
  const workers = allNodes(workload)?.filter((node) => !isControlPlane(node, spec)) ?? null;
  const selection = (): Obstacle =>
    selectionObstacle(workload, spec, workers?.length === 0 ? allNodes(workload) : workers);
  if (has(SELECTION) && (meant === null ? isMostly(clauses, SELECTION) : meant.length === 0))
    return selection();
  const isFull = has(/^Insufficient |Too many pods/);
  return (
    (isFull ? preemptedObstacle(workload, pod) : null) ??
    resourceObstacle(workload, spec, clauses, meant) ??
    besideObstacle(workload, pod, clauses, meant) ??
    volumeObstacle(workload, pod, clauses) ??
    (has(/taint|that the pod didn't tolerate/i) ? taintObstacle(spec, clauses, meant) : null) ??
    (has(/were unschedulable|node\.kubernetes\.io\/unschedulable/)
      ? cordonObstacle(meant ?? [], spec)
      : null) ??
    (has(SELECTION) ? selection() : null) ??
    unavailable(clauses) ??
    plain(
      'no-node-fits',
      prose`Read what the scheduler says of each node: kubectl describe pod ${pod.metadata.name} -n ${pod.metadata.namespace ?? ''}`,
    )
  );
}

/** Nodes that were not of use for a scheduler before taints said so, and a cluster without nodes. */
function unavailable(clauses: readonly Clause[]): Obstacle | null {
  const found = clauses.find(({ text }) =>
    /no nodes available to schedule pods|unknown conditions|were (?:not ready|out of disk|network unavailable)|(?:memory|disk|pid) pressure/i.test(
      text,
    ),
  );
  return (
    (found &&
      plain('nodes-unavailable', prose`Bring the nodes back, or add one: kubectl get nodes`, {
        says: /no nodes available/.test(found.text)
          ? prose`the scheduler knows no node at all`
          : prose`the nodes are of no use now: ${found.text}`,
      })) ??
    null
  );
}

/** The affinity of a volume is another matter. */
const SELECTION =
  /(?<!volume |PersistentVolume's )node affinity|node selector|node\(s\) didn't match Pod's node|requested node name/i;

/** True when no other clause, those of tainted and cordoned nodes aside, is about as many nodes. */
function isMostly(clauses: readonly Clause[], pattern: RegExp): boolean {
  const count = (fits: boolean): number =>
    Math.max(
      0,
      ...clauses
        .filter(({ text }) => pattern.test(text) === fits && (fits || !/taint|unschedulable/.test(text)))
        .map(({ nodes }) => nodes ?? 0),
    );
  return count(true) > count(false);
}
