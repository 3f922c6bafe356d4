import { isWithin } from './observations.ts';
import { HOUR } from '../kubernetes/durations.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { containersOf, parseTime, podSpecOf, type ContainerStatus } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { ContainerInstance } from './subjects.ts';

/** The memory limit is below what the runtime itself takes to make a container, or the sandbox of its pod: the program never ran. */
export interface KilledBeforeStart {
  /** True for the sandbox: then no container of the pod was made. Its limit is the sum of theirs. */
  readonly isSandbox: boolean;
  /** Of the last attempt, milliseconds since the epoch; `now` where it has no time. */
  readonly at: number;
  readonly exitCode: number | null;
  /** Attempts on record. */
  readonly count: number;
  readonly evidence: Evidence;
}

/**
 * What runc, crun and CRI-O say of a limit that is too low to make a container.
 * Sources: libcontainer/process_linux.go of opencontainers/runc, src/libcrun/container.c of containers/crun, internal/config/cgmgr of cri-o/cri-o
 */
const TOO_LOW_TO_START =
  /container init was OOM-killed|OOM: the memory limit could be too low|set memory limit \d+ too low; should be at least/i;

/** The container's state or its last end says it (StartError, RunContainerError), or an event of the pod. Null once the container runs. */
export function killedBeforeStart(
  instance: ContainerInstance,
  status: ContainerStatus,
  cluster: ClusterState,
): KilledBeforeStart | null {
  const { state, lastState, restartCount = 0 } = status;
  if (state?.running) return null;
  const { pod } = instance;
  const ended = state?.terminated ?? lastState?.terminated;
  const message = [state?.waiting, ended].find(
    (one) => one?.message !== undefined && TOO_LOW_TO_START.test(one.message),
  )?.message;
  if (message === undefined) return saidByEvent(instance, status.name, cluster);
  const at = parseTime(ended?.finishedAt) ?? cluster.now;
  const evidence = quoted('pod-status', pod, at, `container ${status.name}: ${message}`);
  return { isSandbox: false, at, exitCode: ended?.exitCode ?? null, count: restartCount + 1, evidence };
}

function saidByEvent(
  { pod, placed }: ContainerInstance,
  name: string,
  cluster: ClusterState,
): KilledBeforeStart | null {
  const event = cluster
    .eventsOf(pod)
    .toReversed()
    .find(
      ({ message, lastSeen, container }) =>
        TOO_LOW_TO_START.test(message) && (container ?? name) === name && isWithin(cluster, lastSeen, HOUR),
    );
  if (!event || (event.container === null && smallestLimitIn(pod) !== placed.container.name)) return null;
  const { reason, message, count, lastSeen } = event;
  const evidence = quoted('event', pod, lastSeen, `${reason}: ${message} (${count} times)`);
  return { isSandbox: reason === 'FailedCreatePodSandBox', at: lastSeen, exitCode: null, count, evidence };
}

/** An event about the pod as a whole is told of one container: the one with the least memory. */
function smallestLimitIn(pod: ContainerInstance['pod']): string | undefined {
  const limits = containersOf(podSpecOf(pod)).flatMap(({ container }) => {
    const bytes = parseQuantity(container.resources?.limits?.['memory']);
    return bytes === null ? [] : [{ name: container.name, bytes }];
  });
  return limits.toSorted((a, b) => a.bytes - b.bytes)[0]?.name;
}
