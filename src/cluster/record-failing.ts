import { containerStatuses, type ContainerStatus } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState, LogRequest } from '../model/cluster-state.ts';

/** A container that fails or failed, with the logs that it may have. */
export interface FailingContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly logs: readonly LogRequest[];
}

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** Containers that wait for more than their start, ended with an error, were restarted, or run without being ready; the most restarted first. */
export function failingContainers(state: ClusterState): readonly FailingContainer[] {
  return state
    .list('Pod')
    .flatMap((pod) => containerStatuses(pod).map((status) => ({ pod, status })))
    .filter(({ status }) => isFailing(status))
    .toSorted((a, b) => (b.status.restartCount ?? 0) - (a.status.restartCount ?? 0))
    .map(({ pod, status }) => failing(pod, status));
}

function isFailing({ state, lastState, restartCount, ready }: ContainerStatus): boolean {
  const waiting = state?.waiting?.reason;
  if (waiting !== undefined && !STARTING.has(waiting)) return true;
  if ((restartCount ?? 0) > 0 || lastState?.terminated !== undefined) return true;
  if (state?.terminated !== undefined) return state.terminated.exitCode !== 0;
  return state?.running !== undefined && ready === false;
}

function failing(
  { metadata }: ClusterObject,
  { name, state, lastState, restartCount }: ContainerStatus,
): FailingContainer {
  const own = { namespace: metadata.namespace ?? 'default', pod: metadata.name, container: name };
  const hasPrevious = (restartCount ?? 0) > 0 || lastState?.terminated !== undefined;
  // One that was never started, as when its image is missing, has no log.
  const hasCurrent = hasPrevious || state?.running !== undefined || state?.terminated !== undefined;
  const logs = [
    ...(hasCurrent ? [{ ...own, previous: false }] : []),
    ...(hasPrevious ? [{ ...own, previous: true }] : []),
  ];
  return { ...own, logs };
}
