import { MINUTE } from '../kubernetes/durations.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { conditionsIn } from './observations.ts';
import { allowedBy, probeOf } from './probes.ts';
import { rollingOutUntil } from './rolling-out.ts';
import type { ContainerFacts, ContainerInstance } from './subjects.ts';

/** A container that runs and is not ready. */
export interface Unready {
  readonly pod: ClusterObject;
  /** Milliseconds since the epoch: since it started, or lost readiness. */
  readonly since: number;
  /** Longer than its probes allow, and than the rollout that made it may take. */
  readonly isOverdue: boolean;
}

/** Beyond what its probes allow, a container gets this long before it is called overdue. */
const SLACK = 2 * MINUTE;
const LEAST_GRACE = 3 * MINUTE;

/** The pod in which the container (no init container) has been running unready the longest, or the pod that is asked about; null where all are ready. */
export function unreadyFor(container: ContainerFacts, pod?: ClusterObject): Unready | null {
  const all = container.instances
    .filter((instance) => pod === undefined || instance.pod === pod)
    .filter((instance) => container.workload.activePods.includes(instance.pod))
    .flatMap((instance) => unreadyOf(container, instance) ?? []);
  return all.toSorted((a, b) => a.since - b.since)[0] ?? null;
}

function unreadyOf(
  { cluster, workload }: ContainerFacts,
  { pod, placed, status }: ContainerInstance,
): Unready | null {
  const started = parseTime(status?.state?.running?.startedAt);
  if (started === null || placed.role === 'init' || status?.ready !== false) return null;
  const lost = conditionsIn(pod).find(({ type }) => type === 'ContainersReady' || type === 'Ready');
  const since = Math.max(started, parseTime(lost?.lastTransitionTime) ?? started);
  const probes = (['startup', 'readiness'] as const).flatMap((name) => probeOf(placed.container, name) ?? []);
  const allowed = probes.reduce((sum, probe) => sum + allowedBy(probe), 0);
  const isLate = cluster.reached(since + Math.max(LEAST_GRACE, allowed * 1000 + SLACK));
  return { pod, since, isOverdue: isLate && !isStarting(cluster, workload.object, status) };
}

/** In a rollout that still has time, a container that runs for the first time may need it. */
function isStarting(
  cluster: ClusterState,
  workload: ClusterObject | undefined,
  status: ContainerInstance['status'],
): boolean {
  const isFirst = (status?.restartCount ?? 0) === 0;
  return isFirst && workload !== undefined && rollingOutUntil(cluster, workload) !== null;
}
