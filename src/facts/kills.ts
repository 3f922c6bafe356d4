import { isWithin } from './observations.ts';
import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { podSpecOf, type ContainerStatus } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { killedBeforeStart, type KilledBeforeStart } from './killed-before-start.ts';
import type { RememberedKill } from '../model/remembered-kill.ts';
import type { ContainerFacts, ContainerInstance } from './subjects.ts';
import type { Termination } from './terminations.ts';

/** What was killed longer ago and lives is no incident any more. */
const RECENT = 24 * HOUR;

/** A container of one pod that ran out of memory. */
export interface KilledContainer extends ContainerInstance {
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
  readonly event: ClusterEvent | null;
  /** What the runtime says where the kernel killed its first process in the cgroup: the program never ran. Null for other kills. */
  readonly beforeStart: KilledBeforeStart | null;
}

export interface Kill extends Termination {
  /** Milliseconds since the epoch; `now` when the status has no time. */
  readonly at: number;
}

/** The containers that ran out of memory within the last day, the one with most restarts first. */
export function killedContainers(
  instances: readonly ContainerInstance[],
  cluster: ClusterState,
): readonly KilledContainer[] {
  const newest = (killed: KilledContainer): number => Math.max(...killTimes(killed));
  return instances
    .flatMap((instance) => killedContainerOf(instance, cluster) ?? [])
    .toSorted((a, b) => (b.status.restartCount ?? 0) - (a.status.restartCount ?? 0) || newest(b) - newest(a));
}

export function killTimes({ kills, survived }: KilledContainer): readonly number[] {
  return [...kills, ...survived].map(({ at }) => at);
}

/**
 * The container runtime says OOMKilled when the kernel killed a process in the container's memory cgroup. Exit code 137
 * alone is any SIGKILL (a failed liveness probe, a node that shuts down, an eviction), so it counts only when an event
 * about the pod or its node names the kill.
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/#exceed-a-container-s-memory-limit
 */
function killedContainerOf(instance: ContainerInstance, cluster: ClusterState): KilledContainer | null {
  const { pod, status, terminations } = instance;
  if (status === undefined) return null;
  const recent = terminations
    .map((one): Kill => ({ ...one, at: one.finishedAt ?? cluster.now }))
    .filter(({ at }) => isWithin(cluster, at, RECENT));
  const named = recent.filter(({ reason }) => reason === 'OOMKilled');
  if (named.length > 0) {
    const survived = named.filter(({ exitCode }) => exitCode === 0);
    const kills = named.filter(({ exitCode }) => exitCode !== 0);
    const onlyKills = survived.length === 0 && terminations.every(({ reason }) => reason === 'OOMKilled');
    return { ...instance, status, kills, survived, onlyKills, event: null, beforeStart: null };
  }
  const beforeStart = killedBeforeStart(instance, status, cluster);
  if (beforeStart) {
    const { at, exitCode } = beforeStart;
    const kill: Kill = { field: 'state', reason: null, exitCode, startedAt: null, finishedAt: null, at };
    return { ...instance, status, kills: [kill], survived: [], onlyKills: false, event: null, beforeStart };
  }
  for (const kill of recent) {
    const event = kill.exitCode === 137 ? eventNaming(kill, pod, status.name, cluster) : null;
    if (event)
      return {
        ...instance,
        status,
        kills: [kill],
        survived: [],
        onlyKills: false,
        event,
        beforeStart: null,
      };
  }
  return null;
}

/** The longest that a container lived before a kill, in milliseconds; null where no start is on record. */
export function longestLife(killed: readonly KilledContainer[]): number | null {
  const lives = killed
    .flatMap(({ kills }) => kills)
    .flatMap(({ startedAt, finishedAt }) =>
      startedAt === null || finishedAt === null ? [] : [Math.max(0, finishedAt - startedAt)],
    );
  return lives.length === 0 ? null : Math.max(...lives);
}

const OUT_OF_MEMORY = /\boom|out of memory/i;

/** An event at the time of the kill that speaks of memory and names this pod or container. */
function eventNaming(
  kill: Kill,
  pod: KubernetesObject,
  container: string,
  cluster: ClusterState,
): ClusterEvent | null {
  const uid = pod.metadata.uid;
  const names = [pod.metadata.name, ...(uid === undefined ? [] : [uid, uid.replaceAll('-', '_')])];
  const own = cluster.eventsOf(pod).filter((event) => (event.container ?? container) === container);
  const ofNode = eventsOfNode(podSpecOf(pod)?.nodeName, cluster).filter(({ message }) =>
    names.some((name) => message.includes(name)),
  );
  return (
    [...own, ...ofNode].find(
      (event) => OUT_OF_MEMORY.test(event.message + event.reason) && happenedAt(event, kill.at),
    ) ?? null
  );
}

/** A kill with the kubelet's event about the whole node's memory at that time. */
export interface NodeKill {
  readonly at: number;
  readonly node: string;
  readonly event: ClusterEvent;
}

/**
 * The first kill at which the kubelet reported SystemOOM, where that explains at least half of the kills: the whole node ran out of memory.
 * Source: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior
 */
export function killOfNode(killed: readonly KilledContainer[], cluster: ClusterState): NodeKill | null {
  const kills = killed.flatMap(({ pod, kills: own }) =>
    own.map(({ at }) => {
      const node = podSpecOf(pod)?.nodeName;
      const event = eventsOfNode(node, cluster).find(
        ({ reason, ...rest }) => reason === 'SystemOOM' && happenedAt(rest, at),
      );
      return node !== undefined && event ? { at, node, event } : null;
    }),
  );
  const explained = kills.filter((one) => one !== null);
  return explained.length * 2 < kills.length ? null : (explained[0] ?? null);
}

/** Asked for without uid: the kubelet writes the node's name where other events have the uid. */
function eventsOfNode(name: string | undefined, cluster: ClusterState): readonly ClusterEvent[] {
  return name === undefined ? [] : cluster.eventsOf({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
}

/** Within two minutes of an event's first or last time; in between too where it happened more than twice. */
function happenedAt(
  { firstSeen, lastSeen, count }: Pick<ClusterEvent, 'firstSeen' | 'lastSeen' | 'count'>,
  at: number,
): boolean {
  const near = (time: number): boolean => Math.abs(time - at) <= 2 * MINUTE;
  return near(firstSeen) || near(lastSeen) || (count > 2 && firstSeen <= at && at <= lastSeen);
}

/** The kills that earlier scans saw of this container at the memory limit that its killed pod has; one at another limit says nothing about this one. */
export function killsRemembered(
  { cluster, workload, name }: ContainerFacts,
  [worst]: readonly KilledContainer[],
): readonly RememberedKill[] {
  const uid = workload.object?.metadata.uid;
  if (uid === undefined || worst === undefined) return [];
  const limit = worst.placed.container.resources?.limits?.['memory'];
  return (cluster.remembered?.kills(uid, name) ?? []).filter(
    (kill) => kill.limit === (limit === undefined ? null : String(limit)),
  );
}

/** The newest five that no status shows any more. */
export function rememberedKillEvidence(
  remembered: readonly RememberedKill[],
  killed: readonly KilledContainer[],
): readonly Evidence[] {
  const shown = new Set(
    killed.flatMap(({ pod, kills }) => kills.map(({ at }) => `${pod.metadata.uid} ${at}`)),
  );
  return remembered
    .filter(({ podUid, at }) => !shown.has(`${podUid} ${at}`))
    .slice(-5)
    .map(({ pod, container, exitCode, at }) =>
      quoted(
        'pod-status',
        pod,
        at,
        `container ${container}: terminated.reason: OOMKilled, exitCode: ${exitCode ?? 'none'}, as Faultline saw it then; the status no longer shows it`,
      ),
    );
}

/** The newest termination of each of the first five. */
export function killEvidence(killed: readonly KilledContainer[]): readonly Evidence[] {
  return killed.slice(0, 5).flatMap(({ pod, status, kills, survived, beforeStart }) =>
    beforeStart
      ? [beforeStart.evidence]
      : [...kills, ...survived].slice(0, 1).map(({ at, field, reason, exitCode }) => {
          const text = `container ${status.name}: ${field}.terminated.reason: ${reason ?? 'none'}, exitCode: ${exitCode ?? 'none'}, restartCount: ${status.restartCount ?? 0}`;
          return quoted('pod-status', pod, at, text);
        }),
  );
}
