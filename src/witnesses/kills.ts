import type { ClusterEvent, ClusterState, MetricSeries } from '../model/cluster-state.ts';
import type { ContainerInstance } from '../facts/subjects.ts';
import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import type { KubernetesObject, ObjectRef } from '../kubernetes/objects.ts';
import { parseTime, podSpecOf, type ContainerState, type ContainerStatus } from '../kubernetes/workloads.ts';
import { mergeSeries, type Samples } from './series.ts';

/** Kills are counted over this window. */
const WINDOW = 6 * HOUR;
/** What was killed longer ago and lives is no incident any more. */
const RECENT = 24 * HOUR;

type Terminated = NonNullable<ContainerState['terminated']>;

/** One container of one pod that ran out of memory. */
export interface KilledContainer {
  readonly pod: KubernetesObject;
  readonly status: ContainerStatus;
  /** The terminations on record that were kills, newest first; empty where all were survived. */
  readonly kills: readonly Kill[];
  /**
   * Terminations called OOMKilled whose exit code is 0, newest first: a child was killed, and the container's own process
   * went on and ended well. They are no kills of the container.
   */
  readonly survived: readonly Kill[];
  /** True when no termination on record had another reason. */
  readonly onlyKills: boolean;
  /** What names the kill where the kubelet did not: then the termination's reason is not OOMKilled. */
  readonly witness: ClusterEvent | null;
}

export interface Kill {
  /** Milliseconds since the epoch; `now` when the status has no time. */
  readonly at: number;
  readonly startedAt: number | null;
  readonly terminated: Terminated;
}

/**
 * The kills of a container within the last day; null where there are none.
 *
 * The container runtime says OOMKilled when the kernel killed a process in the container's memory cgroup. Exit code 137
 * alone is any SIGKILL (a failed liveness probe, a node that shuts down, an eviction), so it counts only when an event
 * about the pod or its node names the kill.
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/#exceed-a-container-s-memory-limit
 */
export function killedContainerOf(
  { pod, status }: Pick<ContainerInstance, 'pod' | 'status'>,
  cluster: ClusterState,
): KilledContainer | null {
  if (status === undefined) return null;
  const terminations = [status.state?.terminated, status.lastState?.terminated].filter(
    (one) => one !== undefined,
  );
  const named = terminations
    .filter(({ reason }) => reason === 'OOMKilled')
    .map((one) => killOf(one, cluster.now));
  const recent = named.filter(({ at }) => at >= cluster.now - RECENT);
  if (recent.length > 0) {
    const survived = recent.filter(({ terminated }) => terminated.exitCode === 0);
    const kills = recent.filter((kill) => !survived.includes(kill));
    const onlyKills = named.length === terminations.length && survived.length === 0;
    return { pod, status, kills, survived, onlyKills, witness: null };
  }
  for (const terminated of terminations) {
    const kill = killOf(terminated, cluster.now);
    if (terminated.exitCode !== 137 || terminated.reason === 'OOMKilled' || kill.at < cluster.now - RECENT)
      continue;
    const witness = witnessOf(kill, pod, status.name, cluster);
    if (witness) return { pod, status, kills: [kill], survived: [], onlyKills: false, witness };
  }
  return null;
}

function killOf(terminated: Terminated, now: number): Kill {
  return {
    at: parseTime(terminated.finishedAt) ?? now,
    startedAt: parseTime(terminated.startedAt),
    terminated,
  };
}

/** How long the container lived before a kill, in milliseconds; null where its start is not on record. */
export function lifetimeOf({ at, startedAt, terminated }: Kill): number | null {
  return startedAt === null || terminated.finishedAt === undefined ? null : Math.max(0, at - startedAt);
}

const OUT_OF_MEMORY = /\boom|out of memory/i;

/** An event at the time of the kill that speaks of memory and names this pod or container. */
function witnessOf(
  kill: Kill,
  pod: KubernetesObject,
  container: string,
  cluster: ClusterState,
): ClusterEvent | null {
  const uid = pod.metadata.uid;
  const names = [pod.metadata.name, ...(uid === undefined ? [] : [uid, uid.replaceAll('-', '_')])];
  const own = cluster
    .eventsOf(pod)
    .filter(
      (event) =>
        (event.container ?? container) === container && OUT_OF_MEMORY.test(event.message + event.reason),
    );
  const ofNode = eventsOfNode(podSpecOf(pod)?.nodeName, cluster).filter(
    ({ reason, message }) =>
      OUT_OF_MEMORY.test(reason + message) && names.some((name) => message.includes(name)),
  );
  return [...own, ...ofNode].find((event) => happenedAt(event, kill.at)) ?? null;
}

/**
 * The kubelet's SystemOOM event about a pod's node at the time of a kill: the whole node ran out of memory.
 * Source: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior
 */
export function systemOomAt(kill: Kill, pod: KubernetesObject, cluster: ClusterState): ClusterEvent | null {
  const events = eventsOfNode(podSpecOf(pod)?.nodeName, cluster);
  return events.find((event) => event.reason === 'SystemOOM' && happenedAt(event, kill.at)) ?? null;
}

/** Asked for without uid: the kubelet writes the node's name where other events have the uid. */
function eventsOfNode(name: string | undefined, cluster: ClusterState): readonly ClusterEvent[] {
  return name === undefined ? [] : cluster.eventsOf({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
}

/** Within two minutes of an event's first or last time; in between too where it happened more than twice. */
function happenedAt({ firstSeen, lastSeen, count }: ClusterEvent, at: number): boolean {
  const near = (time: number): boolean => Math.abs(time - at) <= 2 * MINUTE;
  return near(firstSeen) || near(lastSeen) || (count > 2 && firstSeen <= at && at <= lastSeen);
}

/** How many times a container was killed within the window, and how that is known. */
export interface KillCount {
  readonly count: number;
  /** None of them was before: the pod did not exist, the metrics show the first, or only these are on record. */
  readonly since: number;
  /** The weakest way of counting that any pod needed. */
  readonly basis: 'restart count' | 'metrics' | 'last state';
}

/**
 * Sums the kills of all pods of one owner: they run the same container with the same limit, so three pods that died once
 * each say as much about the limit as one pod that died three times.
 *
 * A pod's status keeps one last state. Its restart count stands for kills when the pod is younger than the window and
 * nothing else is on record; else the metrics count the restarts in the window; else only what is on record counts.
 */
export function countKills(
  containers: readonly KilledContainer[],
  metrics: RestartMetrics,
  now: number,
): KillCount {
  const counts = containers.map((killed) => killsOf(killed, metrics, now));
  const weakest = (['last state', 'metrics'] as const).find((basis) =>
    counts.some((one) => one.basis === basis),
  );
  return {
    count: counts.reduce((sum, { count }) => sum + count, 0),
    since: Math.min(...counts.map((one) => one.since)),
    basis: weakest ?? 'restart count',
  };
}

function killsOf(killed: KilledContainer, metrics: RestartMetrics, now: number): KillCount {
  const inWindow = killed.kills.map(({ at }) => at).filter((at) => at >= now - WINDOW);
  const recorded = inWindow.length;
  const born = parseTime(killed.pod.metadata.creationTimestamp);
  if (killed.onlyKills && born !== null && born > now - WINDOW) {
    const count = Math.max(recorded, killed.status.restartCount ?? 0);
    const since = count > recorded ? born : Math.min(now, ...inWindow);
    return { count, since, basis: 'restart count' };
  }
  const restarts = restartsAfterKills(killed, metrics, now);
  if (restarts === null) return { count: recorded, since: Math.min(now, ...inWindow), basis: 'last state' };
  const restarted = restarts.reduce((sum, { by }) => sum + by, 0);
  return {
    // What was killed and has not been started again is no restart yet.
    count: Math.max(recorded, isDown(killed, now) ? restarted + 1 : restarted),
    since: Math.min(now, ...inWindow, ...restarts.map(({ at }) => at)),
    basis: 'metrics',
  };
}

/** True while the container waits for its restart after a kill in the window. */
function isDown({ status, kills }: KilledContainer, now: number): boolean {
  const { state, lastState } = status;
  const [newest] = kills;
  if (!newest) return false;
  const { at, terminated } = newest;
  const isLast = terminated === (state?.terminated ?? lastState?.terminated);
  return isLast && at >= now - WINDOW && (state?.waiting ?? state?.terminated) !== undefined;
}

/** `kube_pod_container_status_restarts_total` and `…_last_terminated_reason`, as kube-state-metrics has them. */
export interface RestartMetrics {
  readonly restarts: readonly MetricSeries[] | null;
  readonly reasons: readonly MetricSeries[] | null;
}

/**
 * Restarts in the window after which the last reason was OOMKilled, oldest first. Without a series of reasons all restarts count, if
 * nothing but kills is on record. null: not measured.
 */
function restartsAfterKills(
  { pod, status, onlyKills }: KilledContainer,
  { restarts, reasons }: RestartMetrics,
  now: number,
): readonly Increase[] | null {
  const ofContainer = ({ labels }: MetricSeries): boolean =>
    labels['pod'] === pod.metadata.name && labels['container'] === status.name;
  const own = (restarts ?? []).filter(ofContainer);
  if (own.length === 0) return null;
  const ofReason = (reasons ?? []).filter(ofContainer);
  if (ofReason.length === 0 && !onlyKills) return null;
  const killed = mergeSeries(ofReason.filter(({ labels }) => labels['reason'] === 'OOMKilled'));
  return increasesOf(mergeSeries(own))
    .filter(({ at }) => at >= now - WINDOW)
    .filter(({ at }) => ofReason.length === 0 || valueFrom(killed, at) === 1);
}

interface Increase {
  /** Of the first sample that shows it. */
  readonly at: number;
  readonly by: number;
}

function increasesOf(samples: Samples): readonly Increase[] {
  return samples.slice(1).flatMap(([at, value], index) => {
    const by = value - samples[index]![1];
    return by > 0 ? [{ at, by }] : [];
  });
}

/** The first value at or after a time, at most ten minutes later. */
function valueFrom(samples: Samples, at: number): number | undefined {
  return samples.find(([time]) => time >= at && time <= at + 10 * MINUTE)?.[1];
}

/** True when a pod's name is one that this owner gives its pods: pods of the past are known by their metrics alone. */
export function couldBePodOf(owner: ObjectRef, pod: string): boolean {
  const rest = pod.startsWith(`${owner.name}-`) ? pod.slice(owner.name.length + 1) : null;
  switch (owner.kind) {
    case 'Deployment':
    case 'Rollout':
      return rest !== null && /^[a-z0-9]{5,10}-[a-z0-9]{5}$/.test(rest);
    case 'StatefulSet':
      return rest !== null && /^\d+$/.test(rest);
    case 'CronJob':
      return rest !== null && /^\d+-[a-z0-9]{5}$/.test(rest);
    case 'Pod':
      return pod === owner.name;
    default:
      return rest !== null && /^[a-z0-9]{5}$/.test(rest);
  }
}
